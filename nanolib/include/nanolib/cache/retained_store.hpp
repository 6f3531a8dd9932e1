// The last retained message of every topic, and their replay to new subscribers in slices.
//
// Messages are kept in the order of their topics, level by level, beside a table by topic. A replay with wildcards seeks:
// it visits what matches and the distinct values of the levels that may vary, not what is beside them. It remembers the
// topic it has reached, not a place in memory, so that anything may change between two slices.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/message/message.hpp"

namespace nanolib {

struct retained_limits {
  std::uint64_t maximum_messages = 1'000'000;
  std::uint64_t maximum_bytes = std::uint64_t{1} << 30U;
};

/// Where a replay stands. Shape: one string for the filter, one for the last topic handed out.
struct retained_cursor {
  std::string filter;  ///< checked, without $share
  std::string reached;
  bool started = false;
  bool finished = false;
};

/// The retained messages of a broker. Thread: thread-safe (one lock, held for a slice at most).
/// Shape: about 20 bytes per message beside topic, properties and payload; large messages are shared, not copied.
class retained_store {
 public:
  enum class stored : std::uint8_t { added, replaced, removed, absent, full };

  explicit retained_store(const retained_limits& limits = {});
  retained_store(const retained_store&) = delete;
  retained_store& operator=(const retained_store&) = delete;
  ~retained_store();

  /// Keeps the message for its topic; an empty payload removes what is there [MQTT-3.3.1-6] [MQTT-3.3.1-7].
  /// `full`: a limit (or memory) is reached and nothing was changed.
  stored store(const publication& message);

  /// Hands out the next retained messages that match the cursor's filter and have not expired at `now`, at most `most`
  /// of them and after looking at no more than 16 × most, in order of topics. `visit` runs without the lock held.
  /// The number handed out; cursor.finished tells whether that was all.
  /// Spec: wildcards do not match topics that begin with $ [MQTT-4.7.2-1].
  std::size_t replay(retained_cursor& cursor, instant now, std::size_t most,
                     const std::function<void(const message_ptr&)>& visit) const;

  /// The message kept for a topic, null when there is none or it has expired at `now`.
  /// Errors: throws std::bad_alloc, and so does replay().
  [[nodiscard]] message_ptr find(std::string_view topic, instant now = instant::min()) const;

  /// Frees messages that have expired, looking at `most` entries from where the last call stopped. How many were freed;
  /// `freed`, if given, gets them. Errors: throws std::bad_alloc when `freed` cannot grow.
  std::size_t remove_expired(instant now, std::size_t most, std::vector<message_ptr>* freed = nullptr);

  [[nodiscard]] std::uint64_t messages() const noexcept;
  [[nodiscard]] std::uint64_t bytes() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace nanolib
