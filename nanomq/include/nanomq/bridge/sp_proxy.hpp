// What `nanomq nngproxy` does: carry messages between one SP socket and an MQTT broker.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nanolib/base/time.hpp"
#include "nanomq/bridge/sp_mapping.hpp"
#include "nanomq/tools/connection_options.hpp"
#include "nanomq/tools/tool_run.hpp"
#include "nanonng/net/sp_socket.hpp"

namespace nanomq::bridge {

struct proxy_job {
  tools::connection_options connection;
  nanonng::net::sp_protocol protocol{};
  std::vector<std::string> listen;
  std::vector<std::string> dial;
  nanolib::duration redial_max_backoff{5'000};  ///< before a peer is dialled again
  nanonng::net::sp_tls_files tls;
  std::vector<std::string> subscribe;  ///< prefixes for sub0; empty: what the mapping says
  sp_mapping_options mapping;
  nanonng::mqtt::quality_of_service qos{};
  bool retain = false;
  bool takes_retained = true;  ///< also what the broker has kept from before the subscription
  nanolib::duration answer_limit{10'000};
  std::size_t questions = 64;
  nanolib::duration statistics_interval{0};  ///< 0: only when asked for
  bool statistics = false;                   ///< also at the end
  bool verbose = false;                      ///< tells when either side comes and goes
};

/// What is wrong with the job as a whole, in words for a person; empty: nothing.
[[nodiscard]] std::string check(const proxy_job& job);

/// Does it until a stop is requested, whatever happens to either side, and comes back with the exit status: 0, or 1 when it
/// could not begin. A report that is requested is a line of statistics.
[[nodiscard]] int run_proxy(const proxy_job& job, tools::run_control& control, tools::tool_output& output);

}  // namespace nanomq::bridge
