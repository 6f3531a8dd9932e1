// The retained messages themselves, packed: a small one is a few bytes of head, topic, properties and payload, without
// what a message needs to be shared. A large one stays the shared message that it is.
//
// Of a million small messages every byte counts a megabyte; who wants one gets a message that is made for it.
#pragma once

#include <cstdint>
#include <string_view>

#include "nanolib/message/message.hpp"
#include "packed_pool.hpp"

namespace nanolib {

/// Records by number; who has the numbers removes them before the end. Not thread-safe. Shape: 3 bytes beside topic, properties and payload of a small message, 8 more when
/// it expires, 4 more while its publisher is known; in steps of 4 bytes.
class retained_records {
 public:
  using number = packed_pool::handle;

  retained_records() noexcept = default;
  retained_records(const retained_records&) = delete;
  retained_records& operator=(const retained_records&) = delete;

  /// Keeps a message. Errors: throws std::bad_alloc, then nothing was changed.
  [[nodiscard]] number add(const publication& from);
  /// Puts another message of the same topic in its place, if it fits there. On success `replaced` gets what was there, if
  /// it was a shared message. Errors: throws std::bad_alloc, then nothing was changed.
  [[nodiscard]] bool try_replace(number which, const publication& with, message_ptr& replaced);
  /// Removes one; what was there, if it was a shared message.
  message_ptr remove(number which) noexcept;
  /// Gives memory back when nothing is there any more.
  void clear() noexcept { pool_.clear(); }

  [[nodiscard]] std::string_view topic(number which) const noexcept;
  [[nodiscard]] instant expiry(number which) const noexcept;
  /// What message::size() says.
  [[nodiscard]] std::size_t size(number which) const noexcept;
  /// The message. Errors: throws std::bad_alloc.
  [[nodiscard]] message_ptr get(number which) const;

 private:
  packed_pool pool_;
};

}  // namespace nanolib
