#include "nanomq/tools/property_argument.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "nanolib/topic/topic.hpp"

namespace nanomq::tools {
namespace {

using nanonng::mqtt::find_property_rule;
using nanonng::mqtt::property_id;
using nanonng::mqtt::property_place;
using nanonng::mqtt::property_rule;
using nanonng::mqtt::property_type;

struct packet_name {
  std::string_view name;
  property_place place;
  bool supported;  // others are words of the grammar that no tool has a use for
};
constexpr std::array<packet_name, 14> packets{{
    {"connect", property_place::connect, true},
    {"publish", property_place::publish, true},
    {"subscribe", property_place::subscribe, true},
    {"unsubscribe", property_place::unsubscribe, true},
    {"disconnect", property_place::disconnect, true},
    {"will", property_place::will, true},
    {"connack", property_place::connack, false},
    {"puback", property_place::puback, false},
    {"pubrec", property_place::pubrec, false},
    {"pubrel", property_place::pubrel, false},
    {"pubcomp", property_place::pubcomp, false},
    {"suback", property_place::suback, false},
    {"unsuback", property_place::unsuback, false},
    {"auth", property_place::auth, false},
}};

bool same_letters(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

const property_rule* find_by_name(std::string_view name) {
  for (std::uint32_t id = 1; id <= std::to_underlying(property_id::shared_subscription_available); ++id) {
    const auto* const rule = find_property_rule(id);
    if (rule != nullptr && same_letters(property_name(*rule), name)) return rule;
  }
  return nullptr;
}

std::uint64_t largest(property_type type) noexcept {
  if (type == property_type::byte) return std::numeric_limits<std::uint8_t>::max();
  if (type == property_type::two_byte) return std::numeric_limits<std::uint16_t>::max();
  if (type == property_type::variable_byte) return 268'435'455;
  return std::numeric_limits<std::uint32_t>::max();
}

// Words about the first fault, or empty.
std::string set_value(property_argument& into, const property_rule& rule, std::string_view value) {
  const auto about = [&rule](std::string_view what) { return std::string(what) + property_name(rule) + "."; };
  switch (rule.type) {
    case property_type::text:
      if (!nanolib::is_valid_utf8(nanolib::as_bytes(value))) return about("Malformed UTF-8 in property ");
      [[fallthrough]];
    case property_type::binary:
      if (value.size() > std::numeric_limits<std::uint16_t>::max()) {
        return about("Property value too long for property ");
      }
      into.text = value;
      return {};
    case property_type::text_pair:
      break;
    default: {
      const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), into.number);
      const bool whole = fault == std::errc() && end == value.data() + value.size() && !value.empty();
      if (!whole || into.number > largest(rule.type)) {
        return about("Property value (" + std::string(value) + ") out of range for property ");
      }
    }
  }
  return {};
}

}  // namespace

std::string property_name(const property_rule& rule) {
  std::string name(rule.name);
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::size_t property_arguments::read(std::span<const std::string_view> words, std::string& why) {
  const auto refuse = [&why](std::string text) {
    why = std::move(text);
    return std::size_t{0};
  };
  constexpr const char* too_few = "--property argument given but not enough arguments specified.";
  if (words.size() < 3) return refuse(too_few);
  const auto packet = std::ranges::find_if(packets, [&](const auto& one) { return same_letters(one.name, words[0]); });
  if (packet == packets.end()) return refuse("Invalid command given in --property argument.");
  const auto* const rule = find_by_name(words[1]);
  if (rule == nullptr) return refuse("Invalid property name given in --property argument.");
  const auto not_for = [&](const char* what) {
    return refuse(std::string(words[1]) + " property not " + what + " for " + std::string(words[0]) +
                  " in --property argument.");
  };
  if ((rule->places >> static_cast<unsigned>(packet->place) & 1U) == 0) return not_for("allowed");

  property_argument made{.place = packet->place, .id = rule->id, .number = 0, .text = {}, .value = {}};
  std::size_t used = 3;
  if (rule->type == property_type::text_pair) {
    if (words.size() < 4) return refuse(too_few);
    made.text = words[2];
    made.value = words[3];
    used = 4;
    if (!nanolib::is_valid_utf8(nanolib::as_bytes(made.text)) ||
        !nanolib::is_valid_utf8(nanolib::as_bytes(made.value))) {
      return refuse("Malformed UTF-8 in property " + property_name(*rule) + ".");
    }
  }
  // Only servers put the subscription's identifier into PUBLISH.
  const bool servers_only =
      packet->place == property_place::publish && rule->id == property_id::subscription_identifier;
  if (!packet->supported || servers_only) return not_for("supported");
  if (auto fault = set_value(made, *rule, words[2]); !fault.empty()) return refuse(std::move(fault));
  list_.push_back(std::move(made));
  return used;
}

const property_argument* property_arguments::find(property_place place, property_id id) const noexcept {
  const property_argument* found = nullptr;
  for (const auto& one : list_) {
    if (one.place == place && one.id == id) found = &one;
  }
  return found;
}

std::string property_arguments::check() const {
  for (const auto& one : list_) {
    const auto* const rule = find_property_rule(std::to_underlying(one.id));
    const auto same = [&](const auto& other) { return other.place == one.place && other.id == one.id; };
    if (rule->repeatable && one.place != property_place::subscribe) continue;
    if (one.id == property_id::user_property || std::ranges::count_if(list_, same) < 2) continue;
    return "The property " + property_name(*rule) + " may be given once only.";
  }
  return {};
}

}  // namespace nanomq::tools
