// Local peers on one shard: how they come and go, also while it runs.
#include <algorithm>
#include <new>
#include <utility>

#include "broker/local_client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

/// How long a peer that goes may take to bring away what it has been sent.
constexpr nanolib::duration farewell{1'000};

class arrival_of_local final : public nanonng::net::inbox_item {
 public:
  arrival_of_local(shard& to, std::unique_ptr<local_client> who) noexcept : to_(to), who_(std::move(who)) {}
  void run() noexcept override {
    attachment said;
    try {
      said.done = to_.attach(std::move(who_), said.why);
    } catch (const std::bad_alloc&) {
      said.done = std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
    }
    answer_.set_value(std::move(said));
  }
  [[nodiscard]] std::future<attachment> answer() { return answer_.get_future(); }

 private:
  shard& to_;
  std::unique_ptr<local_client> who_;
  std::promise<attachment> answer_;
};

class departure_of_local final : public nanonng::net::inbox_item {
 public:
  departure_of_local(shard& from, const local_client* who) noexcept : from_(from), who_(who) {}
  void run() noexcept override { from_.dismiss_local(who_, std::move(gone_)); }
  [[nodiscard]] std::future<void> answer() { return gone_.get_future(); }

 private:
  shard& from_;
  const local_client* who_;
  std::promise<void> gone_;
};

}  // namespace

// Its figures can be asked for once it is complete, and not before.
nanolib::result<void> shard::attach(std::unique_ptr<local_client> which, std::string& why) {
  local_client& one = *which;
  locals_.push_back(std::move(which));
  try {
    auto done = one.attach(why);
    if (!done) {
      forget_local(one);
      return done;
    }
    const nanolib::mutex_lock lock(shared_.locals_lock);
    shared_.locals.push_back(&one);
    return done;
  } catch (...) {
    forget_local(one);
    throw;
  }
}

std::future<attachment> shard::post_attach(std::unique_ptr<local_client> which) {
  auto item = std::make_unique<arrival_of_local>(*this, std::move(which));
  auto answer = item->answer();
  loop_->post(std::move(item));
  return answer;
}

std::future<void> shard::post_departure(const local_client* which) {
  auto item = std::make_unique<departure_of_local>(*this, which);
  auto answer = item->answer();
  loop_->post(std::move(item));
  return answer;
}

void shard::dismiss_local(const local_client* which, std::promise<void> gone) noexcept {
  const auto found = std::ranges::find_if(locals_, [&](const auto& one) { return one.get() == which; });
  if (found == locals_.end()) return gone.set_value();
  local_client& one = **found;
  try {
    departing_.push_back({&one, now() + farewell, std::move(gone)});
  } catch (const std::bad_alloc&) {
    forget_local(one);
    return gone.set_value();
  }
  one.begin_departure(now() + farewell);
}

// What they were sent is on its way now, or will not get there any more.
void shard::let_locals_go() noexcept {
  std::erase_if(departing_, [this](departing_local& one) {
    if (!one.who->is_idle() && now() < one.until) return false;
    forget_local(*one.who);
    one.gone.set_value();
    return true;
  });
}

void shard::forget_local(local_client& which) noexcept {
  {
    const nanolib::mutex_lock lock(shared_.locals_lock);
    std::erase(shared_.locals, &which);
  }
  which.leave();
  std::erase_if(locals_, [&](const auto& one) { return one.get() == &which; });
}

}  // namespace nanomq::broker
