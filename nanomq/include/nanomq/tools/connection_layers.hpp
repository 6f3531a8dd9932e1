// What a person said about TLS and WebSockets, as the SDK takes it.
#pragma once

#include <expected>
#include <string>

#include "nanomq/tools/connection_options.hpp"
#include "nanonng/net/client_layers.hpp"
#include "nanonng/sdk/tls_options.hpp"

namespace nanomq::tools {

[[nodiscard]] nanonng::sdk::tls_options tls_options_of(const connection_options& from);
[[nodiscard]] nanonng::sdk::websocket_options websocket_options_of(const connection_options& from);

/// What stands over the sockets of a tool that does its own I/O. No session in it: every connection shakes hands anew.
/// Errors: a sentence for the user.
[[nodiscard]] std::expected<nanonng::net::client_layers, std::string> make_layers(const connection_options& from);

}  // namespace nanomq::tools
