#include "hocon_scanner.hpp"

#include <algorithm>

namespace nanomq::config {
namespace {

constexpr std::string_view reserved = "$\"{}[]:=,+#`^?!@*&\\";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

void append_utf8(std::string& into, std::uint32_t point) {
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80U | (bits & 0x3FU)); };
  if (point < 0x80) {
    into += static_cast<char>(point);
  } else if (point < 0x800) {
    into += static_cast<char>(0xC0U | point >> 6U);
    into += tail(point);
  } else if (point < 0x10000) {
    into += static_cast<char>(0xE0U | point >> 12U);
    into += tail(point >> 6U);
    into += tail(point);
  } else {
    into += static_cast<char>(0xF0U | point >> 18U);
    into += tail(point >> 12U);
    into += tail(point >> 6U);
    into += tail(point);
  }
}

}  // namespace

hocon_place hocon_scanner::here() const noexcept {
  return {file_, line_, static_cast<std::uint32_t>(at_ - line_begin_ + 1)};
}

void hocon_scanner::advance(std::size_t count) noexcept {
  for (; count > 0 && !at_end(); --count) {
    if (text_[at_++] != '\n') continue;
    ++line_;
    line_begin_ = at_;
  }
}

bool hocon_scanner::take(std::string_view what) noexcept {
  if (!sees(what)) return false;
  advance(what.size());
  return true;
}

std::string_view hocon_scanner::skip_blanks() noexcept {
  const auto begin = at_;
  while (!at_end() && is_blank(text_[at_])) ++at_;
  return text_.substr(begin, at_ - begin);
}

bool hocon_scanner::skip_lines() noexcept {
  const auto first = line_;
  for (;;) {
    (void)skip_blanks();
    if (at_comment()) at_ = std::min(text_.find('\n', at_), text_.size());
    if (next() != '\n') return line_ != first;
    advance();
  }
}

bool hocon_scanner::at_unquoted() const noexcept {
  const char c = next();
  return !at_end() && !is_blank(c) && c != '\n' && reserved.find(c) == std::string_view::npos && !at_comment();
}

std::string_view hocon_scanner::take_unquoted(char stop) noexcept {
  const auto begin = at_;
  while (at_unquoted() && next() != stop) ++at_;
  return text_.substr(begin, at_ - begin);
}

bool hocon_scanner::refuse(const hocon_place& where, std::string_view what) {
  complaint_ = {where, std::string(what)};
  return false;
}

bool hocon_scanner::take_string(std::string& into) {
  if (sees("\"\"\"")) return take_multi_line(into);
  const auto begin = here();
  advance();
  for (;;) {
    const char c = next();
    if (at_end() || c == '\n') return refuse(begin, "a string without its closing quote");
    if (c == '"') break;
    if (static_cast<unsigned char>(c) < 0x20) return refuse("a control character in a string");
    if (c == '\\') {
      if (!take_escape(into)) return false;
      continue;
    }
    into += c;
    ++at_;
  }
  advance();
  return true;
}

bool hocon_scanner::take_multi_line(std::string& into) {
  const auto begin = here();
  const auto text = at_ + 3;
  auto end = text_.find("\"\"\"", text);
  if (end == std::string_view::npos) return refuse(begin, "a string without its three closing quotes");
  while (end + 3 < text_.size() && text_[end + 3] == '"') ++end;  // of several, the last three close it
  into += text_.substr(text, end - text);
  advance(end + 3 - at_);
  return true;
}

bool hocon_scanner::take_escape(std::string& into) {
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
  const auto begin = here();
  advance();
  if (next() == 'u') {
    std::uint32_t point = 0;
    if (!take_code_unit(point)) return refuse(begin, "\\u wants four hexadecimal digits");
    if (point >= 0xD800 && point < 0xDC00) {
      std::uint32_t low = 0;
      if (next() != '\\') return refuse(begin, "half of a surrogate pair");
      advance();
      if (next() != 'u' || !take_code_unit(low) || low < 0xDC00 || low > 0xDFFF)
        return refuse(begin, "half of a surrogate pair");
      point = 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00);
    } else if (point >= 0xDC00 && point < 0xE000) {
      return refuse(begin, "half of a surrogate pair");
    }
    if (point == 0) return refuse(begin, "a string cannot contain \\u0000");
    append_utf8(into, point);
    return true;
  }
  const auto which = at_end() ? std::string_view::npos : names.find(next());
  if (which == std::string_view::npos) return refuse(begin, R"(an escape other than \" \\ \/ \b \f \n \r \t \uXXXX)");
  into += meant[which];
  advance();
  return true;
}

bool hocon_scanner::take_code_unit(std::uint32_t& into) {
  ++at_;  // the u
  into = 0;
  for (int digit = 0; digit < 4; ++digit, ++at_) {
    const char c = next();
    const auto lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      into = into * 16 + static_cast<std::uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      into = into * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace nanomq::config
