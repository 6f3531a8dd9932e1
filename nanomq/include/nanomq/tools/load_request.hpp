// What somebody asked of `nanomq conn` or `nanomq bench`, as it was said, and how it becomes a plan.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "nanomq/tools/connection_options.hpp"
#include "nanomq/tools/load_plan.hpp"

namespace nanomq::tools {

struct load_request {
  explicit load_request(load_kind what);

  load_kind kind;
  connection_options connection;
  std::string sources;  ///< addresses and ranges of them

  std::uint32_t clients;
  std::uint32_t first_number = 0;
  double connect_interval_ms = 10;
  double connect_rate = 0;    ///< a second; 0: by the interval
  double connect_ramp_s = 0;  ///< for all of them; 0: by the interval
  bool reconnect = false;
  unsigned threads = 1;

  std::string topic;
  std::optional<std::string> text;  ///< the payload
  std::string file;                 ///< with the payload
  std::uint32_t size = 256;         ///< of a payload of our own
  nanolib::quality_of_service qos{};
  std::optional<nanolib::quality_of_service> subscribe_qos;  ///< in a roundtrip; none: the same
  bool retain = false;
  load_pattern pattern = load_pattern::pairs;

  double message_interval_ms;  ///< of each client; 0: as fast as possible
  std::optional<double> rate;  ///< of all clients together, a second; 0: as fast as possible
  std::uint32_t window = 64;
  std::uint64_t limit = 0;
  bool wait_for_all = false;

  double duration_s = 0;
  double warm_up_s = 0;
  double patience_s = 5;
};

/// Looks the broker's name up and reads the payload's file. Errors: a sentence for the user, also about what this build has
/// not.
[[nodiscard]] std::expected<load_plan, std::string> make_plan(const load_request& request);

/// How many descriptors a plan needs, with some for the process itself.
[[nodiscard]] std::uint64_t descriptors_for(const load_plan& plan) noexcept;

}  // namespace nanomq::tools
