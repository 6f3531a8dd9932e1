// A request, and the answer to it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/http/url.hpp"

namespace nanomq::http {

enum class method : std::uint8_t { get, post, put };

struct header {
  std::string name;
  std::string value;
};

/// Shape: value. A header that is_header_name() or is_header_value() refuses makes the whole request refused.
struct request {
  method verb = method::get;
  url where;
  std::vector<header> headers{};  ///< beside Host, Content-Length and User-Agent, which the client writes
  std::string body{};
  /// Whether it may be sent once more when a connection that had been kept was closed by the server before a byte of the
  /// answer came.
  bool repeatable = true;
};

/// Shape: value; bounded by client_options.
struct response {
  int status = 0;                 ///< 200 to 999; redirects are not followed
  std::vector<header> headers{};  ///< as they came
  std::string body{};             ///< bytes
  bool ended_by_close = false;    ///< nothing said how long the body is: the end of the connection did

  /// The value of the first header of this name, without regard to case; "" when there is none.
  [[nodiscard]] std::string_view value(std::string_view name) const noexcept;
};

}  // namespace nanomq::http
