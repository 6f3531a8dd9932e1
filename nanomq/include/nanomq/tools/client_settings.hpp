// From what a person said to what the SDK takes, and from what the SDK reports to what a person and a script are told.
#pragma once

#include <string>

#include "nanolib/base/result.hpp"
#include "nanomq/tools/connection_options.hpp"
#include "nanonng/mqtt/types.hpp"
#include "nanonng/sdk/client_options.hpp"
#include "nanonng/sdk/options.hpp"

namespace nanomq::tools {

/// What the exit status of `nanomq pub` and `nanomq sub` says. Where mosquitto_pub has a number, it is that one.
namespace exit_status {
inline constexpr int ok = 0;
inline constexpr int failure = 1;          ///< a wrong command line, or no connection
inline constexpr int connection_lost = 7;  ///< MOSQ_ERR_CONN_LOST
inline constexpr int timed_out = 27;       ///< MOSQ_ERR_TIMEOUT
}  // namespace exit_status

/// Where to connect and with what.
struct client_settings {
  std::string url;
  nanonng::sdk::client_options options;
};

/// Errors: config, `why` says what this build or the SDK has no way to do.
[[nodiscard]] nanolib::result<client_settings> make_client_settings(const connection_options& from, std::string& why);

/// The properties of PUBLISH that were asked for.
[[nodiscard]] nanonng::sdk::publish_properties publish_properties_of(const property_arguments& from);
/// The user properties for a packet.
[[nodiscard]] std::vector<nanonng::sdk::user_property> user_properties_of(const property_arguments& from,
                                                                          nanonng::mqtt::property_place place);

/// How to leave, with what was asked for DISCONNECT.
[[nodiscard]] nanonng::sdk::close_options close_options_of(const connection_options& from);

/// Why there is no connection: what to say, and the exit status.
struct connection_failure {
  std::string text;
  int status = exit_status::failure;
};
/// `why` is state_change::why of an attempt that failed, or of a connection that was `open` and is lost. CONNACK codes are
/// exit statuses as they stand on the wire: 1 to 5 before MQTT 5, 128 and more with it.
[[nodiscard]] connection_failure describe_failure(const nanolib::error& why, const std::string& detail, bool open,
                                                  nanonng::mqtt::protocol_version version);
/// "Not authorized", for messages.
[[nodiscard]] std::string reason_text(nanonng::mqtt::reason_code reason);

}  // namespace nanomq::tools
