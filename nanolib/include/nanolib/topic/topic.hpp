// Topic names and topic filters: what is well formed, and what matches what.
//
// Bytes become a checked name or filter here and nowhere else; everything behind trusts the types. Iterative throughout:
// a topic of 65 535 slashes costs time in proportion to its length and no stack.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "nanolib/base/bytes.hpp"

namespace nanolib {

/// Whether the bytes are well-formed UTF-8 as MQTT wants it: shortest forms, no surrogates, nothing above U+10FFFF, no
/// U+0000. Control and non-characters are allowed (MQTT only says SHOULD NOT). Shape: one pass, ASCII eight at a time.
/// Spec: MQTT 5.0 §1.5.4 [MQTT-1.5.4-1] [MQTT-1.5.4-2].
[[nodiscard]] bool is_valid_utf8(bytes text) noexcept;

struct topic_limits {
  std::uint32_t maximum_bytes = 65'535;
  std::uint32_t maximum_levels = 200;
};

enum class topic_fault : std::uint8_t {
  none,
  empty,            ///< no character at all
  not_utf8,         ///< or contains U+0000
  wildcard,         ///< a topic name with + or #, or a filter with one that is not alone in its level or # not last
  too_long,         ///< more bytes than the limit
  too_deep,         ///< more levels than the limit
  share_malformed,  ///< $share without group, with a wildcard in the group, or without a filter behind it
};

/// Checks a topic name (of PUBLISH, or of a will). Spec: MQTT 5.0 §4.7 [MQTT-4.7.3-1] [MQTT-3.3.2-2].
[[nodiscard]] topic_fault check_topic_name(std::string_view topic, const topic_limits& limits = {}) noexcept;

/// A filter taken apart, once. Views into the text it was made from.
struct topic_filter {
  std::string_view filter;       ///< what is matched: without $share/<group>/
  std::string_view share_group;  ///< empty when it is not shared
  std::uint32_t levels = 0;
  bool has_wildcard = false;

  [[nodiscard]] bool is_shared() const noexcept { return !share_group.empty(); }
};

/// Checks and takes apart the filter of a SUBSCRIBE or UNSUBSCRIBE.
/// Errors: the first fault found. Spec: MQTT 5.0 §4.7.1, §4.8.2 [MQTT-4.8.2-1] [MQTT-4.8.2-2].
[[nodiscard]] std::expected<topic_filter, topic_fault> parse_topic_filter(std::string_view text,
                                                                          const topic_limits& limits = {}) noexcept;

/// Whether a checked filter (without $share) matches a checked topic name. The reference that faster matchers are
/// tested against, and the SDK's. Spec: MQTT 5.0 §4.7 [MQTT-4.7.2-1] (wildcards do not match a leading $).
[[nodiscard]] bool matches(std::string_view filter, std::string_view topic) noexcept;

/// Walks the levels of a name or filter: "a//b" has three. `std::string_view level; while (levels.next(level)) …`
class topic_levels {
 public:
  explicit topic_levels(std::string_view text) noexcept : rest_(text) {}
  bool next(std::string_view& level) noexcept {
    if (done_) return false;
    const std::size_t slash = rest_.find('/');
    level = rest_.substr(0, slash);
    done_ = slash == std::string_view::npos;
    if (!done_) rest_.remove_prefix(slash + 1);
    return true;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

}  // namespace nanolib
