#include "retained_scan.hpp"

#include "nanolib/topic/topic.hpp"

namespace nanolib {

namespace {

/// Comes after everything below a topic, and before everything else that comes after the topic.
constexpr char after_what_is_below = '\x01';

}  // namespace

std::string_view first_possible(std::string_view filter) noexcept {
  const std::size_t wildcard = filter.find_first_of("+#");
  if (wildcard == std::string_view::npos) return filter;
  // "a/#" matches "a" too.
  return filter.substr(0, wildcard == 0 ? 0 : wildcard - 1);
}

scan_verdict judge(std::string_view filter, std::string_view topic, std::string& key) {
  const bool leads_with_wildcard = filter.starts_with('+') || filter.starts_with('#');
  if (leads_with_wildcard && topic.starts_with('$')) {  // [MQTT-4.7.2-1]
    key.assign(1, '$' + 1);
    return scan_verdict::seek;
  }
  topic_levels wanted(filter);
  topic_levels given(topic);
  std::string_view want;
  std::string_view have;
  std::size_t last_plus_end = std::string_view::npos;
  bool goes_on = true;
  while (goes_on && wanted.next(want)) {
    if (want == "#") return scan_verdict::match;
    if (!given.next(have)) {
      key.assign(topic).append(1, '/');
      if (want != "+") key.append(want);
      return scan_verdict::seek;
    }
    const auto level_start = static_cast<std::size_t>(have.data() - topic.data());
    if (want == "+") {
      last_plus_end = level_start + have.size();
    } else if (have < want) {
      key.assign(topic.substr(0, level_start)).append(want);
      return scan_verdict::seek;
    } else {
      goes_on = have == want;
    }
  }
  if (goes_on && !given.next(have)) return scan_verdict::match;
  // Too far in the last level that may vary: on with the next value of that.
  if (last_plus_end == std::string_view::npos) return scan_verdict::finished;
  key.assign(topic.substr(0, last_plus_end)).append(1, after_what_is_below);
  return scan_verdict::seek;
}

}  // namespace nanolib
