// What nng would say to the addresses of an SP socket, found out before there is one.
#pragma once

#include <string>

#include "nanolib/base/result.hpp"
#include "nanonng/net/listener.hpp"
#include "nanonng/net/sp_socket.hpp"

namespace nanonng::net {

/// Whether nng would listen there as far as that can be known without doing it: the URL, the name of the host, the files of TLS.
/// Whether the place is free is another question: listening_place(). Shape: as long as the system takes to find a name.
/// Errors: nng.
[[nodiscard]] nanolib::result<void> try_sp_listener(const std::string& url, const sp_tls_files& tls);
/// The same for a peer to go to. Nobody is dialled. Errors: nng.
[[nodiscard]] nanolib::result<void> try_sp_dialer(const std::string& url, const sp_tls_files& tls);

/// The socket that a URL listens on, for others to look at. Errors: config: it is none that others could have (inproc://), or no
/// URL.
[[nodiscard]] nanolib::result<endpoint> sp_listening_place(const std::string& url);

}  // namespace nanonng::net
