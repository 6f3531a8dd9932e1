#include "broker/hook_list.hpp"

#include <algorithm>
#include <array>

#include "nanolib/topic/topic.hpp"

namespace nanomq::broker {

std::string_view name_of(drop_reason why) noexcept {
  constexpr std::array<std::string_view, 12> names = {
      "no_subscriber", "no_permission", "queue_full",       "output_full",   "too_large",     "expired",
      "no_memory",     "no_space",      "no_shared_member", "retained_full", "not_delivered", "over_rate"};
  return names[static_cast<std::size_t>(why)];
}

bool hook_list::listener::wants(hook_event which, std::string_view topic) const noexcept {
  return std::ranges::any_of(interests, [&](const hook_interest& one) {
    return (one.events & events_of(which)) != 0 &&
           (one.topic_filter.empty() || nanolib::matches(one.topic_filter, topic));
  });
}

nanolib::result<std::shared_ptr<const hook_list>> hook_list::create(const hook_set& all, std::string& why) {
  auto made = std::make_shared<hook_list>();
  for (const std::shared_ptr<hook>& one : all) {
    listener fresh{one, 0, one->interests()};
    for (const hook_interest& wanted : fresh.interests) {
      fresh.events |= wanted.events;
      if (wanted.topic_filter.empty()) continue;
      const auto filter = nanolib::parse_topic_filter(wanted.topic_filter);
      if (filter && !filter->is_shared()) continue;
      why = "a hook wants messages of \"" + wanted.topic_filter + "\", which is no topic filter";
      return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
    }
    made->wanted_ |= fresh.events;
    made->listeners_.push_back(std::move(fresh));
  }
  return made;
}

std::vector<hook::figure> hook_list::figures() const {
  std::vector<hook::figure> all;
  for (const listener& one : listeners_) {
    for (hook::figure& each : one.to->figures()) all.push_back(std::move(each));
  }
  return all;
}

}  // namespace nanomq::broker
