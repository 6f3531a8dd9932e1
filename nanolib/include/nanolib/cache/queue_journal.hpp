// What a session's outbox tells whoever keeps the store up to date, while it changes.
#pragma once

#include <cstdint>

#include "nanolib/cache/queue_row.hpp"

namespace nanolib {

/// Thread: that of the outbox. `bytes` is message::size() of the message concerned.
class queue_journal {
 public:
  queue_journal() = default;
  queue_journal(const queue_journal&) = delete;
  queue_journal& operator=(const queue_journal&) = delete;
  virtual ~queue_journal() = default;

  /// The message is to be kept from here on. Null: it cannot be (no space, no memory, a limit in total is reached).
  [[nodiscard]] virtual queue_row_ptr put(queue_row_content what) noexcept = 0;
  /// The client has taken the message over: only its identifier is still needed.
  virtual void release(session_key session, queue_sequence sequence, std::uint64_t bytes) noexcept = 0;
  /// The message is done with. `row` is null when it came back from the store.
  virtual void remove(session_key session, queue_sequence sequence, const queue_row_ptr& row,
                      std::uint64_t bytes) noexcept = 0;
  /// The message goes to another session: its row there is put in the same turn, and this one stays until that one is
  /// stored.
  virtual void pass_on(session_key session, queue_sequence sequence, queue_row_ptr row,
                       std::uint64_t bytes) noexcept = 0;
};

}  // namespace nanolib
