#include "nanomq/tools/load_plan.hpp"

#include <algorithm>

#include "nanolib/topic/topic.hpp"

namespace nanomq::tools {

std::uint32_t load_plan::publishers() const noexcept {
  if (kind == load_kind::publish) return clients;
  if (kind != load_kind::roundtrip) return 0;
  return pattern == load_pattern::fan_out ? 1 : clients;
}

std::uint32_t load_plan::subscribers() const noexcept {
  if (kind == load_kind::subscribe) return clients;
  if (kind != load_kind::roundtrip) return 0;
  return pattern == load_pattern::fan_in ? 1 : clients;
}

std::uint32_t load_plan::connections() const noexcept {
  return kind == load_kind::connect ? clients : publishers() + subscribers();
}

unsigned load_plan::useful_threads() const noexcept {
  // Who hears each other stays on one thread.
  const bool divisible = kind != load_kind::roundtrip || pattern == load_pattern::pairs;
  if (!divisible) return 1;
  const std::uint64_t parts = limit == 0 ? clients : std::min<std::uint64_t>(clients, limit);
  return std::clamp<unsigned>(threads, 1, static_cast<unsigned>(std::max<std::uint64_t>(parts, 1)));
}

std::expected<void, std::string> check(const load_plan& plan) {
  const auto refuse = [](const char* why) { return std::unexpected(std::string{why}); };
  if (plan.clients == 0) return refuse("there must be at least one client");
  if (plan.clients > 1'000'000) return refuse("a million clients are the most");
  if (plan.target.size == 0) return refuse("there is no address to connect to");
  const std::string topic = plan.message.topic.expand({.client_identifier = "c", .user_name = "u"});
  if (plan.kind == load_kind::subscribe) {
    if (!nanolib::parse_topic_filter(topic, {})) return refuse("this is no topic filter");
  } else if (plan.kind != load_kind::connect && nanolib::check_topic_name(topic, {}) != nanolib::topic_fault::none) {
    return refuse("this is no topic to publish to");
  }
  if (plan.message.payload->size() > 256U * 1024 * 1024 - 70'000) return refuse("the payload is too large for MQTT");
  if (plan.kind != load_kind::roundtrip) return {};
  if (!plan.message.stamped || plan.message.text || plan.message.payload->size() < stamp::size)
    return refuse("a roundtrip needs payloads of its own making, of 16 bytes or more, to account for each message");
  if (plan.message.retain) return refuse("a roundtrip does not publish retained messages: they would come twice");
  if (plan.message.topic.differs_by_message()) return refuse("a roundtrip has one topic for each publisher");
  if (plan.pattern == load_pattern::pairs && plan.clients > 1 && !plan.message.topic.differs_by_client())
    return refuse("pairs need topics of their own: put %i into the topic");
  if (plan.window == 0) return refuse("the window must have room for a message");
  return {};
}

}  // namespace nanomq::tools
