#include "nanomq/config/file_reader.hpp"

#include <algorithm>

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanolib::result;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

constexpr std::string_view no_braces = "braces are not read here; write the whole key: mqtt.max_packet_size = 2MB";
constexpr std::string_view want_quotes =
    "put it in double quotes: the value has other characters than A-Z a-z 0-9 . _ -";

// One line, read from left to right.
class line_reader {
 public:
  line_reader(std::string_view line, std::string& why) : line_(line), why_(why) {}

  [[nodiscard]] std::size_t column() const { return at_ + 1; }
  [[nodiscard]] bool at_end() {
    while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t')) ++at_;
    return at_ == line_.size() || line_[at_] == '#' || line_.substr(at_).starts_with("//");
  }
  [[nodiscard]] bool take(char c) {
    if (at_end() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Whether this is next; takes nothing.
  [[nodiscard]] bool sees(std::string_view text) { return !at_end() && line_.substr(at_).starts_with(text); }
  std::unexpected<error> refuse(std::string_view text) {
    why_ = std::to_string(column()) + ": " + std::string(text);
    return std::unexpected(error{error_domain::config, 0});
  }

  result<std::string> word(std::string_view what) {
    const auto begin = at_;
    while (at_ < line_.size() && is_word(line_[at_])) ++at_;
    if (at_ == begin) return refuse(what);
    return std::string(line_.substr(begin, at_ - begin));
  }

  result<written_value> value() {
    written_value out;
    if (!take('[')) {
      auto one = item();
      if (!one) return std::unexpected(one.error());
      out.items.push_back(std::move(*one));
      return out;
    }
    out.is_list = true;
    while (!take(']')) {
      if (sees(":")) return refuse(want_quotes);
      if (!out.items.empty() && !take(',')) return refuse("expected , or ] (a list stands on one line)");
      if (!out.items.empty() && take(']')) break;  // a comma after the last item
      auto one = item();
      if (!one) return std::unexpected(one.error());
      out.items.push_back(std::move(*one));
    }
    return out;
  }

 private:
  result<std::string> item() {
    if (at_end()) return refuse("expected a value");
    if (sees("{")) return refuse(no_braces);
    if (line_[at_] != '"')
      return word("expected a value; put text with other characters than A-Z a-z 0-9 . _ - in double quotes");
    return string();
  }

  result<std::string> string() {
    std::string out;
    for (++at_; at_ < line_.size(); ++at_) {
      const char c = line_[at_];
      if (c == '"') {
        ++at_;
        return out;
      }
      if (static_cast<unsigned char>(c) < 0x20) return refuse("a control character in a string");
      if (c != '\\') {
        out += c;
        continue;
      }
      constexpr std::string_view names = "\"\\/nrt";
      constexpr std::string_view meant = "\"\\/\n\r\t";
      const auto which = ++at_ < line_.size() ? names.find(line_[at_]) : std::string_view::npos;
      if (which == std::string_view::npos) return refuse("an escape other than \\\" \\\\ \\/ \\n \\r \\t");
      out += meant[which];
    }
    return refuse("a string without its closing quote");
  }

  std::string_view line_;
  std::string& why_;
  std::size_t at_ = 0;
};

// Nothing when the line is blank or a comment.
result<bool> read_line(std::string_view line, file_entry& out, std::string& why) {
  line_reader reader(line, why);
  if (reader.at_end()) return false;
  out.key_column = reader.column();
  if (reader.sees("{") || reader.sees("}")) return reader.refuse(no_braces);
  auto key = reader.word("expected a key such as mqtt.max_packet_size");
  if (!key) return std::unexpected(key.error());
  if (reader.sees("{")) return reader.refuse(no_braces);
  if (!reader.take('=') && !reader.take(':')) return reader.refuse("expected = after the key");
  (void)reader.at_end();
  out.value_column = reader.column();
  auto written = reader.value();
  if (!written) return std::unexpected(written.error());
  if (reader.sees(":") || reader.sees("/")) return reader.refuse(want_quotes);
  if (!reader.at_end()) return reader.refuse("something follows the value; put text with spaces in double quotes");
  out.key = std::move(*key);
  out.written = std::move(*written);
  return true;
}

}  // namespace

result<std::vector<file_entry>> read_entries(std::string_view text, std::string& why) {
  std::vector<file_entry> entries;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // what some editors put in front of UTF-8
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    file_entry entry;
    entry.line = number;
    const auto found = read_line(line, entry, why);
    if (!found) {
      why.insert(0, std::to_string(number) + ":");
      return std::unexpected(found.error());
    }
    if (*found) entries.push_back(std::move(entry));
  }
  return entries;
}

result<written_value> read_list(std::string_view text, std::string& why) {
  line_reader reader(text, why);
  auto written = reader.value();
  if (written && !reader.at_end()) return reader.refuse("something follows the list");
  return written;
}

}  // namespace nanomq::config
