// A topic that is made from another one: `site/{1}/in`.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace nanomq::bridge {

/// Text with places in braces: `{topic}` is the whole topic, `{2}` its second level, `{2-}` everything from its second level
/// on. `{{` and `}}` are braces. Immutable. Thread: any.
class topic_template {
 public:
  /// Errors: what is wrong, in words for a person.
  [[nodiscard]] static std::expected<topic_template, std::string> parse(std::string_view text);

  /// Whether nothing in it depends on the topic.
  [[nodiscard]] bool is_constant() const noexcept;
  /// Appends what it makes of the topic. False when the topic has no such level.
  [[nodiscard]] bool expand_into(std::string& out, std::string_view topic) const;

 private:
  struct piece {
    enum class kind : std::uint8_t { text, whole, level, rest };
    kind what = kind::text;
    std::string text{};
    std::uint32_t level = 0;
  };
  static std::expected<piece, std::string> read_place(std::string_view inside);

  std::vector<piece> pieces_;
};

}  // namespace nanomq::bridge
