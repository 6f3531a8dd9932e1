#include "webhook/sender.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "nanonng/net/thread.hpp"

namespace nanomq::webhook {

namespace {

/// A batch ends at this size, however few events it has.
constexpr std::size_t most_in_body = std::size_t{1} << 20U;
/// A line in the log at most, however bad it is.
constexpr nanolib::duration report_interval{10'000};

nanolib::instant now() noexcept { return nanolib::system_clock().now(); }

/// Whether the same request may be answered otherwise later.
bool is_passing(int status) noexcept { return status == 408 || status == 425 || status == 429 || status >= 500; }

bool was_cancelled(const nanolib::error& what) noexcept {
  return what == nanolib::error{nanolib::error_domain::sys, ECANCELED};
}

}  // namespace

sender::sender(std::uint32_t lanes, nanolib::log& log)
    : log_(log), lanes_(std::max(lanes, 1U)), chance_(std::random_device{}()) {}

sender::~sender() { stop(nanolib::duration(0)); }

// ------------------------------------------------------------------------------------------------ any thread

nanolib::result<void> sender::send_to(std::shared_ptr<const target> where) {
  most_queued_.store(where->max_queue_messages, std::memory_order_relaxed);
  most_bytes_.store(where->max_queue_bytes, std::memory_order_relaxed);
  {
    const nanolib::mutex_lock lock(mutex_);
    next_ = std::move(where);
  }
  if (thread_.joinable()) {
    wake();
    return {};
  }
  auto started = nanonng::net::start_thread([this]() noexcept { run(); });
  if (!started) return std::unexpected(started.error());
  thread_ = std::move(*started);
  return {};
}

void sender::push(std::uint32_t shard, std::uint64_t key, std::string body) {
  const std::uint64_t size = body.size();
  const std::uint64_t before = queued_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t bytes = queued_bytes_.fetch_add(size, std::memory_order_relaxed);
  const auto give_back = [&] {
    queued_.fetch_sub(1, std::memory_order_relaxed);
    queued_bytes_.fetch_sub(size, std::memory_order_relaxed);
  };
  if (closed_.load(std::memory_order_relaxed) || before >= most_queued_.load(std::memory_order_relaxed) ||
      bytes + size > most_bytes_.load(std::memory_order_relaxed)) {
    give_back();
    return count_dropped();
  }
  inbox& into = inboxes_[shard % inboxes_.size()];
  try {
    const nanolib::mutex_lock lock(into.mutex);
    into.events.push_back({key, std::move(body)});
  } catch (...) {
    give_back();
    throw;
  }
  if (!is_woken_.load(std::memory_order_seq_cst)) wake();
}

bool sender::has_room() const noexcept {
  return queued_.load(std::memory_order_relaxed) < most_queued_.load(std::memory_order_relaxed) &&
         queued_bytes_.load(std::memory_order_relaxed) < most_bytes_.load(std::memory_order_relaxed);
}

void sender::wake() noexcept {
  if (is_woken_.exchange(true, std::memory_order_seq_cst)) return;
  const nanolib::mutex_lock lock(mutex_);  // or it could be between its look and its sleep
  woken_.notify_one();
}

void sender::stop(nanolib::duration patience) noexcept {
  closed_.store(true, std::memory_order_relaxed);
  if (!thread_.joinable()) return;
  {
    const nanolib::mutex_lock lock(mutex_);
    end_by_ = now() + patience;
  }
  wake();
  thread_.join();
}

std::vector<sender::figure> sender::figures() const {
  return {{"webhook/queued", queued_.load(std::memory_order_relaxed)},
          {"webhook/queued/bytes", queued_bytes_.load(std::memory_order_relaxed)},
          {"webhook/sent", sent_.load(std::memory_order_relaxed)},
          {"webhook/failed", failed_.load(std::memory_order_relaxed)},
          {"webhook/dropped", dropped_.load(std::memory_order_relaxed)},
          {"webhook/posts", posts_.load(std::memory_order_relaxed)},
          {"webhook/posts/repeated", repeated_.load(std::memory_order_relaxed)}};
}

// ------------------------------------------------------------------------------------------------ its own thread

void sender::run() noexcept {
  for (;;) {
    nanolib::instant again = nanolib::never;
    try {
      collect();
      const nanolib::instant time = now();
      for (std::size_t number = 0; number < lanes_.size(); ++number) again = std::min(again, serve(number, time));
      if (in_trouble_ || dropped_.load(std::memory_order_relaxed) != 0) report(time, {});
      if (has_ended(time)) break;
      again = std::min(again, stop_by_);
    } catch (const std::bad_alloc&) {
      again = now() + nanolib::duration(100);
    }
    sleep_until(again);
  }
  // Answers that are still to come come now, and nobody looks at them.
  to_.reset();
  abandon_all();
}

void sender::sleep_until(nanolib::instant when) noexcept {
  mutex_.lock();
  const auto is_woken = [this] { return is_woken_.load(std::memory_order_seq_cst); };
  if (when == nanolib::never) {
    woken_.wait(mutex_, is_woken);
  } else {
    woken_.wait_for(mutex_, std::max(when - now(), nanolib::duration(1)), is_woken);
  }
  mutex_.unlock();
}

void sender::collect() {
  is_woken_.store(false, std::memory_order_seq_cst);
  std::shared_ptr<const target> next;
  std::vector<outcome> arrived;
  {
    const nanolib::mutex_lock lock(mutex_);
    next = std::move(next_);
    next_.reset();
    arrived.swap(outcomes_);
    if (end_by_ != nanolib::never && stop_by_ == nanolib::never) hurry();
    stop_by_ = end_by_;
  }
  // A client that is given up answers ECANCELED to all that it has, before it has ended.
  if (next) to_ = std::move(next);
  for (const outcome& one : arrived) settle(one);
  if (is_rearranging()) rearrange();
  for (inbox& from : inboxes_) {
    std::vector<event> events;
    {
      const nanolib::mutex_lock lock(from.mutex);
      events.swap(from.events);
    }
    for (event& one : events) {
      lane& into = lanes_[one.key % lanes_.size()];
      if (into.waiting.empty() && into.sending.empty()) into.due = now() + to_->batch_time;
      into.waiting.push_back(std::move(one));
    }
  }
}

// Other lanes than there are were asked for: they are exchanged as soon as nothing is under way, so that the events of one
// client still follow each other.
bool sender::is_rearranging() const noexcept { return to_ && to_->pool_size != 0 && to_->pool_size != lanes_.size(); }

void sender::rearrange() {
  if (std::ranges::any_of(lanes_, &lane::under_way)) return;
  std::vector<lane> next(to_->pool_size);
  // Room first: when there is none, everything is still where it was.
  std::vector<event*> all;
  for (lane& one : lanes_) {
    for (event& each : one.sending) all.push_back(&each);
    for (event& each : one.waiting) all.push_back(&each);
  }
  std::vector<event*> places;
  places.reserve(all.size());
  for (const event* const each : all) {
    places.push_back(&next[each->key % next.size()].waiting.emplace_back(each->key, std::string()));
  }
  for (std::size_t i = 0; i < all.size(); ++i) places[i]->body = std::move(all[i]->body);
  lanes_ = std::move(next);
}

nanolib::instant sender::serve(std::size_t number, nanolib::instant time) {
  if (is_rearranging()) return nanolib::never;  // an answer comes
  lane& one = lanes_[number];
  if (one.under_way || (one.sending.empty() && one.waiting.empty())) return nanolib::never;
  if (one.sending.empty()) {
    const bool is_full = one.waiting.size() >= to_->batch_size || stop_by_ != nanolib::never;
    if (!is_full && time < one.due) return one.due;
    for (std::size_t size = 0; !one.waiting.empty() && one.sending.size() < to_->batch_size;) {
      size += one.waiting.front().body.size();
      if (!one.sending.empty() && size > most_in_body) break;
      one.sending.push_back(std::move(one.waiting.front()));
      one.waiting.pop_front();
    }
  } else if (time < one.due) {
    return one.due;
  }
  post(number);
  return one.under_way ? nanolib::never : one.due;
}

std::string sender::join(const std::vector<event>& events) const {
  if (to_->batch_size == 1) return events.front().body;
  std::string all = "[";
  for (const event& one : events) {
    if (all.size() > 1) all += ',';
    all += one.body;
  }
  return all + "]";
}

void sender::post(std::size_t number) {
  lane& one = lanes_[number];
  http::request what{
      .verb = http::method::post, .where = to_->where, .headers = to_->headers, .body = join(one.sending)};
  auto answered = [this, number](http::client::answer with) noexcept {
    try {
      const nanolib::mutex_lock lock(mutex_);
      outcomes_.push_back(with ? outcome{number, with->status, {}} : outcome{number, 0, with.error()});
    } catch (const std::bad_alloc&) {
      return;  // its lane stands still until the webhook ends
    }
    wake();
  };
  posts_.fetch_add(1, std::memory_order_relaxed);
  one.under_way = true;
  if (const auto begun = to_->by->send(std::move(what), std::move(answered)); !begun) {
    settle({number, 0, begun.error()});
  }
}

void sender::settle(const outcome& what) {
  lane& one = lanes_[what.lane];
  one.under_way = false;
  if (what.status >= 200 && what.status < 300) {
    sent_.fetch_add(one.sending.size(), std::memory_order_relaxed);
    release(one.sending);
    one.attempts = 0;
    one.due = now() + to_->batch_time;
    if (std::exchange(in_trouble_, false)) {
      hurry();
      say_recovered();
    }
    return;
  }
  if (what.status == 0 && was_cancelled(what.error)) {  // another client takes over
    one.due = {};
    return;
  }
  const std::string why =
      what.status == 0 ? to_->by->describe(what.error) : "it answered " + std::to_string(what.status);
  if (what.status == 0 || is_passing(what.status)) return repeat(one, why);
  give_up(one, why);
}

// The endpoint is there again, or there will be no better time: nobody waits for as long as failures have come to.
void sender::hurry() noexcept {
  for (lane& one : lanes_) {
    if (one.attempts > 0) one.due = {};
  }
}

void sender::repeat(lane& which, const std::string& why) {
  if (++which.attempts >= to_->max_attempts) return give_up(which, why);
  repeated_.fetch_add(1, std::memory_order_relaxed);
  which.due = now() + pause_after(which.attempts);
  report(now(), why);
}

void sender::say_recovered() {
  const std::uint64_t failed = failed_.load(std::memory_order_relaxed);
  const std::uint64_t dropped = dropped_.load(std::memory_order_relaxed);
  log_.event(nanolib::log_component::http, nanolib::log_level::info, "webhook_recovered",
             {{"url", to_->where.text()},
              {"queued", queued_.load(std::memory_order_relaxed)},
              {"failed", failed - std::exchange(failed_before_, failed)},
              {"dropped", dropped - std::exchange(dropped_before_, dropped)}});
}

void sender::give_up(lane& which, const std::string& why) {
  failed_.fetch_add(which.sending.size(), std::memory_order_relaxed);
  release(which.sending);
  which.attempts = 0;
  which.due = {};
  report(now(), why);
}

// Half of it, and a random part of the other half, so that what failed together is not repeated together.
nanolib::duration sender::pause_after(std::uint32_t attempts) {
  const auto longest = to_->backoff * (std::int64_t{1} << std::min(attempts - 1, 20U));
  const auto half = std::max<nanolib::duration::rep>(std::min(longest, to_->max_backoff).count() / 2, 1);
  return nanolib::duration(half + std::uniform_int_distribution<nanolib::duration::rep>(0, half)(chance_));
}

void sender::release(std::vector<event>& events) noexcept {
  std::uint64_t bytes = 0;
  for (const event& one : events) bytes += one.body.size();
  queued_.fetch_sub(events.size(), std::memory_order_relaxed);
  queued_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  events.clear();
}

bool sender::has_ended(nanolib::instant time) const noexcept {
  if (stop_by_ == nanolib::never) return false;
  return time >= stop_by_ || queued_.load(std::memory_order_relaxed) == 0;
}

void sender::abandon_all() noexcept {
  const std::uint64_t lost = queued_.exchange(0, std::memory_order_relaxed);
  queued_bytes_.store(0, std::memory_order_relaxed);
  dropped_.fetch_add(lost, std::memory_order_relaxed);
  if (lost > 0)
    log_.event(nanolib::log_component::http, nanolib::log_level::warn, "webhook_left_events", {{"events", lost}});
}

// The first failure is told at once, what follows in one line for all of it.
void sender::report(nanolib::instant time, const std::string& why) {
  const std::uint64_t failed = failed_.load(std::memory_order_relaxed);
  const std::uint64_t dropped = dropped_.load(std::memory_order_relaxed);
  const std::uint64_t all = failed + dropped + repeated_.load(std::memory_order_relaxed);
  if (!why.empty()) {
    in_trouble_ = true;
    why_ = why;
  }
  if (all == reported_ || time < next_report_) return;
  reported_ = all;
  next_report_ = time + report_interval;
  log_.event(nanolib::log_component::http, nanolib::log_level::warn, "webhook_failing",
             {{"url", to_->where.text()},
              {"why", in_trouble_ ? std::string_view(why_) : std::string_view("there is no room for more events")},
              {"queued", queued_.load(std::memory_order_relaxed)},
              {"failed", failed},
              {"dropped", dropped}});
}

}  // namespace nanomq::webhook
