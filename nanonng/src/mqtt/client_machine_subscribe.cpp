// SUBSCRIBE and UNSUBSCRIBE, and their answers.
#include "nanolib/topic/topic.hpp"
#include "nanonng/mqtt/client_machine.hpp"
#include "self_check.hpp"

namespace nanonng::mqtt {

namespace {

using request_kind = request_window::kind;

[[nodiscard]] permit refused(const verdict& refusal) noexcept {
  return {.what = permit::kind::refused, .refusal = refusal};
}

/// What the server does not offer. The filters are checked.
[[nodiscard]] verdict check_offer(std::span<const subscription_request> entries, const server_limits& limits) noexcept {
  if (limits.wildcard_subscriptions && limits.shared_subscriptions) return {};
  for (const subscription_request& entry : entries) {
    const auto filter = nanolib::parse_topic_filter(entry.filter, {65'535, 65'536});
    if (!limits.wildcard_subscriptions && filter->has_wildcard) {
      return {reason_code::wildcard_subscriptions_not_supported, "wildcards not supported by the server"};
    }
    if (!limits.shared_subscriptions && filter->is_shared()) {
      return {reason_code::shared_subscriptions_not_supported, "shared subscriptions not supported by the server"};
    }
  }
  return {};
}

}  // namespace

// `append` is given the packet identifier, appends the packet, and returns what is wrong with it. Nothing here waits
// for the quota of messages [MQTT-3.3.4-8] [MQTT-4.9.0-3].
template <class Append>
permit client_machine::request(request_kind what, std::size_t filters, request_token token, Append&& append) {
  request_window& requests = session_->requests_;
  if (!is_open() || requests.size() == request_window::identifiers) return {.what = permit::kind::wait};
  request_window::entry* fresh = requests.enter(what, token);
  if (fresh == nullptr) return refused({reason_code::quota_exceeded, "out of memory"});
  fresh->at = request_window::stage::sent;
  fresh->filters = static_cast<std::uint32_t>(filters);
  const std::uint16_t identifier = fresh->packet_identifier;
  reason_code fault = reason_code::success;
  try {
    fault = append(identifier);
  } catch (...) {
    requests.erase(identifier);
    throw;
  }
  if (fault == reason_code::success) return {.what = permit::kind::send, .packet_identifier = identifier};
  requests.erase(identifier);
  return refused({fault, name_of(fault)});
}

permit client_machine::subscribe(std::span<const subscription_request> entries, bytes block, request_token token,
                                 buffer& out) {
  verdict refusal = check(entries, version_);
  if (!refusal.is_refusal()) refusal = check_offer(entries, limits_);
  if (refusal.is_refusal()) return refused(refusal);
  return request(request_kind::subscribe, entries.size(), token, [&](std::uint16_t identifier) {
    const auto encode = [&] { encode_subscribe_into(out, identifier, entries, version_, block); };
    return append_checked(out, limits_.maximum_packet_size, encode, [this](const frame& made) {  // [MQTT-3.2.2-15]
      subscribe_view view;
      const reason_code fault = decode(made, version_, any_limits, view);
      const bool has_identifier = view.props.has(property_id::subscription_identifier);
      if (fault != reason_code::success || limits_.subscription_identifiers || !has_identifier) return fault;
      return reason_code::subscription_identifiers_not_supported;
    });
  });
}

permit client_machine::unsubscribe(std::span<const std::string_view> filters, bytes block, request_token token,
                                   buffer& out) {
  const verdict refusal = check(filters);
  if (refusal.is_refusal()) return refused(refusal);
  return request(request_kind::unsubscribe, filters.size(), token, [&](std::uint16_t identifier) {
    const auto encode = [&] { encode_unsubscribe_into(out, identifier, filters, version_, block); };
    return append_checked(out, limits_.maximum_packet_size, encode, [this](const frame& made) {
      subscribe_view view;
      return decode(made, version_, any_limits, view);
    });
  });
}

client_action client_machine::on_suback(const frame& packet, client_incoming& into) noexcept {
  const reason_code fault = decode(packet, version_, settings_->limits, into.suback);
  if (fault != reason_code::success) return fail(fault, name_of(fault));
  request_window::entry* found = find_answerable(into.suback.packet_identifier);
  if (found == nullptr) return ignore("SUBACK or UNSUBACK that nobody waits for");
  const bool subscribes = packet.type == packet_type::suback;
  if (found->what != (subscribes ? request_kind::subscribe : request_kind::unsubscribe)) {
    return fail(reason_code::protocol_error, "SUBACK or UNSUBACK for another kind of request");
  }
  // [MQTT-3.8.4-6] [MQTT-3.11.3-1]; an UNSUBACK before 5.0 has none at all.
  if (into.suback.reasons.size() != found->filters && (subscribes || is_v5())) {
    return fail(reason_code::protocol_error, "not one reason for each filter");
  }
  const request_token token = found->token;
  finish(*found);
  return {.what = subscribes ? client_action::kind::subscribed : client_action::kind::unsubscribed, .token = token};
}

}  // namespace nanonng::mqtt
