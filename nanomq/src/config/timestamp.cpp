#include "nanomq/config/timestamp.hpp"

#include <chrono>
#include <cstdio>

namespace nanomq::config {
namespace {

using nanolib::wall_time;

// Reads digits and marks from the front of a text.
struct reader {
  std::string_view rest;
  bool good = true;

  int number(std::size_t digits) noexcept {
    int out = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = i < rest.size() ? rest[i] : 'x';
      good = good && c >= '0' && c <= '9';
      if (!good) return 0;
      out = out * 10 + (c - '0');
    }
    rest.remove_prefix(digits);
    return out;
  }
  void mark(std::string_view any_of) noexcept {
    good = good && !rest.empty() && any_of.contains(rest.front());
    if (good) rest.remove_prefix(1);
  }
};

// The time of day and what is behind it; fractions of a second are left out.
std::chrono::seconds read_time(reader& from) noexcept {
  from.mark("Tt ");
  const int hour = from.number(2);
  from.mark(":");
  const int minute = from.number(2);
  from.mark(":");
  const int second = from.number(2);
  from.good = from.good && hour < 24 && minute < 60 && second < 60;
  if (from.good && from.rest.starts_with('.')) {
    from.rest.remove_prefix(1);
    static_cast<void>(from.number(1));
    while (!from.rest.empty() && from.rest.front() >= '0' && from.rest.front() <= '9') from.rest.remove_prefix(1);
  }
  std::chrono::seconds offset{0};
  if (from.rest == "Z" || from.rest == "z") {
    from.rest = {};
  } else {
    const bool is_west = from.rest.starts_with('-');
    from.mark("+-");
    const int hours = from.number(2);
    from.mark(":");
    const int minutes = from.number(2);
    from.good = from.good && hours < 24 && minutes < 60;
    offset = std::chrono::minutes(hours * 60 + minutes);
    if (!is_west) offset = -offset;
  }
  return std::chrono::seconds(hour * 3600 + minute * 60 + second) + offset;
}

}  // namespace

std::optional<wall_time> parse_timestamp(std::string_view text) noexcept {
  reader from{text};
  const std::chrono::year year{from.number(4)};
  from.mark("-");
  const std::chrono::month month{static_cast<unsigned>(from.number(2))};
  from.mark("-");
  const std::chrono::day day{static_cast<unsigned>(from.number(2))};
  const std::chrono::year_month_day date(year, month, day);
  std::chrono::seconds time{0};
  if (from.good && !from.rest.empty()) time = read_time(from);
  if (!from.good || !from.rest.empty() || !date.ok() || year < std::chrono::year{1970}) return std::nullopt;
  const wall_time when = std::chrono::time_point_cast<nanolib::duration>(std::chrono::sys_days(date)) + time;
  return when.time_since_epoch().count() >= 0 ? std::optional(when) : std::nullopt;
}

std::string print_timestamp(wall_time when) {
  const auto days = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(days);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when - days).count();
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60),
                                 static_cast<int>(seconds % 60));
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace nanomq::config
