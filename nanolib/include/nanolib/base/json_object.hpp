// Reads one JSON object, as tokens and requests have them: its own members, not what is inside of them. Spec: RFC 8259.
//
// Strict, because a second reader that understands a text otherwise is how tokens are forged: no name twice, no text that
// is not UTF-8, nothing behind the object.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nanolib {

struct json_member {
  enum class kind : std::uint8_t {
    text,
    number,  ///< without an exponent; what is behind the point is left out
    texts,   ///< a list of texts, and of nothing else
    truth,   ///< true or false
    other,
  };

  std::string name;
  kind is = kind::other;
  std::string text;
  std::int64_t number = 0;
  bool truth = false;
  std::vector<std::string> texts;
};

/// Shape: linear; at most 64 members, 16 levels. None when it is no such object.
[[nodiscard]] std::optional<std::vector<json_member>> read_json_object(std::string_view text);

/// Null when there is none.
[[nodiscard]] const json_member* find_member(const std::vector<json_member>& of, std::string_view name) noexcept;

}  // namespace nanolib
