#include "event_text.hpp"

#include <algorithm>

namespace nanomq::program {
namespace {

constexpr std::size_t longest_value = 256;

bool needs_quotes(std::string_view text) {
  return text.empty() || text.size() > longest_value ||
         std::ranges::any_of(text, [](char c) { return c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '='; });
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : text.substr(0, longest_value)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += "\\x";
      out += digits[byte >> 4U];
      out += digits[byte & 0x0fU];
    } else {
      out += c;
    }
  }
  if (text.size() > longest_value) out += "...";
}

}  // namespace

std::string event_text(std::string_view name, std::initializer_list<nanolib::log_field> fields) {
  std::string out(name);
  for (const auto& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    if (field.type == nanolib::log_field::kind::number) {
      out += std::to_string(field.number);
    } else if (needs_quotes(field.text)) {
      out += '"';
      append_escaped(out, field.text);
      out += '"';
    } else {
      out += field.text;
    }
  }
  return out;
}

}  // namespace nanomq::program
