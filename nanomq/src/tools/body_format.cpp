#include "nanomq/tools/body_format.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace nanomq::tools {
namespace {

constexpr bool is_printable(unsigned char c) noexcept { return c >= 0x20 && c < 0x7F; }

void append_escaped(std::string& out, unsigned char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  out.append("\\x").append(1, digits[c >> 4U]).append(1, digits[c & 0xFU]);
}

void append_quoted(std::string& out, unsigned char c) {
  constexpr std::string_view plain = "\n\r\t\"\\";
  constexpr std::string_view letter = "nrt\"\\";
  if (const auto which = plain.find(static_cast<char>(c)); which != std::string_view::npos) {
    out.append(1, '\\').append(1, letter[which]);
  } else if (is_printable(c)) {
    out += static_cast<char>(c);
  } else {
    append_escaped(out, c);
  }
}

// bin 8, bin 16 and bin 32. Spec: MessagePack, "bin format family".
void append_msgpack_head(std::string& out, std::size_t size) {
  const int bytes = size < 0x100 ? 1 : size < 0x10000 ? 2 : 4;
  out += static_cast<char>(bytes == 1 ? 0xC4 : bytes == 2 ? 0xC5 : 0xC6);
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xFFU);
}

}  // namespace

std::optional<body_format> body_format_of(std::string_view word) noexcept {
  constexpr std::array<std::pair<std::string_view, body_format>, 6> names{{{"no", body_format::none},
                                                                           {"raw", body_format::raw},
                                                                           {"ascii", body_format::ascii},
                                                                           {"quoted", body_format::quoted},
                                                                           {"hex", body_format::hex},
                                                                           {"msgpack", body_format::msgpack}}};
  const auto found = std::ranges::find(names, word, &std::pair<std::string_view, body_format>::first);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

void append_body(std::string& out, nanolib::bytes body, body_format how) {
  const auto text = nanolib::as_text(body);
  switch (how) {
    case body_format::none:
      return;
    case body_format::msgpack:
      append_msgpack_head(out, body.size());
      [[fallthrough]];
    case body_format::raw:
      out += text;
      return;
    case body_format::ascii:
      for (const char c : text) out += is_printable(static_cast<unsigned char>(c)) ? c : '.';
      return;
    case body_format::quoted:
    case body_format::hex:
      out += '"';
      for (const char c : text) {
        how == body_format::hex ? append_escaped(out, static_cast<unsigned char>(c))
                                : append_quoted(out, static_cast<unsigned char>(c));
      }
      out += "\"\n";
      return;
  }
}

}  // namespace nanomq::tools
