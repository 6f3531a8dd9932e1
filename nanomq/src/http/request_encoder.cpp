#include "request_encoder.hpp"

#include <algorithm>

#include "nanomq/http/encoding.hpp"
#include "nanonng/net/client_layers.hpp"
#include "nanonng/net/http_head.hpp"

namespace nanomq::http {

bool is_sendable(const request& what) noexcept {
  const bool is_clean = std::ranges::all_of(what.where.target, [](char c) { return c > ' ' && c <= '~'; });
  return is_clean && what.where.target.starts_with('/') && what.where.port != 0 &&
         std::ranges::all_of(what.headers,
                             [](const header& one) { return is_header_name(one.name) && is_header_value(one.value); });
}

std::string encode(const request& what) {
  std::string out;
  out.reserve(256 + what.where.target.size() + what.body.size());
  out += what.verb == method::get ? "GET " : what.verb == method::post ? "POST " : "PUT ";
  out.append(what.where.target).append(" HTTP/1.1\r\nHost: ");
  out += nanonng::net::websocket_host(what.where.host, what.where.port, what.where.secure);
  out += "\r\n";
  bool names_itself = false;
  for (const header& one : what.headers) {
    names_itself = names_itself || nanonng::net::equal_without_case(one.name, "User-Agent");
    out.append(one.name).append(": ").append(one.value).append("\r\n");
  }
  if (!names_itself) out += "User-Agent: nanomq\r\n";
  if (what.verb != method::get || !what.body.empty()) {
    out.append("Content-Length: ").append(std::to_string(what.body.size())).append("\r\n");
  }
  out.append("\r\n").append(what.body);
  return out;
}

std::string_view response::value(std::string_view name) const noexcept {
  const auto found = std::ranges::find_if(
      headers, [&](const header& one) { return nanonng::net::equal_without_case(one.name, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace nanomq::http
