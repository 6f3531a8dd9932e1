// The table of properties: MQTT 5.0 §2.2.2.2, table 2-4.
#include <array>

#include "nanonng/mqtt/properties.hpp"

namespace nanonng::mqtt {

namespace {

using enum property_id;
using type = property_type;
using place = property_place;

template <class... Places>
[[nodiscard]] constexpr std::uint16_t in(Places... places) noexcept {
  return static_cast<std::uint16_t>(((1U << static_cast<unsigned>(places)) | ...));
}

constexpr std::uint16_t message = in(place::publish, place::will);
constexpr std::uint16_t everywhere = (1U << (static_cast<unsigned>(place::will) + 1)) - 1;
constexpr std::uint16_t authenticating = in(place::connect, place::connack, place::auth);
constexpr std::uint16_t both_ways = in(place::connect, place::connack);
constexpr std::uint16_t answers = in(place::connack, place::puback, place::pubrec, place::pubrel, place::pubcomp,
                                     place::suback, place::unsuback, place::disconnect, place::auth);

constexpr property_rule rules[] = {
    {payload_format_indicator, type::byte, message, false, "payload format indicator"},
    {message_expiry_interval, type::four_byte, message, false, "message expiry interval"},
    {content_type, type::text, message, false, "content type"},
    {response_topic, type::text, message, false, "response topic"},
    {correlation_data, type::binary, message, false, "correlation data"},
    {subscription_identifier, type::variable_byte, in(place::publish, place::subscribe), true,
     "subscription identifier"},
    {session_expiry_interval, type::four_byte, in(place::connect, place::connack, place::disconnect), false,
     "session expiry interval"},
    {assigned_client_identifier, type::text, in(place::connack), false, "assigned client identifier"},
    {server_keep_alive, type::two_byte, in(place::connack), false, "server keep alive"},
    {authentication_method, type::text, authenticating, false, "authentication method"},
    {authentication_data, type::binary, authenticating, false, "authentication data"},
    {request_problem_information, type::byte, in(place::connect), false, "request problem information"},
    {will_delay_interval, type::four_byte, in(place::will), false, "will delay interval"},
    {request_response_information, type::byte, in(place::connect), false, "request response information"},
    {response_information, type::text, in(place::connack), false, "response information"},
    {server_reference, type::text, in(place::connack, place::disconnect), false, "server reference"},
    {reason_string, type::text, answers, false, "reason string"},
    {receive_maximum, type::two_byte, both_ways, false, "receive maximum"},
    {topic_alias_maximum, type::two_byte, both_ways, false, "topic alias maximum"},
    {topic_alias, type::two_byte, in(place::publish), false, "topic alias"},
    {maximum_qos, type::byte, in(place::connack), false, "maximum QoS"},
    {retain_available, type::byte, in(place::connack), false, "retain available"},
    {user_property, type::text_pair, everywhere, true, "user property"},
    {maximum_packet_size, type::four_byte, both_ways, false, "maximum packet size"},
    {wildcard_subscription_available, type::byte, in(place::connack), false, "wildcard subscription available"},
    {subscription_identifier_available, type::byte, in(place::connack), false, "subscription identifier available"},
    {shared_subscription_available, type::byte, in(place::connack), false, "shared subscription available"},
};

constexpr std::size_t largest_id = static_cast<std::size_t>(shared_subscription_available);

/// Row of each identifier plus one, 0 where there is none.
constexpr auto row_of = [] {
  std::array<std::uint8_t, largest_id + 1> rows{};
  std::uint8_t row = 0;
  for (const property_rule& rule : rules) rows[static_cast<std::size_t>(rule.id)] = ++row;
  return rows;
}();

}  // namespace

const property_rule* find_property_rule(std::uint32_t id) noexcept {
  if (id > largest_id || row_of[id] == 0) return nullptr;
  return &rules[row_of[id] - 1];
}

}  // namespace nanonng::mqtt
