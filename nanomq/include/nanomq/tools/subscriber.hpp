// What `nanomq sub` does: subscribe, print what comes, and end when it is told to or when there was enough.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nanolib/base/time.hpp"
#include "nanomq/tools/connection_options.hpp"
#include "nanomq/tools/message_printer.hpp"
#include "nanomq/tools/tool_run.hpp"
#include "nanonng/mqtt/types.hpp"
#include "nanonng/sdk/options.hpp"

namespace nanomq::tools {

struct subscribe_job {
  connection_options connection;
  std::vector<std::string> filters;
  std::vector<std::string> unsubscribe;
  std::vector<std::string> filter_out;  ///< topics that are not printed
  nanonng::mqtt::quality_of_service qos{};
  bool retain_as_published = false;
  nanonng::sdk::retain_handling retained = nanonng::sdk::retain_handling::send;
  bool no_retained = false;    ///< messages with the flag are not printed
  bool retained_only = false;  ///< ends with the first message without it
  bool remove_retained = false;
  std::uint64_t count = 0;       ///< ends after so many messages; 0: does not
  nanolib::duration timeout{0};  ///< ends after so long; 0: does not
  bool exit_after_subscribe = false;
  bool message_rate = false;  ///< prints how many came in each second instead of what came
  print_options print;
  bool debug = false;
};

/// What is wrong with the job as a whole, in words for a person; empty: nothing.
[[nodiscard]] std::string check(const subscribe_job& job);

/// Does it, and comes back with the exit status. A stop that was requested ends it with exit_status::ok; so does an output
/// that nobody reads any more.
///
/// As with mosquitto_sub the first connection has to succeed, and one that is lost later is made again. A message with
/// QoS 1 or 2 is acknowledged once it has been written out: what was not printed comes again.
[[nodiscard]] int run_subscriber(subscribe_job job, run_control& control, tool_output& output);

}  // namespace nanomq::tools
