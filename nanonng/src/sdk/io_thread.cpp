// The loop, its thread, and whose turn it is.
#include "nanonng/sdk/io_thread.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <thread>
#include <utility>

#include "nanolib/base/mutex.hpp"
#include "nanonng/net/thread.hpp"
#include "turn_list.hpp"

namespace nanonng::sdk {

namespace detail {

void turn_list::ask_before(turn_member& who) noexcept {
  if (std::exchange(who.before_, true)) return;
  before_.push_back(&who);
  loop_.wake();  // asked for at the end of a turn it would wait for the next event
}

void turn_list::ask_after(turn_member& who) noexcept {
  if (std::exchange(who.after_, true)) return;
  after_.push_back(&who);
}

void turn_list::remove(list& from, turn_member& who) noexcept {
  for (turn_member*& each : from) {
    if (each == &who) each = nullptr;
  }
}

void turn_list::forget(turn_member& who) noexcept {
  if (std::exchange(who.before_, false)) remove(before_, who);
  if (std::exchange(who.after_, false)) remove(after_, who);
}

void turn_list::before_flush() noexcept {
  // The list may grow while it is gone through.
  for (before_at_ = 0; before_at_ < before_.size(); ++before_at_) {
    turn_member* const who = std::exchange(before_[before_at_], nullptr);
    if (who == nullptr) continue;
    who->before_ = false;
    who->before_flush();
  }
  before_.clear();
}

void turn_list::after_flush() noexcept {
  for (after_at_ = 0; after_at_ < after_.size(); ++after_at_) {
    turn_member* const who = std::exchange(after_[after_at_], nullptr);
    if (who == nullptr) continue;
    who->after_ = false;
    who->after_flush();
  }
  after_.clear();
}

}  // namespace detail

struct io_thread::state {
  explicit state(std::unique_ptr<net::event_loop> made) noexcept : loop(std::move(made)), turns(*loop) {
    loop->set_hooks(&turns);
  }
  std::unique_ptr<net::event_loop> loop;
  detail::turn_list turns;
  std::thread thread;
  std::atomic<std::thread::id> id;
  const pid_t process = ::getpid();
};

io_thread::io_thread(std::shared_ptr<state> made) noexcept : state_(std::move(made)) {}

nanolib::result<std::shared_ptr<io_thread>> io_thread::create(const net::event_loop_options& options) noexcept {
  auto loop = net::event_loop::create(options);
  if (!loop) return std::unexpected(loop.error());
  try {
    auto made = std::make_shared<state>(*std::move(loop));
    auto owner = std::shared_ptr<io_thread>(new io_thread(made));
    auto started = net::start_thread([made]() noexcept {
      made->id = std::this_thread::get_id();
      made->loop->run();
    });
    if (!started) return std::unexpected(started.error());
    made->thread = *std::move(started);
    made->id = made->thread.get_id();  // known to the caller before the thread has begun
    return owner;
  } catch (const std::bad_alloc&) {
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
  }
}

nanolib::result<std::shared_ptr<io_thread>> io_thread::shared() noexcept {
  static nanolib::mutex mutex;
  static std::weak_ptr<io_thread> known;
  const nanolib::mutex_lock held(mutex);
  if (auto there = known.lock(); there && !there->is_stranded()) return there;
  auto made = create();
  if (made) known = *made;
  return made;
}

io_thread::~io_thread() {
  if (is_stranded()) return;  // the state stays with the copy of the thread's own reference, which nobody drops here
  state_->loop->stop();
  if (!state_->thread.joinable()) return;
  if (is_current()) {
    state_->thread.detach();
  } else {
    state_->thread.join();
  }
}

net::event_loop& io_thread::loop() const noexcept { return *state_->loop; }

bool io_thread::is_current() const noexcept { return id() == std::this_thread::get_id(); }

std::thread::id io_thread::id() const noexcept { return state_->id.load(); }

bool io_thread::is_stranded() const noexcept { return state_->process != ::getpid(); }

detail::turn_list& io_thread::turns() const noexcept { return state_->turns; }

}  // namespace nanonng::sdk
