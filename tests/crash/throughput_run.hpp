// How fast a broker acknowledges what it has to keep, what it writes for that, and who has to wait meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "broker_child.hpp"
#include "recipe.hpp"

namespace nanomq::crash {

struct throughput_settings {
  std::chrono::milliseconds duration{5'000};
  unsigned publishers = 8;
  std::uint16_t window = 20;
  std::size_t payload = 64;
  std::chrono::milliseconds patience{3'000};
};

struct throughput_result {
  std::string broker;
  std::string about;
  double seconds = 0;
  std::uint64_t acknowledged = 0;  ///< in these seconds
  std::uint64_t refused = 0;
  double bytes_written = 0;                     ///< for each of them, to the disk
  double processor_us = 0;                      ///< for each of them
  std::chrono::nanoseconds longest_silence{0};  ///< without an acknowledgement
  std::chrono::nanoseconds qos_0_median{0};
  std::chrono::nanoseconds qos_0_999{0};  ///< one in a thousand took longer
  std::chrono::nanoseconds qos_0_longest{0};
  double memory_mb = 0;       ///< resident, with everything queued
  std::uint64_t queued = 0;   ///< acknowledged in the whole run
  std::uint64_t fetched = 0;  ///< of these, by the subscribers when they came back
  double fetched_per_second = 0;
  std::optional<std::string> abandoned = {};

  [[nodiscard]] bool good() const noexcept { return !abandoned && fetched == queued; }
};

/// Each publisher's messages are kept for one subscriber who is away. QoS 1.
[[nodiscard]] throughput_result measure_throughput(const recipe& how, const throughput_settings& settings,
                                                   broker_child& broker);

[[nodiscard]] std::string in_words(const throughput_result& result);
[[nodiscard]] std::string in_json(const throughput_result& result);

}  // namespace nanomq::crash
