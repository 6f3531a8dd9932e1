#include "topic_pattern.hpp"

#include <algorithm>
#include <array>

#include "nanolib/topic/topic.hpp"

namespace nanomq::access {
namespace {

struct mark {
  std::string_view text;
  placeholder stands_for;
};
constexpr std::array marks{mark{"${username}", placeholder::user}, mark{"${clientid}", placeholder::client},
                           mark{"${cert_common_name}", placeholder::common_name}};

bool is_wildcard(std::string_view level) { return level == "+" || level == "#"; }

}  // namespace

std::string_view value_of(placeholder what, const subject& who) noexcept {
  switch (what) {
    case placeholder::user:
      return who.user_name;
    case placeholder::client:
      return who.client_id;
    case placeholder::common_name:
      break;
  }
  return who.common_name;
}

bool fits_placeholder(std::string_view name) noexcept {
  return name.find_first_of("+#/") == std::string_view::npos && !name.starts_with('$');
}

bool topic_pattern::parse(std::string_view text, std::string& why) {
  literal_ = text.starts_with('@');
  if (literal_) text.remove_prefix(1);
  const auto filter = nanolib::parse_topic_filter(text);
  if (!filter || filter->is_shared()) {
    why = filter ? "is written without $share/GROUP/" : "is no topic filter";
    return false;
  }
  nanolib::topic_levels levels(text);
  std::string_view one;
  while (levels.next(one)) {
    if (!parse_level(one, why)) return false;
  }
  return true;
}

bool topic_pattern::parse_level(std::string_view text, std::string& why) {
  level out;
  out.text = text;
  if (!literal_ && is_wildcard(text)) {
    out.is = text == "+" ? level::kind::single : level::kind::rest;
  } else if (text.find("${") != std::string_view::npos) {
    out.is = level::kind::mixed;
    while (!text.empty()) {
      const auto begin = text.find("${");
      if (begin != 0) {
        out.parts.push_back({std::string(text.substr(0, begin))});
        text.remove_prefix(std::min(begin, text.size()));
        continue;
      }
      const auto* const found =
          std::ranges::find_if(marks, [&](const mark& one) { return text.starts_with(one.text); });
      if (found == marks.end()) {
        why = "has a placeholder other than ${clientid}, ${username} and ${cert_common_name}";
        return false;
      }
      names_.push_back(found->stands_for);
      out.parts.push_back({{}, found->stands_for});
      text.remove_prefix(found->text.size());
    }
  }
  levels_.push_back(std::move(out));
  return true;
}

std::string_view topic_pattern::fixed_first_level() const noexcept {
  return levels_.front().is == level::kind::text ? std::string_view(levels_.front().text) : std::string_view();
}

bool topic_pattern::equals(const level& one, const subject& who, std::string_view text) noexcept {
  if (one.is == level::kind::text) return one.text == text;
  for (const auto& part : one.parts) {
    const std::string_view value = part.name ? value_of(*part.name, who) : std::string_view(part.text);
    if (value.empty() || !text.starts_with(value)) return false;
    if (part.name && !fits_placeholder(value)) return false;
    text.remove_prefix(value.size());
  }
  return text.empty();
}

bool topic_pattern::fits(const subject& who) const noexcept {
  return std::ranges::all_of(names_, [&](placeholder one) { return fits_placeholder(value_of(one, who)); });
}

bool topic_pattern::covers(const subject& who, std::string_view filter) const noexcept {
  nanolib::topic_levels theirs(filter);
  std::string_view their;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const auto& ours = levels_[i];
    const bool there = theirs.next(their);
    // [MQTT-4.7.2-1]: a wildcard in the first level is not about topics that begin with $.
    const bool hidden = i == 0 && their.starts_with('$');
    if (ours.is == level::kind::rest) return !hidden;  // a/# also matches a
    if (!there) return false;
    if (ours.is == level::kind::single) {
      if (hidden || their == "#") return false;
    } else if (!equals(ours, who, their)) {
      return false;
    }
  }
  return !theirs.next(their);
}

bool topic_pattern::overlaps(const subject& who, std::string_view filter) const noexcept {
  if (literal_) return covers(who, filter);
  nanolib::topic_levels theirs(filter);
  std::string_view their;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const auto& ours = levels_[i];
    const bool there = theirs.next(their);
    const bool their_wildcard = there && is_wildcard(their);
    const bool our_wildcard = ours.is == level::kind::rest || ours.is == level::kind::single;
    if (i == 0 && our_wildcard && their.starts_with('$')) return false;
    if (i == 0 && their_wildcard && ours.text.starts_with('$') && ours.is == level::kind::text) return false;
    if (ours.is == level::kind::rest) return true;
    if (!there) return false;
    if (their == "#") return true;
    if (!our_wildcard && !their_wildcard && !equals(ours, who, their)) return false;
  }
  return !theirs.next(their) || their == "#";
}

}  // namespace nanomq::access
