#include "publish_template.hpp"

#include <algorithm>
#include <cstring>

namespace nanomq::bench {
namespace {

constexpr std::byte filler{'.'};
constexpr std::size_t longest_header = 5;

std::byte low_byte(std::size_t value) noexcept { return static_cast<std::byte>(value & 0xFFU); }

}  // namespace

publish_template::publish_template(protocol version, const publish_shape& shape)
    : topic_(shape.topic), qos_(shape.qos) {
  const std::size_t payload = std::max(shape.payload, least_payload);
  const std::size_t identifier = shape.qos == 0 ? 0 : 2;
  const std::size_t properties = version == protocol::mqtt_5_0 ? 1 : 0;
  const std::size_t body = 2 + topic_.size() + identifier + properties + payload;

  packet_.reserve(longest_header + body);
  packet_.push_back(low_byte(0x30U | unsigned{shape.qos} << 1U | (shape.retain ? 1U : 0U)));
  for (std::size_t length = body;; length >>= 7U) {
    packet_.push_back(low_byte((length & 0x7FU) | (length > 0x7FU ? 0x80U : 0U)));
    if (length <= 0x7FU) break;
  }
  packet_.push_back(low_byte(topic_.size() >> 8U));
  packet_.push_back(low_byte(topic_.size()));
  const auto name = std::as_bytes(std::span{topic_});
  packet_.insert(packet_.end(), name.begin(), name.end());
  identifier_at_ = packet_.size();
  packet_.resize(packet_.size() + identifier + properties);
  payload_at_ = packet_.size();
  packet_.resize(packet_.size() + payload, filler);
}

void publish_template::append_to(byte_buffer& to, std::uint16_t packet_identifier, const stamp& what) const {
  const std::size_t begin = to.size();
  to.insert(to.end(), packet_.begin(), packet_.end());
  std::byte* const packet = to.data() + begin;
  if (qos_ != 0) {
    packet[identifier_at_] = low_byte(std::size_t{packet_identifier} >> 8U);
    packet[identifier_at_ + 1] = low_byte(packet_identifier);
  }
  std::memcpy(packet + payload_at_, &what, sizeof what);
}

std::optional<stamp> publish_template::stamp_of(std::span<const std::byte> payload) const noexcept {
  const auto ours = std::span{packet_}.subspan(payload_at_);
  if (payload.size() != ours.size()) return std::nullopt;
  const auto tail = ours.size() - least_payload;
  if (tail != 0 && std::memcmp(payload.data() + least_payload, ours.data() + least_payload, tail) != 0)
    return std::nullopt;
  return read_stamp(payload);
}

std::optional<stamp> read_stamp(std::span<const std::byte> payload) noexcept {
  if (payload.size() < least_payload) return std::nullopt;
  stamp out;
  std::memcpy(&out, payload.data(), sizeof out);
  return out;
}

}  // namespace nanomq::bench
