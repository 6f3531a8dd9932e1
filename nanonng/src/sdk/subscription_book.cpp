// Subscriptions by filter, by identifier and by topic.
#include "subscription_book.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace nanonng::sdk {

namespace {

/// Spec: MQTT 5.0 §3.8.2.1.2.
constexpr std::uint32_t largest_identifier = 268'435'455;
/// Which filters the server takes is for the server to say.
constexpr nanolib::topic_limits any_limits{std::numeric_limits<std::uint32_t>::max(),
                                           std::numeric_limits<std::uint32_t>::max()};

void add_once(std::vector<recipient_ptr>& into, const recipient_ptr& which) {
  if (std::ranges::find(into, which) == into.end()) into.push_back(which);
}

}  // namespace

std::uint32_t subscription_book::next_identifier() noexcept {
  for (std::size_t tried = 0; tried <= by_identifier_.size(); ++tried) {
    last_identifier_ = last_identifier_ % largest_identifier + 1;
    if (!by_identifier_.contains(last_identifier_)) return last_identifier_;
  }
  return 0;
}

void subscription_book::install(const wanted_subscription& which, std::uint32_t identifier) {
  std::unique_ptr<entry>& slot = by_filter_[which.filter];
  auto made = std::make_unique<entry>();
  if (slot) {
    unindex(*slot);
    made->before = slot->granted ? std::move(slot) : std::move(slot->before);
  }
  made->wanted = which;
  made->identifier = identifier;
  made->parsed = nanolib::parse_topic_filter(made->wanted.filter, any_limits).value_or(nanolib::topic_filter{});
  slot = std::move(made);
  index(*slot);
}

void subscription_book::grant(const wanted_subscription& which) {
  const auto found = by_filter_.find(which.filter);
  if (found == by_filter_.end() || found->second->wanted.to != which.to) return;
  found->second->granted = true;
  found->second->before.reset();
}

recipient_ptr subscription_book::recipient_of(const std::string& filter) const {
  const auto found = by_filter_.find(filter);
  return found != by_filter_.end() ? found->second->wanted.to : nullptr;
}

void subscription_book::remove(std::string_view filter) {
  const auto found = by_filter_.find(std::string(filter));
  if (found == by_filter_.end()) return;
  const std::unique_ptr<entry> gone = std::move(found->second);
  by_filter_.erase(found);
  unindex(*gone);
  gone->wanted.to->active.store(false, std::memory_order_seq_cst);
  if (gone->before) gone->before->wanted.to->active.store(false, std::memory_order_seq_cst);
}

void subscription_book::refuse(std::string_view filter, const recipient& to, bool is_renewal) {
  const auto found = by_filter_.find(std::string(filter));
  if (found == by_filter_.end() || found->second->wanted.to.get() != &to) return;
  if (is_renewal || !found->second->before) return remove(filter);
  const std::unique_ptr<entry> gone = std::move(found->second);
  unindex(*gone);
  if (gone->before->wanted.to != gone->wanted.to) gone->wanted.to->active.store(false, std::memory_order_seq_cst);
  found->second = std::move(gone->before);
  index(*found->second);
}

void subscription_book::index(entry& which) {
  if (which.identifier != 0) by_identifier_[which.identifier].push_back(&which);
  if (which.parsed.has_wildcard) {
    wildcards_.push_back(&which);
  } else {
    exact_.emplace(which.parsed.filter, &which);
  }
}

void subscription_book::unindex(entry& which) {
  if (const auto group = by_identifier_.find(which.identifier); group != by_identifier_.end()) {
    std::erase(group->second, &which);
    if (group->second.empty()) by_identifier_.erase(group);
  }
  std::erase(wildcards_, &which);
  std::erase_if(exact_, [&](const auto& each) { return each.second == &which; });
}

void subscription_book::find(const mqtt::publish_view& packet, std::vector<recipient_ptr>& into) const {
  if (packet.props.has(mqtt::property_id::subscription_identifier)) {
    mqtt::property_reader reader(packet.props.raw);
    mqtt::property each;
    while (reader.next(each)) {
      if (each.id != mqtt::property_id::subscription_identifier) continue;
      const auto group = by_identifier_.find(each.number);
      if (group == by_identifier_.end()) continue;
      // In a session that goes on the same number may be an earlier process's, for another filter.
      for (const entry* which : group->second) {
        if (nanolib::matches(which->parsed.filter, packet.topic)) add_once(into, which->wanted.to);
      }
    }
  }
  // Without identifiers, or with those of an earlier process in a session that goes on.
  if (into.empty()) find_by_topic(packet.topic, into);
}

void subscription_book::find_by_topic(std::string_view topic, std::vector<recipient_ptr>& into) const {
  const auto [first, last] = exact_.equal_range(topic);
  for (auto each = first; each != last; ++each) add_once(into, each->second->wanted.to);
  for (const entry* which : wildcards_) {
    if (nanolib::matches(which->parsed.filter, topic)) add_once(into, which->wanted.to);
  }
}

std::vector<std::pair<std::uint32_t, std::vector<wanted_subscription>>> subscription_book::granted() const {
  std::map<std::uint32_t, std::vector<wanted_subscription>> groups;
  for (const auto& [filter, which] : by_filter_) {
    const entry* const holds = which->granted ? which.get() : which->before.get();
    if (holds != nullptr) groups[holds->identifier].push_back(holds->wanted);
  }
  return {groups.begin(), groups.end()};
}

}  // namespace nanonng::sdk
