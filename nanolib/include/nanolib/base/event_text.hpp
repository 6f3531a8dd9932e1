// A log event as one line: text for people, `name key=value key="text with spaces"`, or a JSON object for programs.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "nanolib/base/log.hpp"
#include "nanolib/base/time.hpp"

namespace nanolib {

/// Values are cut after so many bytes, unless something else is said.
inline constexpr std::size_t longest_logged_value = 256;

/// Whatever a client put into a value, the result is one line of printable ASCII: other bytes become \xNN, longer values
/// are cut and end in "...".
[[nodiscard]] std::string event_text(std::string_view name, std::span<const log_field> fields,
                                     std::size_t longest_value = longest_logged_value);
[[nodiscard]] inline std::string event_text(std::string_view name, std::initializer_list<log_field> fields) {
  return event_text(name, std::span(fields.begin(), fields.size()));
}

/// One JSON object without a line break: ts, level, component, event, then the fields with their types. What is not UTF-8
/// becomes U+FFFD; values are cut as above, and end in "...". Of more than `longest_json_event` bytes the last fields are left
/// out, and `"cut":true` says so. Spec: RFC 8259.
[[nodiscard]] std::string event_json(const log_event& what, wall_time when);
inline constexpr std::size_t longest_json_event = 4000;

/// 2026-11-22T13:58:02.780Z. Spec: ISO 8601, RFC 3339.
void append_iso_time(std::string& out, wall_time when);

}  // namespace nanolib
