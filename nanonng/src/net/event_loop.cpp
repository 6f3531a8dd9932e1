// The turn, the inbox and the sleep.
//
// Sleeping and posting agree by Dekker's scheme: the receiver sets `sleeping` and then looks into the inbox, the sender
// fills the inbox and then looks at `sleeping`; both in one total order, so at least one of them sees the other.
#include "nanonng/net/event_loop.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <new>
#include <utility>
#include <vector>

#include "lingering.hpp"
#include "nanonng/net/connection.hpp"
#include "wakeup.hpp"

namespace nanonng::net {

namespace {

/// Smaller would cut ordinary packets in pieces.
constexpr std::size_t smallest_input = 16U * 1024;
/// Rounds of deferred calls in one turn; the rest comes in the next, which does not sleep.
constexpr int deferred_rounds = 8;

void insert_before(work_link& place, work_link& which) noexcept {
  which.next = &place;
  which.previous = place.previous;
  place.previous->next = &which;
  place.previous = &which;
}

void unlink(work_link& which) noexcept {
  which.previous->next = which.next;
  which.next->previous = which.previous;
  which.next = which.previous = nullptr;
}

/// A list of connections, its ends tied together.
struct work_list : work_link {
  work_list() noexcept { next = previous = this; }
  work_list(const work_list&) = delete;
  work_list& operator=(const work_list&) = delete;

  [[nodiscard]] bool empty() const noexcept { return next == this; }
  void take_all(work_list& from) noexcept {
    if (from.empty()) return;
    next = std::exchange(from.next, &from);
    previous = std::exchange(from.previous, &from);
    next->previous = previous->next = this;
  }
};

nanolib::error out_of_memory() noexcept { return {nanolib::error_domain::sys, ENOMEM}; }

}  // namespace

struct event_loop::state final : lingering::owner {
  explicit state(const event_loop_options& options) noexcept
      : clock(options.clock != nullptr ? *options.clock : nanolib::system_clock()),
        readers(options.readers),
        reader(options.reader),
        input_size(std::max(options.input_size, smallest_input)),
        timers(clock.now()) {}
  ~state() override = default;

  void finished(lingering& which) noexcept override {
    const std::size_t index = which.index;
    closing.back()->index = index;
    std::swap(closing[index], closing.back());
    closing.pop_back();
  }

  nanolib::clock& clock;
  nanolib::quiescence* readers;
  std::size_t reader;
  bool online = false;
  turn_hooks* hooks = nullptr;

  std::size_t input_size;
  std::unique_ptr<std::byte[]> input;
  std::unique_ptr<wakeup> waker;
  std::unique_ptr<poller> descriptors;
  timer_wheel timers;
  chunk_pool chunks;

  work_list work;                  ///< connections with output, or with something to tell
  std::size_t deferred_count = 0;  ///< how many of them have something to tell
  std::vector<std::unique_ptr<lingering>> closing;

  alignas(64) std::atomic<inbox_item*> inbox{nullptr};
  std::atomic<bool> sleeping{false};
  std::atomic<bool> woken{false};
  std::atomic<bool> stopping{false};
};

event_loop::event_loop(std::unique_ptr<state> made) noexcept : state_(std::move(made)), now_(state_->clock.now()) {}

event_loop::~event_loop() {
  state& my = *state_;
  my.closing.clear();
  discard_inbox();
  if (my.waker) my.descriptors->remove(my.waker->descriptor(), *my.waker);
  if (my.online) my.readers->offline(my.reader);
}

nanolib::result<std::unique_ptr<event_loop>> event_loop::create(const event_loop_options& options) noexcept {
  std::unique_ptr<state> made(new (std::nothrow) state(options));
  if (!made) return std::unexpected(out_of_memory());
  // Left as it comes: its pages are not touched before they are needed.
  made->input.reset(new (std::nothrow) std::byte[made->input_size]);
  if (!made->input) return std::unexpected(out_of_memory());
  auto descriptors = make_poller(options.poller);
  if (!descriptors) return std::unexpected(descriptors.error());
  made->descriptors = std::move(*descriptors);
  const bool knows_edges = made->descriptors->kind() == poller_kind::epoll;
  auto waker = knows_edges ? make_event_wakeup() : make_pipe_wakeup();
  if (!waker) return std::unexpected(waker.error());
  const auto added = made->descriptors->add((*waker)->descriptor(), interest::read, **waker, (*waker)->how());
  if (!added) return std::unexpected(added.error());
  made->waker = std::move(*waker);
  std::unique_ptr<event_loop> loop(new (std::nothrow) event_loop(std::move(made)));
  if (!loop) return std::unexpected(out_of_memory());
  return loop;
}

void event_loop::run() noexcept {
  while (!stopping()) turn(nanolib::duration(-1));
}

void event_loop::turn(nanolib::duration longest) noexcept {
  state& my = *state_;
  sleep_and_wait(longest);
  now_ = my.clock.now();
  ++turns_;
  my.descriptors->dispatch();
  take_inbox();
  my.timers.advance(now_);
  run_deferred();
  if (my.hooks != nullptr) my.hooks->before_flush();
  flush_dirty();
  if (my.hooks != nullptr) my.hooks->after_flush();
  if (my.online) my.readers->quiet(my.reader);
}

void event_loop::sleep_and_wait(nanolib::duration longest) noexcept {
  state& my = *state_;
  nanolib::duration timeout = longest;
  if (!my.work.empty() || my.inbox.load(std::memory_order_relaxed) != nullptr) timeout = nanolib::duration(0);
  if (timeout.count() != 0) {
    // A turn may have taken long: what is left until the next timer counts from now.
    const nanolib::duration next = my.timers.until_next(my.clock.now());
    if (next.count() >= 0 && (timeout.count() < 0 || next < timeout)) timeout = next;
  }
  if (timeout.count() != 0) {
    my.sleeping.store(true, std::memory_order_seq_cst);
    if (my.inbox.load(std::memory_order_seq_cst) != nullptr || my.woken.load(std::memory_order_seq_cst)) {
      timeout = nanolib::duration(0);
    } else if (std::exchange(my.online, false)) {
      my.readers->offline(my.reader);
    }
  }
  my.descriptors->wait(timeout);
  my.sleeping.store(false, std::memory_order_relaxed);
  my.woken.store(false, std::memory_order_relaxed);
  if (my.readers != nullptr && !std::exchange(my.online, true)) my.readers->online(my.reader);
}

void event_loop::stop() noexcept {
  state_->stopping.store(true, std::memory_order_seq_cst);
  wake();
}

bool event_loop::stopping() const noexcept { return state_->stopping.load(std::memory_order_relaxed); }

void event_loop::wake() noexcept {
  state_->woken.store(true, std::memory_order_seq_cst);
  if (state_->sleeping.load(std::memory_order_seq_cst) && state_->sleeping.exchange(false)) state_->waker->signal();
}

void event_loop::post(std::unique_ptr<inbox_item> item) noexcept {
  state& their = *state_;
  inbox_item* const pushed = item.release();
  inbox_item* head = their.inbox.load(std::memory_order_relaxed);
  do {
    pushed->next_ = head;
  } while (!their.inbox.compare_exchange_weak(head, pushed, std::memory_order_seq_cst, std::memory_order_relaxed));
  if (their.sleeping.load(std::memory_order_seq_cst) && their.sleeping.exchange(false)) their.waker->signal();
}

void event_loop::discard_inbox() noexcept {
  for (inbox_item* item = state_->inbox.exchange(nullptr); item != nullptr;) {
    const std::unique_ptr<inbox_item> dropped(std::exchange(item, item->next_));
  }
}

void event_loop::take_inbox() noexcept {
  if (state_->inbox.load(std::memory_order_relaxed) == nullptr) return;
  inbox_item* newest = state_->inbox.exchange(nullptr, std::memory_order_acquire);
  inbox_item* oldest = nullptr;
  while (newest != nullptr) {
    inbox_item* const item = std::exchange(newest, newest->next_);
    item->next_ = std::exchange(oldest, item);
  }
  while (oldest != nullptr) {
    const std::unique_ptr<inbox_item> item(std::exchange(oldest, oldest->next_));
    item->run();
  }
}

nanolib::clock& event_loop::time_source() const noexcept { return state_->clock; }
poller& event_loop::descriptors() noexcept { return *state_->descriptors; }
timer_wheel& event_loop::timers() noexcept { return state_->timers; }
chunk_pool& event_loop::chunks() noexcept { return state_->chunks; }
std::span<std::byte> event_loop::input() noexcept { return {state_->input.get(), state_->input_size}; }
void event_loop::set_hooks(turn_hooks* hooks) noexcept { state_->hooks = hooks; }
std::size_t event_loop::finishing() const noexcept { return state_->closing.size(); }

void event_loop::mark_dirty(connection& which) noexcept {
  which.dirty_ = true;
  if (which.next == nullptr) insert_before(state_->work, which);
}

void event_loop::defer(connection& which) noexcept {
  ++state_->deferred_count;
  if (which.next == nullptr) insert_before(state_->work, which);
}

void event_loop::forget(connection& which) noexcept {
  if (which.next == nullptr) return;
  unlink(which);
  if (std::exchange(which.deferred_, std::uint8_t{0}) != 0) --state_->deferred_count;
  which.dirty_ = false;
}

void event_loop::run_deferred() noexcept {
  state& my = *state_;
  for (int round = 0; my.deferred_count != 0 && round < deferred_rounds; ++round) {
    work_list batch;
    batch.take_all(my.work);
    while (!batch.empty()) {
      connection& which = static_cast<connection&>(*batch.next);
      unlink(which);
      if (which.deferred_ == 0) {
        insert_before(my.work, which);
        continue;
      }
      --my.deferred_count;
      if (which.dirty_) insert_before(my.work, which);
      which.run_deferred();
    }
  }
}

void event_loop::flush_dirty() noexcept {
  work_list batch;
  batch.take_all(state_->work);
  while (!batch.empty()) {
    connection& which = static_cast<connection&>(*batch.next);
    unlink(which);
    if (which.deferred_ != 0) insert_before(state_->work, which);
    if (std::exchange(which.dirty_, false)) which.flush();
  }
}

void event_loop::finish(std::unique_ptr<stream> over, output_queue&& output, nanolib::instant deadline) noexcept {
  state& my = *state_;
  std::unique_ptr<lingering> last(new (std::nothrow) lingering(*this, my, std::move(over), std::move(output)));
  if (!last) return;
  if (!last->start(deadline)) return;
  last->index = my.closing.size();
  try {
    my.closing.push_back(std::move(last));
  } catch (const std::bad_alloc&) {
    return;  // closed at once then
  }
}

}  // namespace nanonng::net
