// What a configuration comes to: the typed values that the program starts a broker with.
#pragma once

#include "nanolib/base/log.hpp"
#include "nanomq/access/access_settings.hpp"
#include "nanomq/broker/broker.hpp"

namespace nanomq::config {

/// Every setting with its default. The defaults of the option table are read from here, so there is one place for them.
/// The pointers in `broker` (log, clock, access) are not configuration: the program fills them in.
struct settings {
  nanomq::broker::broker_options broker;  ///< no listeners: loopback, port 1883
  bool allow_anonymous = false;           ///< whether clients may connect without authentication
  access::access_settings access;         ///< who may enter, and do what
  nanolib::log_level log_level = nanolib::log_level::warn;

  /// Whether it has been decided who may connect from other machines: somebody checks, or anybody may.
  [[nodiscard]] bool admits_others() const noexcept { return allow_anonymous || access.authenticates(); }
};

/// The first listener that another machine can reach while nothing says who may (`admits_others`): a broker with one must
/// not start. Null when there is none.
[[nodiscard]] const nanonng::net::endpoint* exposed_listener(const std::vector<nanonng::net::endpoint>& listeners,
                                                             bool admits_others) noexcept;

}  // namespace nanomq::config
