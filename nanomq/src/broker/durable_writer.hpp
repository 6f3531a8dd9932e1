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

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "nanolib/base/log.hpp"
#include "nanolib/base/time.hpp"
#include "nanolib/cache/store.hpp"
#include "nanolib/cache/store_unit.hpp"

namespace nanomq::broker {

struct durable_writer_options {
  nanolib::duration idle{1};
  nanolib::duration longest{5};
  std::size_t rows = 512;
  std::uint64_t bytes = 1U << 20U;
  nanolib::duration retry{250};  ///< between attempts while there is no space
};

/// What a shard is told about its units. All units with smaller numbers have been settled before.
struct unit_outcome {
  enum class kind : std::uint8_t {
    durable,  ///< everything in it is stored (or it was empty): release what waits for it
    refused,  ///< its messages are not stored: refuse their publishers. The rest still waits: `durable` follows later
    failed,   ///< the store has failed: nothing is acknowledged that waits for it, now or later
  };
  std::uint32_t shard = 0;   ///< the opener
  std::uint64_t number = 0;  ///< this unit
  kind what = kind::durable;
};

enum class writer_state : std::uint8_t {
  working,
  full,    ///< no space: refuse new QoS 1 and 2 messages at once (0x97), do not make rows for them
  failed,  ///< likewise, for good
};

/// Numbers for status and metrics. Thread: written by the writer, read by any.
struct writer_statistics {
  std::atomic<std::uint64_t> units{0};
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> changes{0};
  std::atomic<std::uint64_t> rows_cancelled{0};
  std::atomic<std::uint64_t> units_refused{0};
  std::atomic<std::uint64_t> bytes_written{0};
  std::atomic<std::uint64_t> commit_us_total{0};
  std::atomic<std::uint64_t> commit_us_longest{0};
  std::atomic<std::uint64_t> backlog{0};  ///< changes that wait for space
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
    std::function<void(writer_state)> changed;
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

  /// Reads a window of a queue on the writer's thread, between two commits; `done` runs there. Rows up to `before` are
  /// durable, so nothing that is pending matters.
  void read(nanolib::session_key session, nanolib::queue_sequence from, nanolib::queue_sequence before,
            const nanolib::window_limits& limits, read_done done) noexcept;

  [[nodiscard]] writer_state state() const noexcept;
  [[nodiscard]] const writer_statistics& counts() const noexcept;

 private:
  struct inner;
  std::unique_ptr<inner> inner_;
};

}  // namespace nanomq::broker
