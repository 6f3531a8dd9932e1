#include "nanomq/tools/load_receivers.hpp"

#include <algorithm>

namespace nanomq::tools {
namespace {

constexpr std::string_view shared_prefix = "$share/";
constexpr std::uint64_t short_numbers = std::uint64_t{1} << 32;

std::uint64_t stream_key(std::uint32_t subscriber, const stamp& what) noexcept {
  return std::uint64_t{subscriber} << 40U | std::uint64_t{what.run} << 24U | (what.publisher & 0xFFFFFFU);
}

}  // namespace

load_receivers::load_receivers(const load_plan& plan, const load_run_facts& facts, load_counters& counters,
                               load_publishers& publishers, const population& clients)
    : plan_(plan),
      facts_(facts),
      counters_(counters),
      publishers_(publishers),
      clients_(clients),
      granted_qos_(std::min(plan.message.qos, plan.subscribe_qos)),
      follows_(!plan.message.topic.text().starts_with(shared_prefix)) {
  if (plan.kind != load_kind::roundtrip) return;
  streams_.resize(plan.pattern == load_pattern::fan_in ? clients.publishers : clients.subscribers);
}

void load_receivers::arrived(std::uint32_t subscriber, const nanonng::mqtt::publish_view& message, moment arrived) {
  counters_[load_count::received].add();
  counters_[load_count::payload_received].add(message.payload.size());
  const auto what = stamp::decode_from(message.payload);
  if (plan_.kind == load_kind::roundtrip) {
    if (!what || what->run != facts_.run) return counters_[load_count::changed].add();
    if (!check_roundtrip(subscriber, *what, message)) return;
  } else if (what) {
    follow(subscriber, *what);
  } else {
    return counters_[load_count::unchecked].add();
  }
  time(*what, arrived);
}

bool load_receivers::check_roundtrip(std::uint32_t subscriber, const stamp& what,
                                     const nanonng::mqtt::publish_view& message) {
  const std::uint64_t from = what.publisher - clients_.first;
  const bool pairs = plan_.pattern == load_pattern::pairs;
  if (from >= clients_.publishers || (pairs && from != subscriber)) {
    counters_[load_count::misdelivered].add();
    return false;
  }
  const auto publisher = static_cast<std::uint32_t>(from);
  arrival_check& stream = streams_[plan_.pattern == load_pattern::fan_in ? publisher : subscriber];
  const publish_template& sent = publishers_.message(publisher);
  const bool whole = message.topic == sent.topic() && sent.is_intact(message.payload);
  const bool flagged = message.retain || message.qos != granted_qos_;
  const auto ahead = static_cast<std::int32_t>(what.sequence - static_cast<std::uint32_t>(publishers_.sent(publisher)));
  if (!whole || flagged || ahead >= 0) {
    counters_[load_count::changed].add();
    return false;
  }
  stream.arrived_short(what.sequence);
  publishers_.delivered(publisher);
  return true;
}

void load_receivers::follow(std::uint32_t subscriber, const stamp& what) {
  if (!follows_) return;
  const std::uint64_t key = stream_key(subscriber, what);
  auto found = followed_.find(key);
  if (found == followed_.end()) {
    if (followed_.size() >= most_streams) return;
    // Far enough from zero that an earlier one may still come.
    found = followed_.emplace(key, arrival_check{short_numbers + what.sequence}).first;
  }
  found->second.arrived_short(what.sequence);
}

void load_receivers::time(const stamp& what, moment arrived) noexcept {
  const auto taken = facts_.clock.since(what.ticks, arrived);
  if (taken < -stamp_clock::tick{1}) counters_[load_count::skewed].add();
  if (arrived - taken >= measure_from_) latencies_.record(taken);
}

arrival_account load_receivers::account() const {
  arrival_account out;
  const auto add = [&](const arrival_check& stream, std::uint64_t missing) {
    out.missing += missing;
    out.duplicates += stream.duplicates();
    out.reordered += stream.reordered();
    ++out.streams;
  };
  for (const auto& [key, stream] : followed_) add(stream, stream.missing());
  for (std::size_t at = 0; at < streams_.size(); ++at) {
    const auto publisher = static_cast<std::uint32_t>(plan_.pattern == load_pattern::fan_out ? 0 : at);
    add(streams_[at], streams_[at].missing(publishers_.sent(publisher)));
  }
  return out;
}

}  // namespace nanomq::tools
