// Records into state: everything at start, windows of queues later. Records whose checksum is wrong are left out.
#pragma once

#include <cstdint>
#include <functional>

#include "nanolib/cache/store.hpp"
#include "sqlite_database.hpp"
#include "stored_clock.hpp"

namespace nanolib {

/// Thread: its connection's.
class sqlite_reader {
 public:
  /// Errors: what preparing a statement met, in `outcome`.
  sqlite_reader(sqlite_database& from, const stored_clock& clock, sqlite_outcome& outcome);

  /// Everything but the bodies of queued messages. Errors: std::bad_alloc, and what the visitor throws.
  [[nodiscard]] sqlite_outcome load(const clock_reading& at, store_visitor& into, load_report& report);
  /// Errors: std::bad_alloc.
  [[nodiscard]] sqlite_outcome read_queue(session_key session, queue_sequence from, queue_sequence before,
                                          const window_limits& limits, const clock_reading& at, queue_window& window);

  /// Reads `mark` and the earlier runs.
  [[nodiscard]] static sqlite_outcome read_marks(sqlite_database& from, session_key& next_session,
                                                 message_key& next_message, stored_clock& clock);

 private:
  using visit = std::function<void(const sqlite_statement&)>;
  /// Each sound row; `sum` is the number of the checksum's column.
  [[nodiscard]] static sqlite_outcome for_each(sqlite_database& from, std::string_view sql, int sum,
                                               std::uint64_t& damaged, const visit& each);

  [[nodiscard]] instant deadline(const sqlite_statement& row, int column, const clock_reading& at) const noexcept;
  [[nodiscard]] sqlite_outcome load_sessions(const clock_reading& at, store_visitor& into, load_report& report);
  [[nodiscard]] sqlite_outcome load_wills(const clock_reading& at, store_visitor& into, load_report& report);
  [[nodiscard]] sqlite_outcome load_queues(store_visitor& into, load_report& report);
  [[nodiscard]] sqlite_outcome load_retained(const clock_reading& at, store_visitor& into, load_report& report);

  sqlite_database& from_;
  const stored_clock& clock_;
  sqlite_statement window_;
};

}  // namespace nanolib
