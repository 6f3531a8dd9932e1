#include "nanonng/mqtt/topic_aliases.hpp"

#include <algorithm>

namespace nanonng::mqtt {

bool received_aliases::set(std::uint16_t alias, std::string_view topic) noexcept {
  try {
    if (topics_.size() <= alias) topics_.resize(alias + std::size_t{1});
    topics_[alias].assign(topic);
    return true;
  } catch (...) {
    return false;
  }
}

std::string_view received_aliases::find(std::uint16_t alias) const noexcept {
  return alias < topics_.size() ? std::string_view(topics_[alias]) : std::string_view();
}

sent_aliases::use sent_aliases::assign(std::string_view topic, std::uint64_t hash) noexcept {
  ++clock_;
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    entry& held = entries_[index];
    if (held.hash == hash && held.topic == topic) {
      held.used = clock_;
      return {static_cast<std::uint16_t>(index + 1), true};
    }
  }
  try {
    if (entries_.size() < maximum_) {  // the client's [MQTT-3.1.2-26] [MQTT-3.3.2-11]
      entries_.push_back({hash, clock_, std::string(topic)});
      return {static_cast<std::uint16_t>(entries_.size()), false};
    }
    // Replaced only when it has been idle for several rounds of the table: many topics in turn would otherwise pay for
    // an alias each time and never use one.
    const auto oldest = std::ranges::min_element(entries_, {}, &entry::used);
    if (oldest == entries_.end() || clock_ - oldest->used < std::uint64_t{8} * maximum_) return {};
    oldest->topic.assign(topic);
    oldest->hash = hash;
    oldest->used = clock_;
    return {static_cast<std::uint16_t>(oldest - entries_.begin() + 1), false};
  } catch (...) {
    return {};
  }
}

}  // namespace nanonng::mqtt
