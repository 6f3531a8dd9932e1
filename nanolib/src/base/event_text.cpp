#include "nanolib/base/event_text.hpp"

#include <algorithm>
#include <array>

#include "nanolib/base/json_writer.hpp"

namespace nanolib {
namespace {

bool needs_quotes(std::string_view text, std::size_t longest) {
  return text.empty() || text.size() > longest ||
         std::ranges::any_of(text, [](char c) { return c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '='; });
}

void append_escaped(std::string& out, std::string_view text, std::size_t longest) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : text.substr(0, longest)) {
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
  if (text.size() > longest) out += "...";
}

void append_padded(std::string& out, std::uint64_t number, std::size_t width) {
  const auto text = std::to_string(number);
  if (text.size() < width) out.append(width - text.size(), '0');
  out += text;
}

// The names that every object has are not given away to a field.
std::string json_key(std::string_view key) {
  static constexpr std::array<std::string_view, 5> taken{"ts", "level", "component", "event", "cut"};
  std::string out;
  append_json_string(out, key);
  if (std::ranges::find(taken, key) != taken.end()) out.insert(out.size() - 1, "_");
  return out;
}

std::string json_value(const log_field& field) {
  if (field.type == log_field::kind::number) return std::to_string(field.number);
  if (field.type == log_field::kind::truth) return field.number != 0 ? "true" : "false";
  std::string out;
  append_json_string(out, field.text.substr(0, longest_logged_value));
  if (field.text.size() > longest_logged_value) out.insert(out.size() - 1, "...");
  return out;
}

}  // namespace

std::string event_text(std::string_view name, std::span<const log_field> fields, std::size_t longest_value) {
  std::string out(name);
  for (const log_field& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    if (field.type == log_field::kind::number) {
      out += std::to_string(field.number);
    } else if (field.type == log_field::kind::truth) {
      out += field.number != 0 ? "true" : "false";
    } else if (needs_quotes(field.text, longest_value)) {
      out += '"';
      append_escaped(out, field.text, longest_value);
      out += '"';
    } else {
      out += field.text;
    }
  }
  return out;
}

std::string event_json(const log_event& what, wall_time when) {
  constexpr std::string_view cut = ",\"cut\":true";
  std::string out = "{\"ts\":\"";
  append_iso_time(out, when);
  out.append("\",\"level\":\"").append(name_of(what.level));
  out.append("\",\"component\":\"").append(name_of(what.from)).append("\",\"event\":");
  append_json_string(out, what.name);
  for (const log_field& field : what.fields) {
    const auto key = json_key(field.key);
    const auto value = json_value(field);
    if (out.size() + key.size() + value.size() + cut.size() + 3 > longest_json_event) {
      out += cut;
      break;
    }
    out.append(",").append(key).append(":").append(value);
  }
  return out + "}";
}

void append_iso_time(std::string& out, wall_time when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const auto ms = static_cast<std::uint64_t>(std::chrono::duration_cast<duration>(when - day).count());
  append_padded(out, static_cast<std::uint64_t>(std::max(0, static_cast<int>(date.year()))), 4);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_padded(out, ms / 3'600'000, 2);
  out += ':';
  append_padded(out, ms / 60'000 % 60, 2);
  out += ':';
  append_padded(out, ms / 1'000 % 60, 2);
  out += '.';
  append_padded(out, ms % 1'000, 3);
  out += 'Z';
}

}  // namespace nanolib
