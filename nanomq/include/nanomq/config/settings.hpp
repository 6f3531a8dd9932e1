// What a configuration comes to: the typed values that the program starts a broker with.
#pragma once

#include "nanolib/base/log.hpp"
#include "nanomq/broker/broker.hpp"

namespace nanomq::config {

/// Every setting with its default. The defaults of the option table are read from here, so there is one place for them.
/// The pointers in `broker` (log, clock, access) are not configuration: the program fills them in.
struct settings {
  nanomq::broker::broker_options broker;  ///< no listeners: loopback, port 1883
  bool allow_anonymous = false;           ///< whether other machines may connect without authentication
  nanolib::log_level log_level = nanolib::log_level::warn;
};

/// The first listener that another machine can reach while nothing says that anybody may: a broker with one must not
/// start. Null when there is none.
[[nodiscard]] const nanonng::net::endpoint* exposed_listener(const std::vector<nanonng::net::endpoint>& listeners,
                                                             bool allow_anonymous) noexcept;

}  // namespace nanomq::config
