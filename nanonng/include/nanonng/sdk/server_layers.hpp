// From what a program says about TLS and WebSockets to the layers over a socket: for clients that do their own I/O, and
// for the library itself.
#pragma once

#include <memory>
#include <string>

#include "nanolib/base/result.hpp"
#include "nanolib/base/visibility.hpp"
#include "nanonng/mqtt/types.hpp"
#include "nanonng/net/client_layers.hpp"
#include "nanonng/sdk/tls_options.hpp"
#include "nanonng/sdk/url.hpp"

namespace nanonng::sdk {

/// Reads the files. Errors: config, sys, and ENOSYS in a build without TLS; `why` says which file and what to do.
[[nodiscard]] NANOLIB_EXPORT nanolib::result<std::shared_ptr<const net::tls_context>> make_tls_context(
    const tls_options& from, std::string& why);

/// What `server` needs: nothing, TLS with `context` (which may be null where the URL wants none), a WebSocket. A session is
/// not in it.
/// Errors: config, `why` says which part of the WebSocket's options cannot stand in a request.
[[nodiscard]] NANOLIB_EXPORT nanolib::result<net::client_layers> make_server_layers(
    const server_url& server, std::shared_ptr<const net::tls_context> context, const tls_options& tls,
    const websocket_options& websocket, mqtt::protocol_version version, std::string& why);

}  // namespace nanonng::sdk
