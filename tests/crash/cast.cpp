#include "cast.hpp"

#include <algorithm>
#include <utility>

namespace nanomq::crash {
namespace {

using mqtt::protocol_version;

constexpr std::string_view share_prefix = "$share/g/";
constexpr std::uint32_t longer_than_any_run_s = 3'600;
constexpr unsigned own_window = 4;

constexpr subscription_options exactly_once{.qos = 2};
constexpr subscription_options at_least_once{.qos = 1};

std::string numbered(std::string_view prefix, std::size_t number, std::string_view suffix = {}) {
  return std::string{prefix} + std::to_string(number) + std::string{suffix};
}

/// Even ones speak MQTT 5, odd ones 3.1.1.
protocol_version version_of(std::size_t number) noexcept {
  return number % 2 == 0 ? protocol_version::v5 : protocol_version::v3_1_1;
}

}  // namespace

bool matches(std::string_view filter, std::string_view topic) noexcept {
  for (;;) {
    const auto filter_end = filter.find('/');
    const auto topic_end = topic.find('/');
    const std::string_view level = filter.substr(0, filter_end);
    if (level == "#") return true;
    if (level != "+" && level != topic.substr(0, topic_end)) return false;
    if (filter_end == std::string_view::npos || topic_end == std::string_view::npos) return filter_end == topic_end;
    filter.remove_prefix(filter_end + 1);
    topic.remove_prefix(topic_end + 1);
  }
}

cast::cast(const cast_settings& chosen, session_events& events) : settings(chosen) {
  add_publishers(events);
  add_testators(events);
  add_churners(events);
  add_receivers(events);
  for (std::size_t at = 0; at < subscriptions.size(); ++at) follow(at);
}

member& cast::add_member(role what, std::string client_id, protocol_version version, session_events& events) {
  session_settings made;
  made.client_id = std::move(client_id);
  made.version = version;
  made.window = static_cast<std::uint16_t>(what == role::publisher ? settings.window : own_window);
  made.index = members.size();
  if (version == protocol_version::v5 && what == role::silent) made.receive_maximum = 10;
  if (version == protocol_version::v5 && what == role::offline) made.receive_maximum = 50;
  members.push_back({.what = what, .client = session{std::move(made), events}});
  return members.back();
}

ledger::stream_id cast::add_stream(std::size_t publisher, flow kind, stream_settings described) {
  flow_stream made{.publisher = publisher, .kind = kind, .retained_topic = 0};
  if (kind == flow::retained) {
    made.retained_topic = retained.add_topic(described.topic);
    retained_streams.push_back(static_cast<ledger::stream_id>(streams.size()));
  }
  streams.push_back(made);
  const auto id = messages.add_stream(std::move(described));
  members[publisher].streams.push_back(id);
  group_trackers_.emplace_back();
  return id;
}

void cast::add_publishers(session_events& events) {
  for (unsigned at = 0; at < settings.publishers; ++at) {
    member& made = add_member(role::publisher, numbered("publisher-", at), version_of(at), events);
    const std::size_t index = made.client.settings().index;
    const std::string place = numbered("/", at, "/");
    const auto topics = [&](char root, flow kind, unsigned count) {
      for (unsigned number = 1; number <= count; ++number) {
        add_stream(index, kind,
                   {.topic = root + place + std::to_string(number),
                    .qos = static_cast<std::uint8_t>(number % 2 == 1 ? 1 : 2),
                    .retain = kind == flow::retained});
      }
    };
    topics('d', flow::data, 4);
    topics('s', flow::shared, 2);
    topics('r', flow::retained, 4);
    add_stream(index, flow::churned, {.topic = 'c' + place + 'a', .qos = 1});
    add_stream(index, flow::churned, {.topic = 'c' + place + 'b', .qos = 2, .retain = true});
    give_eternal_will(made);
  }
}

/// A will that waits longer than any run: its owner always comes back, so nobody may ever see it.
void cast::give_eternal_will(member& to) {
  if (!settings.eternal_wills || to.client.settings().version != protocol_version::v5) return;
  const std::size_t index = to.client.settings().index;
  const std::string topic = numbered("n/", index);
  const auto stream = add_stream(index, flow::will, {.topic = topic, .qos = 1, .kind = stream_kind::will});
  const stamp what{.stream = stream, .sequence = messages.sent(stream)};
  messages.withdrawn(what);
  to.client.set_will(will_settings{
      .topic = topic, .payload = make_payload(what, settings.payload), .qos = 1, .delay_s = longer_than_any_run_s});
}

void cast::add_testators(session_events& events) {
  for (std::size_t at = 0; at < 4; ++at) {
    member& made = add_member(role::testator, numbered("testator-", at), protocol_version::v5, events);
    subscribe(made.client.settings().index, numbered("x/", at), at_least_once);
    add_stream(made.client.settings().index, flow::will,
               {.topic = numbered("w/", at), .qos = static_cast<std::uint8_t>(1 + at % 2), .kind = stream_kind::will});
  }
}

void cast::add_churners(session_events& events) {
  for (std::size_t at = 0; at < 3; ++at) {
    const protocol_version version = version_of(at);
    const std::size_t index =
        add_member(role::churner, numbered("churner-", at), version, events).client.settings().index;
    const std::string own = numbered("o/", at);
    add_stream(index, flow::own, {.topic = own, .qos = 1});
    subscribe(index, own, at_least_once);
    for (unsigned publisher = 0; publisher < settings.publishers; ++publisher) {
      const std::string place = numbered("c/", publisher);
      subscribe(index, place + "/a", at_least_once);
      if (version != protocol_version::v5) continue;  // it could not say that it wants no retained messages
      subscribe(index, place + "/b", {.qos = 2, .no_local = false, .retain_as_published = true, .retain_handling = 2});
      subscriptions.back().sees_retain_flags = true;
    }
  }
}

void cast::add_receivers(session_events& events) {
  const auto receiver = [&](role what, std::string_view name, protocol_version version) {
    return add_member(what, std::string{name}, version, events).client.settings().index;
  };
  const std::size_t watcher = receiver(role::online, "online-0", protocol_version::v5);
  subscribe(watcher, "d/+/1", {.qos = 2, .identifier = 7});
  subscribe(watcher, "d/+/2", {.qos = 2, .identifier = 300});
  subscribe(watcher, "w/#", exactly_once);
  subscribe(watcher, "n/#", exactly_once);
  subscribe(receiver(role::online, "online-1", protocol_version::v3_1_1), "d/#", at_least_once);
  for (const role each : {role::silent, role::offline}) {
    const std::string name = each == role::silent ? "silent-" : "offline-";
    const std::size_t modern = receiver(each, name + '0', protocol_version::v5);
    subscribe(modern, "d/+/1", {.qos = 1, .identifier = 1});
    subscribe(modern, "d/+/2", {.qos = 2, .identifier = 2});
    const std::size_t older = receiver(each, name + '1', protocol_version::v3_1_1);
    subscribe(older, "d/+/3", at_least_once);
    subscribe(older, "d/+/4", exactly_once);
  }
  for (std::size_t at = 0; at < 3; ++at) {
    const std::size_t sharer = receiver(role::sharer, numbered("sharer-", at), version_of(at));
    subscribe(sharer, std::string{share_prefix} + "s/#", exactly_once);
  }
}

void cast::subscribe(std::size_t owner, std::string_view filter, const subscription_options& options) {
  members[owner].subscriptions.push_back(subscriptions.size());
  subscriptions.push_back({.owner = owner, .filter = std::string{filter}, .wanted = options});
  subscriptions.back().shared = filter.starts_with(share_prefix);
}

void cast::follow(std::size_t subscription_index) {
  subscription& which = subscriptions[subscription_index];
  member& owner = members[which.owner];
  owner.routes.resize(streams.size());
  std::string_view filter = which.filter;
  if (which.shared) filter.remove_prefix(share_prefix.size());
  for (ledger::stream_id stream = 0; stream < streams.size(); ++stream) {
    if (!matches(filter, messages.settings(stream).topic)) continue;
    const auto tracker = tracker_for(which, stream);
    which.trackers.push_back(tracker);
    owner.routes[stream] = {.subscription = static_cast<std::uint32_t>(subscription_index), .tracker = tracker};
  }
}

ledger::tracker_id cast::tracker_for(const subscription& which, ledger::stream_id stream) {
  if (which.shared && group_trackers_[stream]) return *group_trackers_[stream];
  const std::string receiver = which.shared ? "the share group" : members[which.owner].client.settings().client_id;
  const auto made = messages.add_tracker(stream, receiver, which.shared);
  tracked.push_back(stream);
  if (which.shared) group_trackers_[stream] = made;
  return made;
}

bool cast::is_share_member_subscribed() const noexcept {
  return std::ranges::any_of(subscriptions, [](const subscription& each) {
    return each.shared && each.history.current() && each.history.certain();
  });
}

bool cast::owes(const subscription& which, ledger::stream_id stream) const noexcept {
  if (!which.wanted || which.wanted->qos == 0) return false;
  return !(which.wanted->no_local && streams[stream].publisher == which.owner);
}

}  // namespace nanomq::crash
