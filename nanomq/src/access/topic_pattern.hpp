// A rule's filter, taken apart once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/access/rule_set.hpp"

namespace nanomq::access {

/// What a rule's topic may have in the place of letters.
enum class placeholder : unsigned char { user, client, common_name };
[[nodiscard]] std::string_view value_of(placeholder what, const subject& who) noexcept;

/// Shape: one entry a level. Thread: immutable.
class topic_pattern {
 public:
  /// False, with `why`, when it is no filter.
  [[nodiscard]] bool parse(std::string_view text, std::string& why);

  /// Whether every topic that the filter (or the topic, which is a filter without wildcards) matches is matched.
  [[nodiscard]] bool covers(const subject& who, std::string_view filter) const noexcept;
  /// Whether there is a topic that both match.
  [[nodiscard]] bool overlaps(const subject& who, std::string_view filter) const noexcept;

  /// Whether its wildcards are letters.
  [[nodiscard]] bool is_literal() const noexcept { return literal_; }
  /// Whether all that stands for something in it can stand for what this client has.
  [[nodiscard]] bool fits(const subject& who) const noexcept;
  [[nodiscard]] std::span<const placeholder> names() const noexcept { return names_; }
  /// The first level when it is the same for everybody; empty otherwise.
  [[nodiscard]] std::string_view fixed_first_level() const noexcept;

 private:
  struct part {
    std::string text;
    std::optional<placeholder> name = {};
  };
  struct level {
    enum class kind : unsigned char { text, single, rest, mixed };
    kind is = kind::text;
    std::string text;
    std::vector<part> parts;
  };

  [[nodiscard]] bool parse_level(std::string_view text, std::string& why);
  [[nodiscard]] static bool equals(const level& one, const subject& who, std::string_view text) noexcept;

  std::vector<level> levels_;
  bool literal_ = false;
  std::vector<placeholder> names_;
};

/// Whether a name can stand for a placeholder: wildcards, slashes and a `$` in front would widen what it is put into.
[[nodiscard]] bool fits_placeholder(std::string_view name) noexcept;

}  // namespace nanomq::access
