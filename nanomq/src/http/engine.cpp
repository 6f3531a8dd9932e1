#include "engine.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

#include "nanonng/net/thread.hpp"
#include "request_encoder.hpp"

namespace nanomq::http {
namespace {

using nanolib::error;
using nanolib::error_domain;

/// What is read in one go; answers are small.
constexpr std::size_t input_size = std::size_t{64} << 10U;

std::unexpected<error> of_system(int code) noexcept { return std::unexpected(error{error_domain::sys, code}); }

}  // namespace

/// Something has been sent, or cancelled.
class engine::news final : public nanonng::net::inbox_item {
 public:
  explicit news(engine& of) noexcept : of_(of) {}
  void run() noexcept override { of_.take_news(); }

 private:
  engine& of_;
};

engine::~engine() = default;

// ------------------------------------------------------------------------------------------------ any thread

nanolib::result<client::ticket> engine::send(request what, client::on_answer then) noexcept {
  const nanolib::instant deadline = nanolib::system_clock().now() + options_.timeout;
  const bool can_be_sent = is_sendable(what) && (!what.where.secure || options_.tls);
  const nanolib::mutex_lock lock(mutex_);
  const bool has_room = figures_.waiting + figures_.running < options_.pool_size + options_.max_waiting;
  if (has_ended_ || !can_be_sent || !has_room) {
    ++figures_.refused;
    return of_system(has_ended_ ? ECANCELED : !can_be_sent ? EINVAL : EAGAIN);
  }
  try {
    if (!loop_) {
      if (const auto started = start(); !started) return std::unexpected(started.error());
    }
    arrived_.push_back(std::make_unique<exchange>(*this, std::move(what), std::move(then), ++last_ticket_, deadline));
    tell();
  } catch (const std::bad_alloc&) {
    ++figures_.refused;
    return of_system(ENOMEM);
  }
  ++figures_.requests;
  ++figures_.waiting;
  return last_ticket_;
}

nanolib::result<void> engine::start() {
  nanonng::net::event_loop_options how;
  how.input_size = input_size;
  auto made = nanonng::net::event_loop::create(how);
  if (!made) return std::unexpected(made.error());
  loop_ = std::move(*made);
  loop_->set_hooks(this);
  auto started = nanonng::net::start_thread([self = shared_from_this()]() noexcept { self->run(); });
  if (!started) {
    loop_.reset();
    return std::unexpected(started.error());
  }
  thread_ = std::move(*started);
  return {};
}

void engine::tell() {
  if (has_news_) return;
  loop_->post(std::make_unique<news>(*this));
  has_news_ = true;
}

void engine::cancel(client::ticket which) noexcept {
  const nanolib::mutex_lock lock(mutex_);
  if (has_ended_ || !loop_) return;
  try {
    unwanted_.push_back(which);
    tell();
  } catch (const std::bad_alloc&) {
    // Its deadline ends it.
  }
}

client_figures engine::figures() const noexcept {
  const nanolib::mutex_lock lock(mutex_);
  return figures_;
}

std::string engine::describe(const nanolib::error& what) const {
  const nanolib::mutex_lock lock(mutex_);
  return last_error_ == what && !last_words_.empty() ? last_words_ : std::string(failure_text(what));
}

void engine::end() noexcept {
  std::thread thread;
  {
    const nanolib::mutex_lock lock(mutex_);
    if (std::exchange(has_ended_, true) || !loop_) return;
    thread = std::move(thread_);
    loop_->stop();
  }
  if (thread.get_id() == std::this_thread::get_id()) {
    thread.detach();
  } else {
    thread.join();
  }
}

// ------------------------------------------------------------------------------------------------ the loop's thread

void engine::run() noexcept {
  loop_->run();
  take_news();
  while (!waiting_.empty()) {
    std::unique_ptr<exchange> one = std::move(waiting_.front());
    waiting_.pop_front();
    finish(std::move(one), of_system(ECANCELED));
  }
  while (!lines_.empty()) {
    if (auto one = lines_.back()->give_back()) finish(std::move(one), of_system(ECANCELED));
  }
  retired_.clear();
}

void engine::take_news() noexcept {
  std::vector<std::unique_ptr<exchange>> arrived;
  std::vector<client::ticket> unwanted;
  {
    const nanolib::mutex_lock lock(mutex_);
    has_news_ = false;
    arrived.swap(arrived_);
    unwanted.swap(unwanted_);
  }
  for (std::unique_ptr<exchange>& one : arrived) {
    one->watch(loop_->timers());
    try {
      waiting_.push_back(std::move(one));
    } catch (const std::bad_alloc&) {
      finish(std::move(one), of_system(ENOMEM));
    }
  }
  for (const client::ticket one : unwanted) drop(one);
}

// What became free in this turn is used in this turn.
void engine::before_flush() noexcept { serve(); }

void engine::after_flush() noexcept { retired_.clear(); }

void engine::serve() noexcept {
  while (!waiting_.empty() && place(waiting_.front())) waiting_.pop_front();
}

bool engine::place(std::unique_ptr<exchange>& one) noexcept {
  const auto is_kept = [](const auto& each) { return each->is_free(); };
  const auto fits = [&](const auto& each) { return each->is_free() && each->origin() == one->origin; };
  // The one that was used last is the least likely to have been closed meanwhile.
  const auto known = std::find_if(lines_.rbegin(), lines_.rend(), fits);
  const bool reuses = known != lines_.rend() && !one->repeated;
  if (!reuses && lines_.size() >= options_.pool_size) {
    const auto spare = std::ranges::find_if(lines_, is_kept);
    if (spare == lines_.end()) return false;
    (*spare)->close();
  }
  {
    const nanolib::mutex_lock lock(mutex_);
    --figures_.waiting;
    ++figures_.running;
    if (!reuses) ++figures_.connections;
  }
  one->is_running = true;
  if (reuses) {
    std::rotate(known.base() - 1, known.base(), lines_.end());
    lines_.back()->take(std::move(one));
    return true;
  }
  try {
    lines_.reserve(lines_.size() + 1);
    retired_.reserve(retired_.size() + lines_.size() + 1);
    lines_.push_back(std::make_unique<line>(*this, one->origin));
    lines_.back()->connect(std::move(one));
  } catch (const std::bad_alloc&) {
    finish(std::move(one), of_system(ENOMEM));
  }
  return true;
}

void engine::note(const nanolib::error& why, std::string words) noexcept {
  const nanolib::mutex_lock lock(mutex_);
  last_error_ = why;
  last_words_ = std::move(words);
}

void engine::retire(line& which) noexcept {
  const auto found = std::ranges::find(lines_, &which, &std::unique_ptr<line>::get);
  if (found == lines_.end()) return;
  retired_.push_back(std::move(*found));  // room has been made for it
  lines_.erase(found);
}

void engine::finish(std::unique_ptr<exchange> one, client::answer with) noexcept {
  {
    const nanolib::mutex_lock lock(mutex_);
    --(one->is_running ? figures_.running : figures_.waiting);
    if (with) {
      ++figures_.answers;
    } else if (with.error() == error{error_domain::sys, ECANCELED}) {
      ++figures_.cancelled;
    } else {
      ++figures_.failures;
      if (with.error() == error{error_domain::sys, ETIMEDOUT}) ++figures_.timeouts;
    }
  }
  one->tell(std::move(with));
}

void engine::repeat(std::unique_ptr<exchange> one) noexcept {
  {
    const nanolib::mutex_lock lock(mutex_);
    ++figures_.repeated;
    ++figures_.waiting;
    --figures_.running;
  }
  one->repeated = true;
  one->is_running = false;
  try {
    waiting_.push_front(std::move(one));
  } catch (const std::bad_alloc&) {
    finish(std::move(one), of_system(ENOMEM));
  }
}

// It is on a line, or it waits.
std::unique_ptr<exchange> engine::take_back(exchange& one) noexcept {
  if (one.on != nullptr) return one.on->give_back();
  const auto found = std::ranges::find(waiting_, &one, &std::unique_ptr<exchange>::get);
  std::unique_ptr<exchange> back = std::move(*found);
  waiting_.erase(found);
  return back;
}

void engine::drop(client::ticket which) noexcept {
  const auto waits = std::ranges::find_if(waiting_, [&](const auto& one) { return one->number == which; });
  exchange* wanted = waits != waiting_.end() ? waits->get() : nullptr;
  for (std::size_t at = 0; wanted == nullptr && at < lines_.size(); ++at) {
    exchange* const one = lines_[at]->current();
    if (one != nullptr && one->number == which) wanted = one;
  }
  if (wanted != nullptr) finish(take_back(*wanted), of_system(ECANCELED));
}

void engine::on_deadline(exchange& late) noexcept { finish(take_back(late), of_system(ETIMEDOUT)); }

void exchange::on_deadline(nanolib::instant) noexcept { of_.on_deadline(*this); }

}  // namespace nanomq::http
