// The command line.
#pragma once

#include <chrono>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker_recipe.hpp"
#include "population.hpp"

namespace nanomq::bench {

struct options {
  std::string nanomq;            ///< empty: beside this program's build, else in PATH
  std::string nanomq_arguments;  ///< added to `nanomq broker start`
  std::vector<broker_recipe> peers;
  bool installed_peers = true;    ///< mosquitto, when there is one
  std::vector<std::string> rows;  ///< empty: all
  unsigned rounds = 3;
  std::chrono::milliseconds duration{2000};  ///< of each run that is not counted in messages
  double scale = 1;                          ///< multiplies connections, subscriptions, messages and rates
  protocol_version version = protocol_version::v3_1_1;
  bool list = false;
  bool help = false;
};

/// `arguments` without the program's name. Errors: one line for the user.
[[nodiscard]] std::expected<options, std::string> parse_options(std::span<char* const> arguments);

[[nodiscard]] std::string_view usage() noexcept;

}  // namespace nanomq::bench
