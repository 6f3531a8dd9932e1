// A broker with much to keep: how long until it answers after a restart, and how much memory it takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "broker_child.hpp"
#include "crash_run.hpp"
#include "recipe.hpp"

namespace nanomq::crash {

struct scale_settings {
  std::uint32_t sessions = 100'000;
  std::uint32_t queued = 1'000'000;  ///< messages in all, each waiting for one session
  std::uint32_t retained = 1'000'000;
  unsigned publishers = 8;
  std::uint16_t window = 100;
  std::size_t payload = 64;
  ending how = ending::kill;
  std::chrono::seconds time_limit{600};  ///< for each of the three fillings
  bool verbose = false;
};

struct scale_result {
  std::string broker;
  std::string about;
  std::uint64_t sessions = 0;
  std::uint64_t queued = 0;
  std::uint64_t retained = 0;
  std::chrono::nanoseconds session_time{0};  ///< that it took to make them
  std::chrono::nanoseconds queue_time{0};
  std::chrono::nanoseconds retained_time{0};
  double memory_before_mb = 0;  ///< resident
  std::chrono::nanoseconds ready{0};
  double memory_ready_mb = 0;
  double memory_later_mb = 0;  ///< after the sample has been fetched
  double disk_mb = 0;          ///< what the data directory holds
  std::uint64_t sampled_sessions = 0;
  std::uint64_t right_sessions = 0;  ///< of these: present, with every message that waited, once
  std::uint64_t sampled_retained = 0;
  std::uint64_t right_retained = 0;
  std::optional<std::string> abandoned = {};

  [[nodiscard]] bool good() const noexcept {
    return !abandoned && right_sessions == sampled_sessions && right_retained == sampled_retained;
  }
};

/// Fills, ends as the settings say, starts again, and looks at a sample.
[[nodiscard]] scale_result measure_scale(const recipe& how, const scale_settings& settings, broker_child& broker);

[[nodiscard]] std::string in_words(const scale_result& result);
[[nodiscard]] std::string in_json(const scale_result& result);

}  // namespace nanomq::crash
