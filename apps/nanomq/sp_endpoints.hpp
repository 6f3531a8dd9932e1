// The SP endpoints of a configuration, on their way into a broker.
#pragma once

#include <string>
#include <vector>

#include "nanolib/base/log.hpp"
#include "nanomq/broker/broker.hpp"
#include "nanomq/config/sp_endpoint_option.hpp"

namespace nanomq::program {

/// A line for each that cannot be opened, which begins with where it is written.
[[nodiscard]] std::vector<std::string> sp_endpoint_faults(const std::vector<config::sp_endpoint_setting>& all);

/// Adds those that are enabled to a broker that has not started. `log` outlives it. Errors: as broker::attach().
[[nodiscard]] nanolib::result<void> attach_sp_endpoints(const std::vector<config::sp_endpoint_setting>& all,
                                                        broker::broker& to, nanolib::log& log, std::string& why);

/// A line for each for `nanomq status`: "nng pair0/line1, listens on ipc:///run/line1".
[[nodiscard]] std::vector<std::string> describe_sp_endpoints(const std::vector<config::sp_endpoint_setting>& all);

}  // namespace nanomq::program
