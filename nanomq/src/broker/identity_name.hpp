// Which name a client has by what it has proved.
#pragma once

#include <string>

#include "nanomq/broker/listener.hpp"
#include "nanonng/net/tls_identity.hpp"

namespace nanomq::broker {

/// Empty: there is no such name. Errors: throws std::bad_alloc.
[[nodiscard]] std::string user_name_of(const nanonng::net::tls_identity& proved, identity_source source);

}  // namespace nanomq::broker
