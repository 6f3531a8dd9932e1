// Who may enter at a listener, and what they may do then, in words for a person.
#pragma once

#include <string>

#include "nanomq/broker/listener.hpp"
#include "nanomq/config/settings.hpp"

namespace nanomq::program {

/// "anybody on this machine", "users of /etc/nanomq/users", "clients with a certificate of ca.pem; …". `is_local`: no other
/// machine reaches it.
[[nodiscard]] std::string who_may_enter(const broker::listener_options& at, bool is_local,
                                        const config::settings& with);
/// "everything", "what 12 rules of FILE allow, and nothing else". The files have been read before.
[[nodiscard]] std::string what_they_may_do(const config::settings& with);

}  // namespace nanomq::program
