// Typed properties to wire form.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "nanonng/mqtt/encoder.hpp"
#include "nanonng/sdk/options.hpp"

namespace nanonng::sdk {

/// Everything but the expiry interval, which depends on when the message is sent.
void write_properties(const publish_properties& from, mqtt::property_writer& into);
void write_user_properties(std::span<const user_property> from, mqtt::property_writer& into);

/// What a property has that MQTT does not allow: strings that are not UTF-8 or too long, a response topic with wildcards.
/// success: nothing.
[[nodiscard]] mqtt::reason_code check_properties(const publish_properties& which) noexcept;
[[nodiscard]] mqtt::reason_code check_user_properties(std::span<const user_property> which) noexcept;

/// As properties carry it; what lies outside becomes the nearest that they can.
[[nodiscard]] std::uint32_t seconds_in_32_bits(std::chrono::seconds time) noexcept;

/// Text that a packet can carry.
[[nodiscard]] bool is_mqtt_text(std::string_view text) noexcept;

}  // namespace nanonng::sdk
