#include "nanomq/tools/publish_template.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace nanomq::tools {

using nanolib::quality_of_service;
using nanonng::mqtt::protocol_version;

shared_payload make_filler(std::size_t size) {
  std::vector<std::byte> made(size);
  // Neither constant nor random: a broker that exchanges pieces shows, and a compressor on the way gains little.
  std::uint32_t state = 1;
  for (std::byte& each : made) {
    state = state * 1'664'525U + 1'013'904'223U;
    each = static_cast<std::byte>('a' + (state >> 24U) % 26);
  }
  return std::make_shared<const std::vector<std::byte>>(std::move(made));
}

publish_template::publish_template(protocol_version version, publish_shape shape) : shape_(std::move(shape)) {
  auto packet = outgoing();
  packet.packet_identifier = 1;
  const auto size = size_of(packet, version);
  if (!size.fits()) return;
  head_.resize(size.head);
  encode_head_into(head_.data(), packet, size, version);
  // The identifier stands behind fixed header and topic, and before the properties if there are any.
  const std::uint32_t block = size.properties_length;
  const std::size_t properties =
      version == protocol_version::v5 ? nanonng::mqtt::detail::variable_size(block) + block : 0;
  identifier_at_ = head_.size() - properties - 2;
}

nanonng::mqtt::outgoing_publish publish_template::outgoing() const noexcept {
  nanonng::mqtt::outgoing_publish packet;
  packet.topic = shape_.topic;
  packet.properties = shape_.properties;
  packet.payload = payload();
  packet.retain = shape_.retain;
  packet.qos = shape_.qos;
  return packet;
}

void publish_template::encode_into(std::byte* out, std::uint16_t packet_identifier, bool dup,
                                   const stamp& what) const noexcept {
  std::memcpy(out, head_.data(), head_.size());
  if (shape_.qos != quality_of_service::at_most_once) {
    if (dup) out[0] |= std::byte{8};
    static_cast<void>(nanonng::mqtt::detail::put_two_bytes(out + identifier_at_, packet_identifier));
  }
  std::byte* const body = out + head_.size();
  const auto whole = payload();
  const std::size_t stamped = shape_.stamped ? std::min(stamp::size, whole.size()) : 0;
  if (whole.size() > stamped) std::memcpy(body + stamped, whole.data() + stamped, whole.size() - stamped);
  if (stamped == stamp::size) what.encode_into(body);
}

bool publish_template::is_intact(std::span<const std::byte> received) const noexcept {
  const auto whole = payload();
  if (received.size() != whole.size()) return false;
  const std::size_t stamped = shape_.stamped ? std::min(stamp::size, whole.size()) : 0;
  const std::size_t rest = whole.size() - stamped;
  return rest == 0 || std::memcmp(received.data() + stamped, whole.data() + stamped, rest) == 0;
}

}  // namespace nanomq::tools
