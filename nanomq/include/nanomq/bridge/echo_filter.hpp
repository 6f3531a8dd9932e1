// Knows its own messages again, where the server cannot be asked to keep them back (MQTT 3.x has no "no local").
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/time.hpp"

namespace nanomq::bridge {

/// Remembers what was published to topics that come back, by topic and payload, each for one return. Of two equal messages,
/// one's own and somebody else's, it does not matter which is held back: they are equal, and the other one passes.
/// Bounds: `most` messages, of which the oldest is forgotten, and an age. Thread: externally synchronised.
class echo_filter {
 public:
  explicit echo_filter(std::size_t most = 16'384, nanolib::duration age = nanolib::duration(60'000)) noexcept
      : most_(most), age_(age) {}

  /// What it is known by, for withdraw().
  std::uint64_t note(std::string_view topic, nanolib::bytes payload, nanolib::instant now);
  /// It does not come back. Nothing when it has, or is forgotten.
  void withdraw(std::uint64_t print, nanolib::instant now) noexcept { (void)take(print, now); }
  /// Whether it is one's own that comes back; it is forgotten with that.
  [[nodiscard]] bool take(std::string_view topic, nanolib::bytes payload, nanolib::instant now);
  [[nodiscard]] std::size_t size() const noexcept { return known_; }

 private:
  struct entry {
    std::uint64_t print;
    nanolib::instant until;
  };
  [[nodiscard]] static std::uint64_t print_of(std::string_view topic, nanolib::bytes payload) noexcept;
  bool take(std::uint64_t print, nanolib::instant now) noexcept;
  void forget(std::uint64_t print) noexcept;
  void expire(nanolib::instant now) noexcept;

  std::size_t most_;
  nanolib::duration age_;
  std::deque<entry> order_;
  // How many of each are expected, and how many of its entries in `order_` have been taken already.
  struct expected {
    std::uint32_t waiting = 0;
    std::uint32_t taken = 0;
  };
  std::unordered_map<std::uint64_t, expected> prints_;
  std::size_t known_ = 0;
};

}  // namespace nanomq::bridge
