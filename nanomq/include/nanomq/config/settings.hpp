// What a configuration comes to: the typed values that the program starts a broker with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nanomq/access/access_settings.hpp"
#include "nanomq/broker/broker.hpp"
#include "nanomq/config/log_settings.hpp"
#include "nanomq/config/sp_endpoint_option.hpp"
#include "nanomq/config/value.hpp"
#include "nanomq/webhook/webhook_settings.hpp"

namespace nanomq::config {

/// What control.socket is when nobody has said otherwise.
inline constexpr std::string_view control_socket_beside_pid_file = "auto";

/// Sizes that were written as a part of what the machine has (share.hpp). 0: a size was written.
struct share_settings {
  percent retained;
  percent unauthenticated;
  percent store;
  friend bool operator==(const share_settings&, const share_settings&) = default;
};

/// Every setting with its default. The defaults of the option table are read from here, so there is one place for them.
/// The pointers in `broker` (log, clock, access) are not configuration: the program fills them in.
struct settings {
  nanomq::broker::broker_options broker;                       ///< no listeners: loopback, port 1883
  bool allow_anonymous = false;                                ///< whether clients may connect without authentication
  access::access_settings access;                              ///< who may enter, and do what
  std::string control_socket{control_socket_beside_pid_file};  ///< the path of a Unix socket; empty: none
  share_settings shares;
  log_settings log;
  std::vector<sp_endpoint_setting> sp_endpoints;
  nanomq::webhook::webhook_settings webhook;  ///< where events go
};

/// The listeners as they are to be opened: a plain one when none is enabled and the plain
/// one is not mentioned, and a wss listener without certificate and
/// pre-shared keys with all of listeners.ssl's TLS, as NanoMQ has it.
[[nodiscard]] std::vector<nanomq::broker::listener_options> effective_listeners(const settings& from);

/// The places that these listeners name, those that are not enabled aside.
[[nodiscard]] std::vector<nanomq::broker::listening> places_of(
    const std::vector<nanomq::broker::listener_options>& listeners);

/// Whether clients on other machines come in there: at an address that is not this machine's alone, or through a proxy.
[[nodiscard]] bool is_far(const nanomq::broker::listening& place,
                          const std::vector<nanomq::broker::listener_options>& listeners) noexcept;

/// The first of these places that another machine can reach while nothing says that anybody may, and neither client
/// certificates nor pre-shared keys are required there: a broker with one must not start. Null when there is none.
[[nodiscard]] const nanomq::broker::listening* exposed_listener(
    const std::vector<nanomq::broker::listening>& places,
    const std::vector<nanomq::broker::listener_options>& listeners, bool allow_anonymous) noexcept;

}  // namespace nanomq::config
