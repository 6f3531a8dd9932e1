// The rows of the option table that every SP endpoint has: bridges.nng.PROTOCOL.NAME.*, and within it the rows of each
// forward and each subscription. NanoMQ's keys for pub and sub are among them.
//
// They come from files only: a list of objects has no form in the environment or on a command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanomq/bridge/sp_endpoint_options.hpp"
#include "nanomq/config/fault.hpp"
#include "nanomq/config/hocon.hpp"

namespace nanomq::config {

/// An endpoint as somebody has written it.
struct sp_endpoint_setting {
  nanomq::bridge::sp_endpoint_options options;  ///< its name is "pub/line1"
  bool enable = true;
  bool allow_anonymous = false;  ///< other machines may connect although SP knows no authentication
  std::string origin;            ///< "nanomq.conf:12"
};

/// The key under which all of them are.
inline constexpr std::string_view sp_endpoints_key = "bridges.nng";

/// Those of a file, in its order. What is wrong goes to `faults` and is left out.
[[nodiscard]] std::vector<sp_endpoint_setting> read_sp_endpoints(const hocon_document& from, placed_faults& faults);

/// The first URL on which an endpoint listens that another machine can reach while nothing says that it may. Empty: none.
[[nodiscard]] std::string exposed_sp_url(const std::vector<sp_endpoint_setting>& endpoints, bool allow_anonymous);

/// The first URL on which an endpoint listens that another machine can reach, whoever has permitted it. Empty: none.
[[nodiscard]] std::string reachable_sp_url(const std::vector<sp_endpoint_setting>& endpoints);

/// Whether they say the same, wherever they are written.
[[nodiscard]] bool are_same(const std::vector<sp_endpoint_setting>& one, const std::vector<sp_endpoint_setting>& other);

/// As print_configuration(), sample_file() and reference() want them.
[[nodiscard]] std::string print_sp_endpoints(const std::vector<sp_endpoint_setting>& endpoints);
[[nodiscard]] std::string sp_endpoint_sample();
[[nodiscard]] std::string sp_endpoint_reference();

}  // namespace nanomq::config
