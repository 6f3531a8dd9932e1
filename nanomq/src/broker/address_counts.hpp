// How many connections come from where.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "nanolib/base/mutex.hpp"

namespace nanomq::broker {

/// Used only when there is a limit per address. Thread: thread-safe (one lock, once per connection).
class address_counts {
 public:
  /// Counts one more unless there are `most` already.
  [[nodiscard]] bool enter(const std::string& address, std::uint32_t most);
  void leave(const std::string& address) noexcept;

 private:
  nanolib::mutex mutex_;
  std::unordered_map<std::string, std::uint32_t> counts_ NANOLIB_GUARDED_BY(mutex_);
};

}  // namespace nanomq::broker
