#include "nanonng/net/websocket_upgrade.hpp"

#include <algorithm>
#include <charconv>
#include <span>

#include "nanonng/net/http_head.hpp"
#include "sha1.hpp"

namespace nanonng::net {

namespace {

using kind = websocket_verdict::kind;

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::span<const std::uint8_t> data) {
  std::string text;
  for (std::size_t at = 0; at < data.size(); at += 3) {
    const std::size_t left = data.size() - at;
    const unsigned word = static_cast<unsigned>(data[at]) << 16U |
                          (left > 1 ? static_cast<unsigned>(data[at + 1]) << 8U : 0U) | (left > 2 ? data[at + 2] : 0U);
    text += digits[word >> 18U & 63U];
    text += digits[word >> 12U & 63U];
    text += left > 1 ? digits[word >> 6U & 63U] : '=';
    text += left > 2 ? digits[word & 63U] : '=';
  }
  return text;
}

/// 16 bytes in base64: 22 digits, of which the last has four bits that must be zero, and "==".
bool is_key(std::string_view key) noexcept {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  const auto is_digit = [](char c) { return digits.find(c) != std::string_view::npos; };
  return std::ranges::all_of(key.substr(0, 22), is_digit) && (digits.find(key[21]) & 15U) == 0;
}

/// Spec: RFC 6455 §4.2.2, point 5.4.
std::string acceptance(std::string_view key) {
  return base64(sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

std::string_view phrase(unsigned status) noexcept {
  switch (status) {
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Bad Request";
  }
}

websocket_verdict refuse(unsigned status, std::string_view why) {
  websocket_verdict verdict{
      .what = kind::refused, .used = 0, .answer = {}, .why = why, .status = status, .protocol = {}};
  verdict.answer =
      "HTTP/1.1 " + std::to_string(status) + " " + std::string(phrase(status)) + "\r\nConnection: close\r\n";
  if (status == 405) verdict.answer += "Allow: GET\r\n";
  if (status == 426) verdict.answer += "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  verdict.answer += "Content-Type: text/plain\r\nContent-Length: " + std::to_string(why.size() + 1) + "\r\n\r\n";
  verdict.answer += why;
  verdict.answer += '\n';
  return verdict;
}

/// The first of the client's sub-protocols that is ours. Spec: MQTT 5.0 §6 [MQTT-6.0.0-4].
std::string_view choose_protocol(const http_head& head) noexcept {
  std::string_view chosen;
  for (const auto& [name, values] : head.headers) {
    if (!equal_without_case(name, "Sec-WebSocket-Protocol")) continue;
    each_item(values, [&](std::string_view item) {
      if (chosen.empty() && (item == "mqtt" || item == "mqttv3.1")) chosen = item;
    });
  }
  return chosen;
}

/// 0, or the status that the first line is refused with.
unsigned check_request_line(std::string_view line, const websocket_server_options& options, std::string_view& why) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0) return why = "no request line", 400;
  const std::string_view version = line.substr(last + 1);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!version.starts_with("HTTP/")) return why = "no request line", 400;
  if (target.empty() || target.front() != '/' || target.find(' ') != std::string_view::npos)
    return why = "no path", 400;
  if (line.substr(0, first) != "GET") return why = "a WebSocket begins with GET", 405;
  if (version != "HTTP/1.1") return why = "a WebSocket begins with HTTP/1.1", 505;
  if (!options.path.empty() && target.substr(0, target.find('?')) != options.path) return why = "nothing is here", 404;
  return 0;
}

unsigned check_request_headers(const http_head& head, const websocket_server_options& options, std::string_view& why) {
  if (head.count("Host") != 1) return why = "one Host header is needed", 400;
  if (head.count("Transfer-Encoding") != 0 ||
      (head.count("Content-Length") != 0 && head.value("Content-Length") != "0")) {
    return why = "a request for a WebSocket has no body", 400;
  }
  if (!head.lists("Upgrade", "websocket")) return why = "here is a WebSocket for MQTT", 426;
  if (!head.lists("Connection", "upgrade")) return why = "Connection: Upgrade is needed", 400;
  if (head.count("Sec-WebSocket-Version") > 1) return why = "one Sec-WebSocket-Version header is needed", 400;
  if (head.value("Sec-WebSocket-Version") != "13") return why = "the version of WebSocket is 13", 426;
  if (head.count("Sec-WebSocket-Key") != 1 || !is_key(head.value("Sec-WebSocket-Key"))) {
    return why = "one Sec-WebSocket-Key header with 16 bytes in base64 is needed", 400;
  }
  if (!options.origins.empty() && head.count("Origin") != 0) {
    const bool is_allowed =
        head.count("Origin") == 1 && std::ranges::any_of(options.origins, [&](const std::string& origin) {
          return equal_without_case(origin, head.value("Origin"));
        });
    if (!is_allowed) return why = "pages of this origin may not connect", 403;
  }
  if (choose_protocol(head).empty()) return why = "Sec-WebSocket-Protocol: mqtt is needed", 400;
  return 0;
}

/// What is wrong with an answer; "" when nothing is.
std::string_view check_answer(const http_head& head, std::string_view key, const websocket_client_options& options) {
  const std::string_view line = head.first_line;
  if (!line.starts_with("HTTP/1.1 ")) return "the answer is not HTTP/1.1";
  if (line.substr(9, 3) != "101" || (line.size() > 12 && line[12] != ' ')) return "the server refused the WebSocket";
  if (!head.lists("Upgrade", "websocket") || !head.lists("Connection", "upgrade")) return "the answer is no upgrade";
  if (head.count("Sec-WebSocket-Accept") != 1 || head.value("Sec-WebSocket-Accept") != acceptance(key)) {
    return "the answer belongs to another request";
  }
  if (head.count("Sec-WebSocket-Extensions") != 0) return "the server wants an extension";
  if (head.count("Sec-WebSocket-Protocol") != 1 || head.value("Sec-WebSocket-Protocol") != options.protocol) {
    return "the server does not speak MQTT here";
  }
  return {};
}

/// The status of an answer that is no upgrade; 0 when there is none to tell.
unsigned refusing_status(std::string_view line) noexcept {
  unsigned status = 0;
  if (!line.starts_with("HTTP/1.1 ") || line.size() < 12) return 0;
  const auto [end, fault] = std::from_chars(line.data() + 9, line.data() + 12, status);
  return fault == std::errc() && end == line.data() + 12 && status != 101 ? status : 0;
}

bool is_word(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

bool is_line(std::string_view text) noexcept {
  return text.find(':') != std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c != 0x7F; });
}

}  // namespace

websocket_verdict answer_upgrade(std::string_view received, const websocket_server_options& options) {
  http_head head;
  switch (read_http_head(received, options.largest_head, options.most_headers, head)) {
    case http_fault::incomplete:
      return {};
    case http_fault::malformed:
      return refuse(400, "this is not HTTP");
    case http_fault::too_large:
      return refuse(431, "the request is too large");
    case http_fault::none:
      break;
  }
  std::string_view why;
  unsigned status = check_request_line(head.first_line, options, why);
  if (status == 0) status = check_request_headers(head, options, why);
  if (status != 0) return refuse(status, why);
  websocket_verdict verdict;
  verdict.what = kind::accepted;
  verdict.status = 101;
  verdict.used = head.size;
  verdict.protocol = choose_protocol(head);
  // [MQTT-6.0.0-4]
  verdict.answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
      acceptance(head.value("Sec-WebSocket-Key")) + "\r\nSec-WebSocket-Protocol: " + verdict.protocol + "\r\n\r\n";
  return verdict;
}

std::string make_websocket_key(const std::array<std::uint8_t, 16>& random) { return base64(random); }

std::string make_upgrade_request(const websocket_client_options& options, std::string_view key) {
  if (!is_word(options.host) || !is_word(options.path) || options.path.front() != '/' || !is_word(options.protocol))
    return {};
  // [MQTT-6.0.0-3]
  std::string request = "GET " + options.path + " HTTP/1.1\r\nHost: " + options.host +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + std::string(key) +
                        "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " + options.protocol + "\r\n";
  for (const std::string& line : options.headers) {
    if (!is_line(line)) return {};
    request += line + "\r\n";
  }
  return request + "\r\n";
}

websocket_verdict check_upgrade_answer(std::string_view received, std::string_view key,
                                       const websocket_client_options& options) {
  http_head head;
  constexpr std::size_t most_headers = 64;
  const http_fault fault = read_http_head(received, options.largest_head, most_headers, head);
  if (fault == http_fault::incomplete) return {};
  websocket_verdict verdict;
  verdict.what = kind::refused;
  verdict.why = fault == http_fault::none        ? check_answer(head, key, options)
                : fault == http_fault::malformed ? "the answer is not HTTP"
                                                 : "the answer is too large";
  if (!verdict.why.empty()) {
    if (fault == http_fault::none) verdict.status = refusing_status(head.first_line);
    return verdict;
  }
  verdict.what = kind::accepted;
  verdict.used = head.size;
  verdict.protocol = options.protocol;
  return verdict;
}

}  // namespace nanonng::net
