// Changes into records: what a batch does to the tables.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "nanolib/cache/store_batch.hpp"
#include "sqlite_database.hpp"
#include "stored_clock.hpp"

namespace nanolib {

/// Thread: its connection's.
class sqlite_changes {
 public:
  /// Errors: what preparing a statement met, in `outcome`.
  sqlite_changes(sqlite_database& in, stored_clock& clock, sqlite_outcome& outcome);

  /// A transaction begins; roll_back() when it does not come off.
  void begin() noexcept;
  void roll_back() noexcept;

  /// Does all of it, within the transaction under way. Errors: throws std::bad_alloc.
  [[nodiscard]] sqlite_outcome apply(const store_batch& changes, const clock_reading& at);

  /// Frees rows of sessions that have ended, `most` of them. Sets `more` when there are others.
  [[nodiscard]] sqlite_outcome free_doomed(std::size_t most, bool& more);

  /// The keys up to which `mark` has been written: all that were used are smaller.
  void set_reserved(session_key sessions, message_key messages) noexcept {
    reserved_sessions_ = sessions;
    reserved_messages_ = messages;
  }

 private:
  struct applier;
  struct bodies;

  [[nodiscard]] sqlite_outcome put_bodies(const store_batch& changes);
  [[nodiscard]] sqlite_outcome put_body(message_key key, const message& what);
  [[nodiscard]] sqlite_outcome put_queue_row(const queue_row_content& row);
  [[nodiscard]] sqlite_outcome change_queue_row(const update_row& change);
  [[nodiscard]] sqlite_outcome remove_queue_row(session_key session, queue_sequence sequence);
  [[nodiscard]] sqlite_outcome release(message_key message, bool shared);
  [[nodiscard]] sqlite_outcome release_shared();
  [[nodiscard]] sqlite_outcome end_session(session_key key);
  [[nodiscard]] sqlite_outcome reserve_keys(session_key session, message_key message);
  [[nodiscard]] sqlite_outcome note_time(const clock_reading& at);
  void bind_deadline(sqlite_statement& into, instant when) noexcept;

  sqlite_database& in_;
  stored_clock& clock_;
  session_key reserved_sessions_ = 0;
  message_key reserved_messages_ = 0;

  // Of the batch under way.
  struct {
    session_key sessions = 0;
    message_key messages = 0;
    stored_clock::record time;
  } before_;
  std::vector<std::pair<message_key, const queue_row*>> rows_;  ///< to be put, by key
  std::vector<message_key> released_;                           ///< one for each row that has left a shared message

  sqlite_statement put_session_, remove_session_, put_subscription_, remove_subscription_, remove_subscriptions_;
  sqlite_statement put_unreleased_, remove_unreleased_, remove_all_unreleased_, put_will_, remove_will_, doom_;
  sqlite_statement put_message_, remove_message_, put_reference_, count_down_, remove_reference_;
  sqlite_statement put_row_, find_row_, change_row_, remove_row_;
  sqlite_statement put_retained_, remove_retained_, put_mark_, put_run_;
  sqlite_statement find_doomed_, find_doomed_rows_, remove_doomed_;
};

}  // namespace nanolib
