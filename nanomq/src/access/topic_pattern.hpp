// A rule's filter, taken apart once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nanomq/access/rule_set.hpp"

namespace nanomq::access {

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
  [[nodiscard]] bool has_user() const noexcept { return has_user_; }
  [[nodiscard]] bool has_client() const noexcept { return has_client_; }
  /// The first level when it is the same for everybody; empty otherwise.
  [[nodiscard]] std::string_view fixed_first_level() const noexcept;

 private:
  struct part {
    enum class kind : unsigned char { text, user, client };
    kind is = kind::text;
    std::string text;
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
  bool has_user_ = false;
  bool has_client_ = false;
};

/// Whether a name can stand for a placeholder: wildcards, slashes and a `$` in front would widen what it is put into.
[[nodiscard]] bool fits_placeholder(std::string_view name) noexcept;

}  // namespace nanomq::access
