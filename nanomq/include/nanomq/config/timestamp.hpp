// Points of civil time as people write them: 2026-12-01T08:30:00Z. Spec: RFC 3339 §5.6.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nanolib/base/time.hpp"

namespace nanomq::config {

/// A date, or a date and a time with Z or an offset (+01:00); `T` or a space between them. A date alone is its first
/// moment in UTC. None: it is neither, there is no such day, or it is not between 1970 and 9999.
[[nodiscard]] std::optional<nanolib::wall_time> parse_timestamp(std::string_view text) noexcept;

/// In UTC, to the second.
[[nodiscard]] std::string print_timestamp(nanolib::wall_time when);

}  // namespace nanomq::config
