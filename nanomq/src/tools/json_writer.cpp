#include "nanomq/tools/json_writer.hpp"

#include <cmath>

#include "nanolib/base/bytes.hpp"
#include "nanolib/topic/topic.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::tools {
namespace {

/// How many bytes the character at the front takes, 0 when it is none.
std::size_t character_size(std::string_view text) noexcept {
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (nanolib::is_valid_utf8(nanolib::as_bytes(text.substr(0, size)))) return size;
  }
  return 0;
}

void append_escaped(std::string& out, char byte) {
  switch (byte) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (static_cast<unsigned char>(byte) < 0x20) {
        out += tools::text("\\u%04x", static_cast<unsigned>(byte));
      } else {
        out += byte;
      }
  }
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : character_size(text);
    if (first < 0x80) {
      append_escaped(out, text.front());
    } else if (size == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out += '"';
}

json_writer& json_writer::key(std::string_view name) {
  separate();
  out_ += json_string(name) + ':';
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::value(std::string_view text) { return raw(json_string(text)); }

json_writer& json_writer::value(double number) {
  return std::isfinite(number) ? raw(tools::text("%.3f", number)) : null();
}

json_writer& json_writer::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
  return *this;
}

json_writer& json_writer::raw(std::string_view token) {
  separate();
  out_ += token;
  needs_comma_ = true;
  return *this;
}

void json_writer::separate() {
  if (needs_comma_) out_ += ',';
}

}  // namespace nanomq::tools
