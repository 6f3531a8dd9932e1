// The durable half of the edge cache: what must be there again after the process or the power has gone.
//
// A store applies batches atomically and gives everything back at start. It is synchronous and starts no thread: in the
// broker one thread (nanomq's durable_writer) calls it and nobody else. What it does not do: it decides nothing about
// MQTT, and it keeps no queue in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanolib/cache/store_batch.hpp"
#include "nanolib/cache/store_error.hpp"

namespace nanolib {

/// What an acknowledgement promises.
enum class durability : std::uint8_t {
  none,     ///< nothing is kept; no store is opened
  process,  ///< survives the end of the process (kill -9), not a power cut
  fsync,    ///< survives a power cut
};

/// How many rows of a queue there are and between which sequences. `bytes` counts each row's message in full.
struct queue_extent {
  queue_sequence first = 0;
  queue_sequence last = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

struct stored_session {
  session_key key = 0;
  std::string client_id;
  std::string user;
  std::uint32_t expiry_s = 0;
  bool connected = false;  ///< when the process ended: its time begins to run now
  instant ends = never;    ///< may lie in the past
};

struct stored_will {
  message_ptr what;
  std::uint32_t delay_s = 0;
  std::uint32_t expiry_s = 0;
  bool expires = false;
  instant due = never;  ///< never: the client was connected when the process ended
};

/// A row as it comes back.
struct stored_row {
  queue_sequence sequence = 0;
  std::uint16_t packet_identifier = 0;  ///< never 0 here: its own, or identifier_of(sequence)
  row_stage stage = row_stage::owed;
  delivery what;            ///< what.group is null; see `share`. From load(): without the body
  std::string share;        ///< "$share/<group>/<filter>" of a shared subscription, else empty
  std::uint64_t bytes = 0;  ///< what the row counts for in queue_extent::bytes
};

/// Receives what a store holds: each session before what belongs to it, otherwise in any order. Views and references are
/// valid during the call.
class store_visitor {
 public:
  virtual ~store_visitor() = default;
  /// In the order of their keys.
  virtual void on_session(const stored_session& one) = 0;
  virtual void on_subscription(session_key session, std::string_view filter, const subscription_options& options) = 0;
  virtual void on_unreleased(session_key session, std::uint16_t packet_identifier) = 0;
  virtual void on_will(session_key session, const stored_will& one) = 0;
  /// Once for each session that has rows.
  virtual void on_queue(session_key session, const queue_extent& extent) = 0;
  /// Those rows of a queue that are not as the rule says: released, or with an identifier of their own. They are counted
  /// in on_queue() as well, and come back from read_queue() too.
  virtual void on_exceptional_row(session_key session, const stored_row& row) = 0;
  virtual void on_retained(const message_ptr& one) = 0;
};

/// What load() has to say beside the content.
struct load_report {
  session_key next_session = 1;  ///< greater than every key that was ever used
  message_key next_message = 1;  ///< likewise; keys from here on may be used in any order, each once
  std::uint64_t damaged = 0;     ///< records left out because their checksum is wrong
  std::uint64_t expired = 0;     ///< retained messages left out because their time has passed
};

/// Part of a queue.
struct queue_window {
  std::vector<stored_row> rows;  ///< in order
  std::uint64_t damaged = 0;     ///< rows left out because they cannot be read; they are still stored
  queue_sequence next = 0;       ///< where to go on; 0: there is nothing between the last row and `before`
};

struct window_limits {
  std::size_t rows = 256;
  std::uint64_t bytes = 256U * 1024;  ///< one row is handed out even if it is larger
  /// All that a window of so many bytes may have held: the row that goes beyond them too, and released ones count nothing.
  bool is_head = false;

  /// Whether a row is too much behind `taken` bytes of others.
  [[nodiscard]] bool ends_before(std::uint64_t taken, std::uint64_t row) const noexcept {
    return taken > 0 && (is_head ? taken >= bytes : taken + row > bytes);
  }
  [[nodiscard]] std::uint64_t size_of(const stored_row& row) const noexcept {
    return is_head && row.stage == row_stage::released ? 0 : row.bytes;
  }
};

/// For status, metrics and `nanomq store info`.
struct store_info {
  std::string kind;  ///< "sqlite", "memory"
  std::string path;
  std::uint32_t format = 0;
  durability level = durability::none;
  std::uint64_t sessions = 0;
  std::uint64_t subscriptions = 0;
  std::uint64_t unreleased = 0;
  std::uint64_t wills = 0;
  std::uint64_t queue_rows = 0;
  std::uint64_t messages = 0;  ///< bodies
  std::uint64_t retained = 0;
  std::uint64_t file_bytes = 0;  ///< of the main file
  std::uint64_t log_bytes = 0;   ///< of what is not yet in the main file
  std::uint64_t free_bytes = 0;  ///< in the main file, to be used again; compact() gives it back
};

/// Numbers since the store was opened.
struct store_counts {
  std::uint64_t commits = 0;
  std::uint64_t changes = 0;
  std::uint64_t bytes_written = 0;  ///< to files, checkpoints included
  std::uint64_t syncs = 0;
  std::uint64_t refused = 0;  ///< commits for which there was no space
  std::uint64_t damaged = 0;  ///< records met whose checksum is wrong
};

/// Thread: externally synchronised (one thread at a time).
class store {
 public:
  store() = default;
  store(const store&) = delete;
  store& operator=(const store&) = delete;
  /// Leaves everything that was committed where it is.
  virtual ~store() = default;

  /// Applies all changes in their order, or none of them; on return they are as durable as the store was opened for.
  /// Rows are expected to have been taken (queue_row::try_take); the store does not look at their state.
  /// `at` relates the instants in the changes to civil time.
  /// Errors: store: no_space (nothing changed, may be tried again), failed (for good: close the store, acknowledge
  /// nothing).
  [[nodiscard]] virtual result<void> commit(const store_batch& changes, const clock_reading& at) noexcept = 0;

  /// What may wait: moves the log into the main file when it has grown, frees what ended sessions left, a slice at a
  /// time. For between two commits, when nobody waits. True: there is more to do.
  /// Errors: as commit(); what was committed stays as durable as it was, failed excepted.
  [[nodiscard]] virtual result<bool> tidy() noexcept = 0;

  /// Gives everything back, bodies of queued messages excepted. Before the first commit; again later only for tests.
  /// Instants are as of `at`: time that passed while the process was down has been taken off by civil time. A clock that
  /// is behind what the store has seen (or behind the day this was built) is not believed: then no time has passed.
  /// Errors: store: failed; what the visitor throws passes through.
  [[nodiscard]] virtual result<load_report> load(const clock_reading& at, store_visitor& into) = 0;

  /// Rows of one session from `from` on and before `before`, with their bodies, as many as the limits allow.
  /// Errors: store: failed, no_space (no memory).
  [[nodiscard]] virtual result<queue_window> read_queue(session_key session, queue_sequence from, queue_sequence before,
                                                        const window_limits& limits,
                                                        const clock_reading& at) noexcept = 0;

  /// Counts what there is. Shape: looks at every record. Errors: store: failed.
  [[nodiscard]] virtual result<store_info> info() noexcept = 0;

  /// Looks at everything and says what is wrong, one line each; empty: nothing. Shape: reads the whole store.
  /// Errors: store: failed.
  [[nodiscard]] virtual result<std::vector<std::string>> check() noexcept = 0;

  /// Gives space that is not used back to the file system. Shape: rewrites the store, needs room for a second one.
  /// Errors: as commit().
  [[nodiscard]] virtual result<void> compact() noexcept = 0;

  [[nodiscard]] virtual store_counts counts() const noexcept = 0;

  /// What was wrong when a call failed last, for a person; empty: nothing was.
  [[nodiscard]] virtual std::string complaint() const = 0;
};

}  // namespace nanolib
