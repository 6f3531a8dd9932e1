// Where a packet ends.
#include "nanonng/mqtt/decoder.hpp"

namespace nanonng::mqtt {

namespace {

[[nodiscard]] framing refuse(reason_code reason) noexcept {
  framing refused;
  refused.status = decode_status::error;
  refused.reason = reason;
  return refused;
}

}  // namespace

framing detail::next_frame_slow(bytes input, std::uint32_t maximum_packet_size) noexcept {
  if (input.empty()) return {};
  const auto first = std::to_integer<std::uint8_t>(input[0]);
  const unsigned flags = first & 0x0FU;
  // [MQTT-2.1.3-1] [MQTT-3.3.1-2] [MQTT-3.3.1-4] [MQTT-3.14.1-1] [MQTT-3.15.1-1]
  if ((allowed_flags[first >> 4U] >> flags & 1U) == 0) return refuse(reason_code::malformed_packet);

  std::size_t length = 0;
  std::size_t header = 1;
  std::uint8_t digit = 0x80;
  while (digit >= 0x80) {
    if (header == 5) return refuse(reason_code::malformed_packet);  // §1.5.5: four bytes at most
    if (header == input.size()) return {};
    digit = std::to_integer<std::uint8_t>(input[header]);
    length |= (digit & std::size_t{0x7F}) << (7 * (header - 1));
    ++header;
  }
  const std::size_t size = header + length;
  if (size > maximum_packet_size) return refuse(reason_code::packet_too_large);  // [MQTT-3.2.2-15]

  framing found;
  found.announced = size;
  if (input.size() < size) return found;
  found.status = decode_status::done;
  found.packet.type = static_cast<packet_type>(first >> 4U);
  found.packet.flags = static_cast<std::uint8_t>(flags);
  found.packet.padded_length = header > 2 && digit == 0;
  found.packet.body = input.subspan(header, length);
  found.packet.size = size;
  return found;
}

}  // namespace nanonng::mqtt
