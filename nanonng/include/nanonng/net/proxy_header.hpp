// The header that a proxy puts before a connection to say whose it is, versions 1 and 2, and a stream that takes it off.
//
// Whether the proxy's address may be believed is the caller's to decide, before a proxy_stream is made.
// Spec: The PROXY protocol, versions 1 & 2 (haproxy, doc/proxy-protocol.txt).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "nanolib/base/bytes.hpp"
#include "nanonng/net/stream.hpp"

namespace nanonng::net {

struct proxy_header {
  enum class state : std::uint8_t { need_more, complete, malformed };
  state what = state::need_more;
  std::size_t used = 0;  ///< bytes of the header
  /// "192.0.2.7:4711", "[2001:db8::7]:4711", "unix"; "" when the proxy speaks for itself (LOCAL, UNKNOWN) or of a family
  /// that is not known: the connection's own address holds then.
  std::string source;
  std::string destination;
  std::string_view why;  ///< with malformed
};

/// The largest header that is taken: version 2 with addresses and as many bytes of further values as fit.
inline constexpr std::size_t largest_proxy_header = 2048;

/// Reads a header from the front of what a connection has sent so far. What comes first decides which version it is; a
/// connection without a header is malformed at the first byte that cannot be one. They may throw std::bad_alloc.
[[nodiscard]] proxy_header read_proxy_header(nanolib::bytes received);

/// A stream without its PROXY header; peer() is the client's address once it has been read. What is written before that goes
/// through. Null when memory is short. Errors of reads: EPROTO (failure() says why), ECONNRESET (the end within the header), and
/// those of the stream below.
[[nodiscard]] std::unique_ptr<stream> make_proxy_stream(std::unique_ptr<stream> over) noexcept;

}  // namespace nanonng::net
