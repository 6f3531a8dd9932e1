// Spelling packets in tests, and decoding them from memory that ends where they end.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "mqtt_round_trip.hpp"
#include "nanonng/mqtt/decoder.hpp"

namespace nanonng::mqtt::testing {

using octets = std::vector<std::uint8_t>;

inline constexpr std::uint32_t any_size = std::numeric_limits<std::uint32_t>::max();
inline constexpr protocol_version every_version[] = {protocol_version::v3_1, protocol_version::v3_1_1,
                                                     protocol_version::v5};

/// A heap block of exactly the size of the packet, so that AddressSanitizer sees the first byte read too far.
class exact {
 public:
  explicit exact(const octets& from) : memory_(new std::byte[from.size()]), size_(from.size()) {
    if (size_ != 0) std::memcpy(memory_.get(), from.data(), size_);
  }
  [[nodiscard]] bytes view() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_;
};

[[nodiscard]] inline octets join(std::initializer_list<octets> parts) {
  octets whole;
  for (const octets& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

[[nodiscard]] inline octets written(bytes from) {
  octets out(from.size());
  if (!from.empty()) std::memcpy(out.data(), from.data(), from.size());
  return out;
}

/// A string with its length before it.
[[nodiscard]] inline octets text(std::string_view value) {
  octets out{static_cast<std::uint8_t>(value.size() >> 8U), static_cast<std::uint8_t>(value.size() & 0xFFU)};
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

[[nodiscard]] inline octets variable(std::size_t value) {
  octets out;
  for (; value >= 0x80; value >>= 7U) out.push_back(static_cast<std::uint8_t>((value & 0x7FU) | 0x80U));
  out.push_back(static_cast<std::uint8_t>(value));
  return out;
}

/// A property block with its length before it.
[[nodiscard]] inline octets block(const octets& properties) { return join({variable(properties.size()), properties}); }

/// A packet: the first byte, the right remaining length, the body.
[[nodiscard]] inline octets packet(std::uint8_t first, const octets& body) {
  return join({{first}, variable(body.size()), body});
}

/// A packet and what it was decoded to.
template <class View>
struct decoded {
  explicit decoded(const octets& from, protocol_version version = protocol_version::v5,
                   const decode_limits& limits = {})
      : memory(from) {
    const framing found = next_frame(memory.view(), any_size);
    if (found.status != decode_status::done || found.packet.size != from.size()) {
      reason = found.status == decode_status::error ? found.reason : reason_code::unspecified_error;
      return;
    }
    if constexpr (std::is_same_v<View, connect_view>) {
      reason = decode(found.packet, limits, view);
    } else {
      reason = decode(found.packet, version, limits, view);
    }
  }

  exact memory;
  View view;
  reason_code reason = reason_code::success;
};

/// The verdict on a packet, whichever it is; unspecified_error when it isn't one whole frame.
[[nodiscard]] inline reason_code verdict(const octets& from, protocol_version version = protocol_version::v5,
                                         const decode_limits& limits = {}) {
  const exact memory(from);
  const framing found = next_frame(memory.view(), any_size);
  if (found.status == decode_status::error) return found.reason;
  if (found.status != decode_status::done || found.packet.size != from.size()) return reason_code::unspecified_error;
  return decode_any(found.packet, version, limits);
}

/// One packet as it is on the wire.
struct wire_vector {
  const char* name;
  protocol_version version;
  octets wire;
};

/// Well-formed packets of every type and version, in the form the encoder writes.
[[nodiscard]] const std::vector<wire_vector>& wire_vectors();

}  // namespace nanonng::mqtt::testing

namespace nanonng::mqtt {

/// How gtest shows a reason.
inline void PrintTo(reason_code code, std::ostream* out) { *out << name_of(code); }

}  // namespace nanonng::mqtt
