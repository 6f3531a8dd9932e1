#include "traffic.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;

constexpr auto between_churns = 1ms;
constexpr double longest_burst_s = 0.01;
constexpr std::size_t open_requests = 4;

// One publish in ... is of this kind; the rest are data.
constexpr unsigned retained_one_in = 12;
constexpr unsigned churned_one_in = 6;
constexpr unsigned shared_one_in = 8;

/// Whether a change of a retained topic deletes it. The payload cannot say it, so the number does.
bool deletes(std::uint32_t number) noexcept { return number % 5 == 3 || number % 7 == 6; }

}  // namespace

traffic::traffic(cast& who, bookkeeper& books, wills& testaments, double rate, random& chance)
    : cast_(who), books_(books), wills_(testaments), rate_(rate), chance_(chance), order_(who.members.size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
}

void traffic::broker_ready(clock::time_point now) {
  std::ranges::shuffle(order_, chance_);
  wills_.broker_ready(now);
  allowed_until_ = now;
  allowance_ = 0;
}

void traffic::pump(client_loop& loop, clock::time_point now, const activity& what) {
  connect(loop, what.everybody_online);
  send_probes();
  if (what.publishing) publish(now);
  if (what.churning && now >= next_churn_) {
    next_churn_ = now + between_churns;
    for (member& each : cast_.members) {
      if (each.what == role::churner) churn(each, loop);
    }
  }
  wills_.pump(loop, now, what.leaving_wills, chance_);
}

bool traffic::wants_connection(const member& which, bool everybody) const {
  if (which.what == role::testator) return false;  // wills_ connects them
  const bool away = which.what == role::offline && which.kept != standing::absent;
  return everybody || !away;
}

void traffic::connect(client_loop& loop, bool everybody) {
  for (const std::size_t at : order_) {
    member& each = cast_.members[at];
    if (client_loop::is_open(each.client) || !wants_connection(each, everybody)) continue;
    books_.begins(each, false);
    if (!loop.open(each.client, false)) return;  // the broker is gone: nobody else gets in either
  }
}

bool traffic::assembled(bool everybody) const {
  return std::ranges::all_of(cast_.members, [&](const member& each) {
    if (!wants_connection(each, everybody)) return true;
    if (!each.client.connected()) return false;
    return std::ranges::all_of(each.subscriptions, [&](std::size_t at) { return !cast_.subscriptions[at].request; });
  });
}

std::size_t traffic::under_way() const {
  std::size_t sum = 0;
  for (const member& each : cast_.members) sum += each.client.under_way();
  return sum;
}

void traffic::publish(clock::time_point now) {
  allowance_ += rate_ * std::chrono::duration<double>(now - allowed_until_).count();
  allowance_ = std::min(allowance_, std::max(1.0, rate_ * longest_burst_s));
  allowed_until_ = now;
  // One from each in turn, so that a low rate is shared by all.
  for (bool any = true; any && (rate_ <= 0 || allowance_ >= 1);) {
    any = false;
    for (member& each : cast_.members) {
      if (each.what != role::publisher || !each.client.has_room() || (rate_ > 0 && allowance_ < 1)) continue;
      publish_from(each);
      allowance_ -= 1;
      any = true;
    }
  }
}

void traffic::publish_from(member& which) {
  const flow wanted = happens(retained_one_in)  ? flow::retained
                      : happens(churned_one_in) ? flow::churned
                      : happens(shared_one_in)  ? flow::shared
                                                : flow::data;
  std::array<ledger::stream_id, 8> candidates{};
  std::size_t count = 0;
  for (const auto stream : which.streams) {
    if (cast_.streams[stream].kind == wanted && count < candidates.size()) candidates[count++] = stream;
  }
  if (count != 0) send(which, candidates[any_of(count)]);
}

void traffic::send(member& which, ledger::stream_id stream) {
  const stamp what{.stream = stream, .sequence = cast_.messages.sent(stream)};
  const stream_settings& settings = cast_.messages.settings(stream);
  const bool deletion = cast_.streams[stream].kind == flow::retained && deletes(what.sequence);
  if (cast_.streams[stream].kind == flow::retained)
    cast_.retained.sent(cast_.streams[stream].retained_topic, what.sequence, deletion);
  std::vector<std::byte> payload;
  if (!deletion) payload = make_payload(what, cast_.settings.payload);
  mqtt::outgoing_publish message;
  message.topic = settings.topic;
  message.payload = payload;
  message.retain = settings.retain;
  message.qos = static_cast<mqtt::quality_of_service>(settings.qos);
  which.client.publish(what, message);
}

void traffic::probe() {
  for (ledger::stream_id stream = 0; stream < cast_.streams.size(); ++stream) {
    const flow kind = cast_.streams[stream].kind;
    if (kind != flow::will && kind != flow::retained) to_probe_.push_back(stream);
  }
}

void traffic::send_probes() {
  std::erase_if(to_probe_, [&](ledger::stream_id stream) {
    member& publisher = cast_.members[cast_.streams[stream].publisher];
    if (!publisher.client.has_room()) return false;
    send(publisher, stream);
    return true;
  });
}

void traffic::churn(member& which, client_loop& loop) {
  if (!which.client.connected()) return;
  // Only MQTT 5 can begin anew and have what follows kept.
  if (which.client.settings().version == mqtt::protocol_version::v5 && happens(2'000)) {
    loop.cut(which.client);
    books_.begins(which, true);
    static_cast<void>(loop.open(which.client, true));
    return;
  }
  if (which.client.has_room() && happens(2)) send(which, which.streams.front());
  const auto open = std::ranges::count_if(which.subscriptions,
                                          [&](std::size_t at) { return cast_.subscriptions[at].request.has_value(); });
  if (static_cast<std::size_t>(open) >= open_requests) return;
  change(cast_.subscriptions[which.subscriptions[any_of(which.subscriptions.size())]]);
}

void traffic::change(subscription& which) {
  if (which.request || !which.history.certain()) return;
  const bool subscribed = which.history.current().has_value();
  if (!subscribed || happens(2)) return books_.request(which, options_for(which));
  // What waits for delivery may be dropped with the subscription; then nobody could tell that it was lost before.
  const bool owed =
      std::ranges::any_of(which.trackers, [&](auto each) { return cast_.messages.outstanding(each) != 0; });
  if (!owed) books_.request(which, std::nullopt);
}

subscription_options traffic::options_for(const subscription& which) {
  const bool modern = cast_.members[which.owner].client.settings().version == mqtt::protocol_version::v5;
  subscription_options out;
  out.qos = static_cast<std::uint8_t>(happens(8) ? 0 : 1 + any_of(2));
  if (!modern) return out;
  constexpr std::uint32_t largest_identifier = 268'435'455;
  const subscription_state& before = which.history.current();
  const bool keeps = before && !cast_.replaces_options;
  out.no_local = keeps ? before->no_local : happens(2);
  out.retain_as_published = keeps ? before->retain_as_published : happens(2);
  out.retain_handling = static_cast<std::uint8_t>(which.sees_retain_flags ? 2 : any_of(3));
  if (happens(2)) out.identifier = 1 + static_cast<std::uint32_t>(any_of(happens(4) ? largest_identifier : 200));
  return out;
}

void traffic::fall_silent() {
  for (member& each : cast_.members) {
    const bool may = each.what == role::silent || (each.what == role::sharer && happens(3));
    if (may && each.client.connected()) each.client.set_answering(happens(2) ? answering::silent : answering::deaf);
  }
}

}  // namespace nanomq::crash
