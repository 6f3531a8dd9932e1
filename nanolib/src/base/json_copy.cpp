// copy_json(): a checker of RFC 8259 that hands every token on as it stands.
#include <array>
#include <vector>

#include "json_number.hpp"
#include "nanolib/base/json_writer.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanolib {
namespace {

bool is_hex(char c) noexcept { return is_json_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Takes tokens off the front of a text.
class json_tokens {
 public:
  explicit json_tokens(std::string_view text) noexcept : rest_(text) {}

  /// The next character that is no blank, or 0 at the end.
  char peek() noexcept {
    const auto first = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(first == std::string_view::npos ? rest_.size() : first);
    return rest_.empty() ? '\0' : rest_.front();
  }
  void skip() noexcept { rest_.remove_prefix(1); }
  bool skip_if(char c) noexcept {
    if (peek() != c) return false;
    skip();
    return true;
  }

  // A token, or empty when what stands here is none.
  std::string_view string() noexcept;
  std::string_view number() noexcept { return take(json_number_size(rest_)); }
  std::string_view word() noexcept;

 private:
  std::string_view take(std::size_t size) noexcept {
    const auto token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return token;
  }
  [[nodiscard]] char at(std::size_t index) const noexcept { return index < rest_.size() ? rest_[index] : '\0'; }

  std::string_view rest_;
};

std::string_view json_tokens::string() noexcept {
  if (at(0) != '"') return {};
  for (std::size_t i = 1; i < rest_.size(); ++i) {
    const char c = rest_[i];
    if (c == '"') return take(i + 1);
    if (static_cast<unsigned char>(c) < 0x20) return {};
    if (c != '\\') continue;
    const char escaped = at(++i);
    if (escaped == 'u') {
      for (std::size_t digit = 1; digit <= 4; ++digit) {
        if (!is_hex(at(i + digit))) return {};
      }
      i += 4;
    } else if (escaped == '\0' || std::string_view("\"\\/bfnrt").find(escaped) == std::string_view::npos) {
      return {};
    }
  }
  return {};
}

std::string_view json_tokens::word() noexcept {
  constexpr std::array<std::string_view, 3> words{"true", "false", "null"};
  for (const auto each : words) {
    if (rest_.starts_with(each)) return take(each.size());
  }
  return {};
}

/// What is open, and where in it.
enum class place : char { object, array };

bool copy_key(json_writer& into, json_tokens& from) {
  (void)from.peek();
  const auto name = from.string();
  if (name.empty() || !from.skip_if(':')) return false;
  into.raw_key(name);
  return true;
}

bool copy_scalar(json_writer& into, json_tokens& from) {
  const char first = from.peek();
  const auto token = first == '"' ? from.string() : first == '-' || is_json_digit(first) ? from.number() : from.word();
  if (token.empty()) return false;
  into.raw(token);
  return true;
}

// Behind a value: ends what ends here. False when something else stands there than what may; `next` tells whether another
// value follows.
bool copy_ends(json_writer& into, json_tokens& from, std::vector<place>& open, bool& next) {
  next = false;
  while (!open.empty() && !next) {
    const bool array = open.back() == place::array;
    if (from.skip_if(',')) {
      if (!array && !copy_key(into, from)) return false;
      next = true;
    } else if (from.skip_if(array ? ']' : '}')) {
      array ? into.end_array() : into.end_object();
      open.pop_back();
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

bool copy_json(json_writer& into, std::string_view text, std::uint32_t maximum_depth) {
  if (!is_valid_utf8(as_bytes(text))) return false;
  json_tokens from(text);
  std::vector<place> open;
  for (bool next = true; next;) {
    const char first = from.peek();
    if (first == '{' || first == '[') {
      const bool array = first == '[';
      if (open.size() == maximum_depth) return false;
      from.skip();
      array ? into.begin_array() : into.begin_object();
      open.push_back(array ? place::array : place::object);
      if (from.peek() != (array ? ']' : '}')) {
        if (!array && !copy_key(into, from)) return false;
        continue;
      }
    } else if (!copy_scalar(into, from)) {
      return false;
    }
    if (!copy_ends(into, from, open, next)) return false;
  }
  return from.peek() == '\0';
}

}  // namespace nanolib
