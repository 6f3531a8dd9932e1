#include "nanolib/base/json_writer.hpp"

#include <charconv>

#include "nanolib/topic/topic.hpp"

namespace nanolib {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

// The letter behind the backslash, or 0 for those that have only a number.
char short_escape(char c) noexcept {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

bool must_escape(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_escape(std::string& out, char c) {
  out += '\\';
  if (const char letter = short_escape(c); letter != 0) {
    out += letter;
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(c);
  out.append("u00").append(1, digits[value >> 4U]).append(1, digits[value & 0xFU]);
}

void append_valid(std::string& out, std::string_view text) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!must_escape(text[i])) continue;
    out.append(text, done, i - done);
    append_escape(out, text[i]);
    done = i + 1;
  }
  out.append(text, done);
}

// How many bytes the first byte says the character has; 1 for one that begins none.
std::size_t announced_size(char first) noexcept {
  const auto byte = static_cast<unsigned char>(first);
  return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

// What is whole is copied in runs, for payloads that are not text at all.
void append_repaired(std::string& out, std::string_view text) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto size = announced_size(text[i]);
    const bool is_ascii = static_cast<unsigned char>(text[i]) < 0x80;
    if (is_ascii || (size <= text.size() - i && is_valid_utf8(as_bytes(text.substr(i, size))))) {
      i += size;
      continue;
    }
    append_valid(out, text.substr(run, i - run));
    out += replacement;
    run = ++i;
  }
  append_valid(out, text.substr(run));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  // MQTT's UTF-8 is RFC 3629's without U+0000, which passes here as an escape.
  if (is_valid_utf8(as_bytes(text))) {
    append_valid(out, text);
  } else {
    append_repaired(out, text);
  }
  out += '"';
}

void json_writer::indent(std::size_t depth) {
  if (indented_) out_->append(depth, '\t');
}

void json_writer::before_key() {
  if (!open_.back().empty) *out_ += indented_ ? ",\n" : ",";
  open_.back().empty = false;
  indent(open_.size());
}

void json_writer::before_value() {
  if (!after_key_ && !open_.empty()) {
    if (!open_.back().empty) *out_ += indented_ ? ", " : ",";
    open_.back().empty = false;
  }
  after_key_ = false;
}

void json_writer::begin_object() {
  before_value();
  *out_ += indented_ ? "{\n" : "{";
  open_.push_back({.array = false, .empty = true});
}

void json_writer::end_object() {
  if (indented_ && !open_.back().empty) *out_ += '\n';
  open_.pop_back();
  indent(open_.size());
  *out_ += '}';
}

void json_writer::begin_array() {
  before_value();
  *out_ += '[';
  open_.push_back({.array = true, .empty = true});
}

void json_writer::end_array() {
  open_.pop_back();
  *out_ += ']';
}

void json_writer::key(std::string_view name) {
  before_key();
  append_json_string(*out_, name);
  *out_ += indented_ ? ":\t" : ":";
  after_key_ = true;
}

void json_writer::raw_key(std::string_view json) {
  before_key();
  *out_ += json;
  *out_ += indented_ ? ":\t" : ":";
  after_key_ = true;
}

void json_writer::text(std::string_view value) {
  before_value();
  append_json_string(*out_, value);
}

void json_writer::number(std::int64_t value) {
  before_value();
  char digits[24];
  out_->append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void json_writer::truth(bool value) { raw(value ? "true" : "false"); }
void json_writer::null() { raw("null"); }

void json_writer::raw(std::string_view json) {
  before_value();
  *out_ += json;
}

}  // namespace nanolib
