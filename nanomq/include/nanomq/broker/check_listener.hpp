// Whether a listener could be opened, as far as that can be told without opening it.
#pragma once

#include <string>

#include "nanolib/base/result.hpp"
#include "nanomq/broker/limits.hpp"
#include "nanomq/broker/listener.hpp"

namespace nanomq::broker {

/// Reads what a listener is made of, certificates and keys included, and opens nothing.
/// Errors: config, sys, with `why`, which begins with the listener's id.
[[nodiscard]] nanolib::result<void> check_listener(const listener_options& what, const limits& bounds,
                                                   std::string& why);

}  // namespace nanomq::broker
