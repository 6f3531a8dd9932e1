#include "broker/sys_topics.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "broker/gather_figures.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

constexpr std::array<double, 3> load_minutes = {1, 5, 15};
constexpr std::array<std::string_view, 3> load_names = {"1min", "5min", "15min"};

}  // namespace

sys_topics::sys_topics(shard& at) : at_(at), interval_(at.shared().options.sys_interval), published_(at.loop().now()) {
  constexpr std::array<std::string_view, 8> names = {"messages/received", "messages/sent",   "publish/received",
                                                     "publish/sent",      "publish/dropped", "bytes/received",
                                                     "bytes/sent",        "connections"};
  for (std::size_t index = 0; index < names.size(); ++index) loads_[index].name = names[index];
  set_interval(interval_);
}

void sys_topics::post_interval(nanolib::duration to) {
  class change final : public nanonng::net::inbox_item {
   public:
    change(sys_topics& of, nanolib::duration to) noexcept : of_(of), to_(to) {}
    void run() noexcept override { of_.set_interval(to_); }

   private:
    sys_topics& of_;
    nanolib::duration to_;
  };
  at_.loop().post(std::make_unique<change>(*this, to));
}

// The means over minutes go on from where they were.
void sys_topics::set_interval(nanolib::duration to) noexcept {
  interval_ = to;
  timer_.cancel();
  if (to.count() > 0) at_.loop().timers().set(timer_, at_.loop().now());
}

void sys_topics::on_timer(nanolib::instant now) noexcept {
  publish_all();
  at_.loop().timers().set(timer_, now + interval_);
}

void sys_topics::publish_all() noexcept {
  try {
    commons& shared = at_.shared();
    const broker_figures now = gather_figures(shared);
    if (!version_sent_) publish("version", "nanomq version " NANOMQ_VERSION);
    version_sent_ = true;
    publish("uptime", std::to_string(std::chrono::floor<std::chrono::seconds>(now.uptime).count()) + " seconds");
    const std::uint64_t away = now.sessions > now.connected ? now.sessions - now.connected : 0;
    number("clients/total", now.sessions);
    number("clients/connected", now.connected);
    number("clients/active", now.connected);
    number("clients/disconnected", away);
    number("clients/inactive", away);
    number("clients/maximum", now.connected_peak);
    number("clients/expired", now.expired);
    number("messages/received", now.traffic.messages_received);
    number("messages/sent", now.traffic.messages_sent);
    number("messages/stored", now.retained_messages);
    const nanolib::store_usage* queues = shared.durable ? &shared.durable->usage : nullptr;
    number("store/messages/count", now.retained_messages + (queues != nullptr ? queues->messages() : 0));
    number("store/messages/bytes", now.retained_bytes + (queues != nullptr ? queues->bytes() : 0));
    number("retained messages/count", now.retained_messages);
    number("subscriptions/count", now.subscriptions);
    number("publish/messages/received", now.traffic.publish_received);
    number("publish/messages/sent", now.traffic.publish_sent);
    number("publish/messages/dropped", now.traffic.publish_dropped);
    number("publish/bytes/received", now.publish_bytes_received);
    number("publish/bytes/sent", now.publish_bytes_sent);
    number("bytes/received", now.traffic.bytes_received);
    number("bytes/sent", now.traffic.bytes_sent);
    for (const auto& [name, value] : now.others) number(name, value);
    for (const auto& [name, value] : at_.rights().figures()) number("auth/" + std::string(name), value);
    publish_store(now);
    publish_peers(now);
    for (const auto& [name, value] : at_.hooks().figures()) number(name, value);
    // Not simply the interval: it may have changed.
    const nanolib::instant time = at_.loop().now();
    const nanolib::duration since = time > published_ ? time - published_ : interval_;
    published_ = time;
    publish_loads(now.traffic, std::chrono::duration<double, std::ratio<60>>(since).count());
  } catch (...) {
    at_.counts().dropped_no_memory.add();
  }
}

void sys_topics::publish_store(const broker_figures& now) {
  publish("store/durability", now.store ? now.store->durability : "none");
  if (!now.store) return;
  publish("store/state", now.store->state);
  for (const auto& [name, value] : now.store->values) number("store/" + std::string(name), value);
}

// Each below a name of its own: $SYS/broker/bridges/nng/line1/sent.
// What one had that is gone by now is taken back.
void sys_topics::publish_peers(const broker_figures& now) {
  std::vector<std::string> topics;
  for (const peer_figures& one : now.peers) {
    for (const auto& [name, value] : one.values) {
      topics.push_back(one.name + "/" + name);
      number(topics.back(), value);
    }
  }
  std::ranges::sort(topics);
  for (const std::string& before : peer_topics_) {
    if (!std::ranges::binary_search(topics, before)) publish(before, {});
  }
  peer_topics_ = std::move(topics);
}

void sys_topics::publish_loads(const traffic_figures<std::uint64_t>& totals, double minutes) {
  const std::array<std::uint64_t, 8> now = {totals.messages_received, totals.messages_sent,   totals.publish_received,
                                            totals.publish_sent,      totals.publish_dropped, totals.bytes_received,
                                            totals.bytes_sent,        totals.connections};
  for (std::size_t index = 0; index < loads_.size(); ++index) {
    load& one = loads_[index];
    const double per_minute = static_cast<double>(now[index] - one.last) / minutes;
    one.last = now[index];
    for (std::size_t window = 0; window < load_minutes.size(); ++window) {
      const double weight = std::exp(-minutes / load_minutes[window]);
      one.mean[window] = per_minute + weight * (one.mean[window] - per_minute);
      char text[32];
      std::snprintf(text, sizeof text, "%.2f", one.mean[window]);
      std::string name = "load/";
      publish(name.append(one.name).append("/").append(load_names[window]), text);
    }
  }
}

void sys_topics::number(std::string_view name, std::uint64_t value) {
  char digits[24];
  publish(name, {digits, std::to_chars(digits, digits + sizeof digits, value).ptr});
}

void sys_topics::publish(std::string_view name, std::string_view value) {
  std::string topic = "$SYS/broker/";
  topic += name;
  nanolib::publication what;
  what.topic = topic;
  what.topic_hash = nanolib::hash_text(topic);
  what.payload = nanolib::as_bytes(value);
  what.qos = nanolib::quality_of_service::exactly_once;
  what.retain = true;
  at_.retain_own(what);
  if (at_.is_wanted(topic)) at_.publish(what);
}

}  // namespace nanomq::broker
