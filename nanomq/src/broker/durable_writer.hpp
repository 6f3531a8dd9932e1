// The one thread that writes to the store: units in, groups of them committed at once, shards told what is durable.
//
// A group closes when nothing came for a millisecond, when it is five milliseconds old, or when it is full; while one is
// being written the next gathers. Units of one shard are committed in the order of their numbers, whoever finishes them
// first, so that what a publisher sent first is never stored without what came before it.
//
// No space: the messages of the units concerned (put_row, put_unreleased) are given up and their publishers refused; all
// other changes are kept in memory and written when there is space again, which is tried at intervals.
// Any other error ends the store: no unit is durable any more.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "nanolib/base/counter.hpp"
#include "nanolib/base/log.hpp"
#include "nanolib/base/time.hpp"
#include "nanolib/cache/store.hpp"
#include "nanolib/cache/unit_committer.hpp"

namespace nanomq::broker {

using nanolib::store_state;
using nanolib::unit_outcome;

struct durable_writer_options {
  std::chrono::microseconds idle{1'000};     ///< a group closes when no unit came for so long
  std::chrono::microseconds longest{5'000};  ///< or when its first unit is so old
  nanolib::committer_limits group = {};      ///< or when it is as large as this
  std::chrono::milliseconds retry{250};      ///< between attempts while there is no space
};

/// Numbers for status and metrics. Thread: written by the writer, read by any.
struct writer_statistics {
  nanolib::counter units;
  nanolib::counter commits;
  nanolib::counter changes;
  nanolib::counter rows;  ///< of units that are done with
  nanolib::counter rows_cancelled;
  nanolib::counter units_refused;
  nanolib::counter bytes_written;
  nanolib::counter commit_us_total;
  nanolib::counter commit_us_longest;
  nanolib::counter backlog;  ///< changes that wait for space
};

/// Thread: submit(), read() and the observers from any thread; the rest by the owner.
class durable_writer {
 public:
  using outcomes = std::span<const unit_outcome>;
  /// How the writer reaches the rest. Called on the writer's thread; must not block on it.
  struct surroundings {
    /// Post the outcomes to the shards' loops. Those of one shard are in the order of numbers.
    std::function<void(outcomes)> settled;
    /// The retained message of a topic at this moment, null for none; expired ones count as none or not, as they come.
    std::function<nanolib::message_ptr(std::string_view topic)> retained;
    /// The state has changed.
    std::function<void(store_state)> changed;
    nanolib::clock* clock = nullptr;
    nanolib::log* log = nullptr;
  };
  using read_done = std::function<void(nanolib::result<nanolib::queue_window>)>;

  durable_writer(std::unique_ptr<nanolib::store> over, std::size_t shards, const durable_writer_options& options,
                 surroundings around);
  durable_writer(const durable_writer&) = delete;
  durable_writer& operator=(const durable_writer&) = delete;
  /// Stops.
  ~durable_writer();

  /// Before start(): the store, for load().
  [[nodiscard]] nanolib::store& storage() noexcept;
  /// Starts the thread. Errors: sys.
  [[nodiscard]] nanolib::result<void> start() noexcept;
  /// Writes everything that was submitted (or finds that it cannot be), tells the outcomes, ends the thread.
  void stop() noexcept;

  /// A unit that is complete: its last contributor hands it over. Units of a shard may come out of order; they wait for
  /// each other. Never blocks on the disk.
  void submit(nanolib::store_unit_ptr unit) noexcept;

  /// Reads a window of a queue on the writer's thread, between two commits; `done` runs there (or here, with no_space,
  /// when memory is short). Rows before `before` are durable, so that nothing that is pending matters.
  void read(nanolib::session_key session, nanolib::queue_sequence from, nanolib::queue_sequence before,
            const nanolib::window_limits& limits, read_done done) noexcept;

  [[nodiscard]] store_state state() const noexcept;
  [[nodiscard]] const writer_statistics& counts() const noexcept;

 private:
  struct inner;
  std::unique_ptr<inner> inner_;
};

}  // namespace nanomq::broker
