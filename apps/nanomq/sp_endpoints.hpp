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

/// What came of exchanging them while the broker runs.
struct sp_endpoint_change {
  std::vector<std::string> lines;                ///< what was opened, closed, changed, or could not be
  bool complete = true;                          ///< all that was wanted is there
  std::vector<config::sp_endpoint_setting> now;  ///< what there is
};

/// Closes what is not wanted any more or is wanted otherwise, then opens what is new; the others do not notice. One that
/// cannot be opened as it is wanted is opened as it was before.
[[nodiscard]] sp_endpoint_change change_sp_endpoints(const std::vector<config::sp_endpoint_setting>& before,
                                                     const std::vector<config::sp_endpoint_setting>& wanted,
                                                     broker::broker& of, nanolib::log& log);

/// A line for each for `nanomq status`: "nng pair0/line1, listens on ipc:///run/line1".
[[nodiscard]] std::vector<std::string> describe_sp_endpoints(const std::vector<config::sp_endpoint_setting>& all);

}  // namespace nanomq::program
