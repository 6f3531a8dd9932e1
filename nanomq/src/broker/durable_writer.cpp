#include "broker/durable_writer.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <system_error>
#include <thread>
#include <vector>

#include "nanolib/base/mutex.hpp"
#include "nanolib/cache/store_error.hpp"
#include "nanolib/cache/unit_list.hpp"

namespace nanomq::broker {

namespace {

/// How groups are timed. Not the broker's clock: it decides nothing but how long the thread sleeps.
using ticks = std::chrono::steady_clock;

struct read_request {
  nanolib::session_key session = 0;
  nanolib::queue_sequence from = 0;
  nanolib::queue_sequence before = 0;
  nanolib::window_limits limits;
  durable_writer::read_done done;
};

/// What the writer takes over when it wakes.
struct arrivals {
  nanolib::unit_list units;
  std::deque<read_request> reads;
  bool stop = false;
};

}  // namespace

struct durable_writer::inner {
  inner(std::unique_ptr<nanolib::store> over, std::size_t shards, const durable_writer_options& chosen,
        surroundings&& with)
      : storage(std::move(over)),
        options(chosen),
        around(std::move(with)),
        committer(*storage, shards, chosen.group, around.retained) {}

  // The writer's own.
  std::unique_ptr<nanolib::store> storage;
  durable_writer_options options;
  surroundings around;
  nanolib::unit_committer committer;
  std::vector<unit_outcome> told;
  ticks::time_point next_attempt{};
  bool untidy = true;
  std::thread thread;

  // Read by any thread.
  std::atomic<store_state> state{store_state::working};
  writer_statistics counts;

  // Between the threads.
  nanolib::mutex mutex;
  std::condition_variable_any wake;
  arrivals arrived NANOLIB_GUARDED_BY(mutex);
  std::size_t arrived_changes NANOLIB_GUARDED_BY(mutex) = 0;
  ticks::time_point first_came NANOLIB_GUARDED_BY(mutex);
  ticks::time_point last_came NANOLIB_GUARDED_BY(mutex);
  bool idle NANOLIB_GUARDED_BY(mutex) = false;  ///< sleeps without end: the first unit has to wake it

  void run() noexcept;
  void wait(arrivals& into) noexcept;
  [[nodiscard]] ticks::time_point closing() const noexcept NANOLIB_REQUIRES(mutex);
  void commit() noexcept;
  void tidy() noexcept;
  void serve(std::deque<read_request>& reads) noexcept;
  void report() noexcept;
};

durable_writer::durable_writer(std::unique_ptr<nanolib::store> over, std::size_t shards,
                               const durable_writer_options& options, surroundings around)
    : inner_(std::make_unique<inner>(std::move(over), shards, options, std::move(around))) {}

durable_writer::~durable_writer() { stop(); }

nanolib::store& durable_writer::storage() noexcept { return *inner_->storage; }

store_state durable_writer::state() const noexcept { return inner_->state.load(std::memory_order_acquire); }

const writer_statistics& durable_writer::counts() const noexcept { return inner_->counts; }

nanolib::result<void> durable_writer::start() noexcept {
  try {
    inner_->thread = std::thread([this] { inner_->run(); });
    return {};
  } catch (const std::system_error& failure) {
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, failure.code().value()});
  }
}

void durable_writer::stop() noexcept {
  {
    const nanolib::mutex_lock lock(inner_->mutex);
    inner_->arrived.stop = true;
    inner_->wake.notify_one();
  }
  if (inner_->thread.joinable()) inner_->thread.join();
}

void durable_writer::submit(nanolib::store_unit_ptr unit) noexcept {
  inner& to = *inner_;
  const nanolib::mutex_lock lock(to.mutex);
  to.last_came = ticks::now();
  if (to.arrived.units.is_empty()) to.first_came = to.last_came;
  to.arrived_changes += unit->changes();
  to.arrived.units.append(std::move(unit));
  // While a group gathers, the writer wakes by itself; unless it is full.
  if (std::exchange(to.idle, false) || to.arrived_changes >= to.options.group.changes) to.wake.notify_one();
}

void durable_writer::read(nanolib::session_key session, nanolib::queue_sequence from, nanolib::queue_sequence before,
                          const nanolib::window_limits& limits, read_done done) noexcept {
  try {
    const nanolib::mutex_lock lock(inner_->mutex);
    inner_->arrived.reads.push_back({session, from, before, limits, done});
    inner_->wake.notify_one();
  } catch (...) {
    done(std::unexpected(nanolib::make_error(nanolib::store_error::no_space)));
  }
}

// When the group that gathers is to be committed; the end of time while there is none.
ticks::time_point durable_writer::inner::closing() const noexcept {
  if (committer.state() == store_state::full) return next_attempt;
  if (committer.has_work() || arrived_changes >= options.group.changes) return ticks::time_point::min();
  if (arrived.units.is_empty()) return ticks::time_point::max();
  if (arrived_changes == 0) return ticks::time_point::min();  // there is nothing to gather for
  return std::min(last_came + options.idle, first_came + options.longest);
}

void durable_writer::inner::wait(arrivals& into) noexcept {
  const nanolib::mutex_lock lock(mutex);
  for (;;) {
    const ticks::time_point closes = closing();
    const bool nothing = closes == ticks::time_point::max();
    if (arrived.stop || !arrived.reads.empty() || closes <= ticks::now() || (nothing && untidy)) break;
    idle = nothing;
    if (nothing) {
      wake.wait(mutex);
    } else {
      wake.wait_until(mutex, closes);
    }
  }
  idle = false;
  arrived.units.move_into(into.units);
  arrived_changes = 0;
  into.reads.swap(arrived.reads);
  into.stop = arrived.stop;
}

void durable_writer::inner::run() noexcept {
  for (;;) {
    arrivals now;
    wait(now);
    while (!now.units.is_empty()) committer.add(now.units.take_first());
    const bool is_full = committer.state() == store_state::full;
    if (committer.has_work() && (!is_full || now.stop || next_attempt <= ticks::now())) commit();
    serve(now.reads);
    if (untidy) tidy();
    // Where there is no space, one more attempt is all that a stop waits for.
    if (now.stop && (!committer.has_work() || committer.state() == store_state::full)) return;
  }
}

void durable_writer::inner::commit() noexcept {
  const ticks::time_point began = ticks::now();
  committer.commit(nanolib::read(*around.clock), told);
  const ticks::time_point ended = ticks::now();
  next_attempt = ended + options.retry;
  untidy = true;
  const auto took =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(ended - began).count());
  counts.commit_us_total.add(took);
  counts.commit_us_longest.set(std::max(counts.commit_us_longest.get(), took));
  report();
  if (!told.empty()) around.settled(told);
  told.clear();
}

void durable_writer::inner::tidy() noexcept {
  const nanolib::result<bool> more = storage->tidy();
  // What is wrong with the store, the next commit meets as well, and that is where it has consequences.
  untidy = more.value_or(false);
  counts.bytes_written.set(storage->counts().bytes_written);
}

void durable_writer::inner::serve(std::deque<read_request>& reads) noexcept {
  for (const read_request& one : reads) {
    one.done(storage->read_queue(one.session, one.from, one.before, one.limits, nanolib::read(*around.clock)));
  }
}

void durable_writer::inner::report() noexcept {
  const nanolib::committer_counts& from = committer.counts();
  counts.units.set(from.units);
  counts.commits.set(from.commits);
  counts.changes.set(from.changes);
  counts.rows.set(from.rows);
  counts.rows_cancelled.set(from.rows_cancelled);
  counts.units_refused.set(from.units_refused);
  counts.backlog.set(from.backlog);
  counts.bytes_written.set(storage->counts().bytes_written);
  const store_state now = committer.state();
  if (state.exchange(now, std::memory_order_acq_rel) == now) return;
  if (around.log != nullptr) {
    switch (now) {
      case store_state::working:
        around.log->event(nanolib::log_component::store, nanolib::log_level::info, "store_has_space");
        break;
      case store_state::full:
        around.log->event(nanolib::log_component::store, nanolib::log_level::error, "store_full",
                          {{"backlog", from.backlog}});
        break;
      case store_state::failed:
        around.log->event(nanolib::log_component::store, nanolib::log_level::fatal, "store_failed");
        break;
    }
  }
  if (around.changed) around.changed(now);
}

}  // namespace nanomq::broker
