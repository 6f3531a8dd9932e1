// How many there are of something for each user.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "nanolib/base/hash.hpp"
#include "nanolib/base/mutex.hpp"

namespace nanomq::broker {

/// Thread: thread-safe. Shape: an entry for each user who has one at least, about 100 bytes; constant time.
class user_counts {
 public:
  /// One more, unless there are `most`. Errors: throws std::bad_alloc.
  [[nodiscard]] bool try_add(std::string_view user, std::uint32_t most) {
    const nanolib::mutex_lock lock(mutex_);
    const auto found = counts_.find(user);
    if (found == counts_.end()) return most > 0 && counts_.emplace(std::string(user), 1).second;
    if (found->second >= most) return false;
    ++found->second;
    return true;
  }
  void remove(std::string_view user) noexcept {
    const nanolib::mutex_lock lock(mutex_);
    const auto found = counts_.find(user);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  }
  [[nodiscard]] std::uint32_t of(std::string_view user) const noexcept {
    const nanolib::mutex_lock lock(mutex_);
    const auto found = counts_.find(user);
    return found == counts_.end() ? 0 : found->second;
  }

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return nanolib::hash_text(text); }
  };

  mutable nanolib::mutex mutex_;
  std::unordered_map<std::string, std::uint32_t, text_hash, std::equal_to<>> counts_ NANOLIB_GUARDED_BY(mutex_);
};

}  // namespace nanomq::broker
