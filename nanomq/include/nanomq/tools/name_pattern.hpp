// Topics, client identifiers and payloads that differ from client to client and from message to message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nanomq::tools {

/// What stands for the variables of a pattern.
struct pattern_values {
  std::string_view client_identifier = {};  ///< %c
  std::string_view user_name = {};          ///< %u
  std::uint64_t client = 0;                 ///< %i, the client's number
  std::uint64_t sequence = 0;               ///< %s, the message's number
  std::int64_t unix_ms = 0;                 ///< %t, the time in milliseconds since 1970
};

/// Text with %c, %u, %i, %s and %t in it; %% is a per cent sign, and anything else stands for itself. Immutable.
class name_pattern {
 public:
  explicit name_pattern(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] std::string expand(const pattern_values& values) const;
  /// Whether %s or %t is in it: whether the messages of one client differ.
  [[nodiscard]] bool differs_by_message() const noexcept { return has('s') || has('t'); }
  /// Whether the clients have different ones.
  [[nodiscard]] bool differs_by_client() const noexcept { return has('c') || has('i'); }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  [[nodiscard]] bool has(char variable) const noexcept;

  std::string text_;
};

}  // namespace nanomq::tools
