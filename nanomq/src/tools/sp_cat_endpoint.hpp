// A listener or a dialer of nngcat: unlike those of sp_socket a dialer waits for its first connection, and TLS takes a key
// in a file of its own and may be told to trust everybody.
#pragma once

#include <string>

#include "nanomq/tools/sp_cat.hpp"
#include "nanonng/net/sp_socket.hpp"

namespace nanomq::tools {

/// Starts it; the socket owns it. `bound` is where a listener listens. The answer: one line that says what is wrong, or
/// nothing.
[[nodiscard]] std::string open_endpoint(const nanonng::net::sp_socket& socket, const sp_cat_address& where,
                                        const sp_cat_job& job, std::string& bound);

}  // namespace nanomq::tools
