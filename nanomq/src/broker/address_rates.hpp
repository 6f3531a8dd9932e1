// How often something comes from where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "nanolib/base/mutex.hpp"
#include "nanolib/base/time.hpp"

namespace nanomq::broker {

/// A bucket of tokens for each address. An IPv6 network of 64 bits counts as one: whoever has an address there has all.
/// Thread: thread-safe (one lock, once per handshake, only where there is a limit). Shape: at most `most_addresses`;
/// those whose bucket is full again are forgotten when there are as many, and what comes from elsewhere then is not held back.
class address_rates {
 public:
  static constexpr std::size_t most_addresses = 16'384;

  /// Whether one more from `peer` ("192.0.2.1:4711", "[2001:db8::1]:4711", "unix") is within `per_second`; it counts then.
  [[nodiscard]] bool admits(std::string_view peer, std::uint32_t per_second, nanolib::instant now) noexcept;
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct bucket {
    double tokens = 0;
    nanolib::instant filled{};
  };
  void make_room(std::uint32_t per_second, nanolib::instant now) noexcept NANOLIB_REQUIRES(mutex_);

  mutable nanolib::mutex mutex_;
  std::unordered_map<std::string, bucket> buckets_ NANOLIB_GUARDED_BY(mutex_);
  nanolib::instant swept_ NANOLIB_GUARDED_BY(mutex_){};
};

}  // namespace nanomq::broker
