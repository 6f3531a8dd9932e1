// Where a request goes. URLs come from configuration only: nothing that a client of the broker says chooses a server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "nanolib/base/result.hpp"

namespace nanomq::http {

/// Shape: value.
struct url {
  bool secure = false;       ///< https
  std::string host;          ///< a name or a numeric address, without brackets
  std::uint16_t port = 0;    ///< never 0 once read
  std::string target = "/";  ///< path and query, as they are sent

  /// "https://auth.example:8443", without the path: who shares this shares connections.
  [[nodiscard]] std::string origin() const;
  /// With the path, for people: what stands in the query may be secret and is left out.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const url&, const url&) = default;
};

/// Reads http:// and https:// URLs; a fragment, a user name or what is no ASCII is refused.
/// Errors: config; `why` says what is wrong in words for a person.
[[nodiscard]] nanolib::result<url> read_url(std::string_view text, std::string& why);

}  // namespace nanomq::http
