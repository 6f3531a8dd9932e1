// Ports for servers that have to be told one.
#pragma once

#include <cstdint>

namespace nanomq::support {

/// A port of 127.0.0.1 that nobody listens on just now. It is below those that the system gives to whoever asks for any, so that
/// nobody gets it by chance until it is listened on. Thread: thread-safe.
[[nodiscard]] std::uint16_t loopback_port();

}  // namespace nanomq::support
