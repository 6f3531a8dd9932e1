// The grammar of a number, for both readers of JSON.
// Spec: RFC 8259 section 6.
#pragma once

#include <cstddef>
#include <string_view>

namespace nanolib {

inline bool is_json_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The size of the number that `text` begins with; 0: it begins with none. Cost: its size.
inline std::size_t json_number_size(std::string_view text) noexcept {
  const auto at = [text](std::size_t index) { return index < text.size() ? text[index] : '\0'; };
  const auto past_digits = [at](std::size_t from) {
    while (is_json_digit(at(from))) ++from;
    return from;
  };
  std::size_t end = at(0) == '-' ? 1 : 0;
  if (!is_json_digit(at(end))) return 0;
  end = at(end) == '0' ? end + 1 : past_digits(end);
  if (at(end) == '.') {
    if (!is_json_digit(at(end + 1))) return 0;
    end = past_digits(end + 1);
  }
  if (at(end) == 'e' || at(end) == 'E') {
    ++end;
    if (at(end) == '+' || at(end) == '-') ++end;
    if (!is_json_digit(at(end))) return 0;
    end = past_digits(end);
  }
  return end;
}

}  // namespace nanolib
