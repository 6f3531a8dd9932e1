// The command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crash_run.hpp"

namespace nanomq::crash {

enum class mode : std::uint8_t { crash, throughput, scale, help };

struct options {
  mode what = mode::crash;
  std::vector<std::string> brokers;  ///< names or NAME=COMMAND; empty: nanomq
  std::string program;
  std::string broker_arguments;
  std::string durability;
  crash_settings crash;
  std::chrono::milliseconds measured{5'000};  ///< throughput: for each broker
  double scale = 1;                           ///< scale: times the million messages, 100 000 sessions, million retained
  bool json = false;
};

/// Errors: a sentence.
[[nodiscard]] std::expected<options, std::string> parse_options(std::span<char* const> arguments);

[[nodiscard]] std::string_view usage() noexcept;

}  // namespace nanomq::crash
