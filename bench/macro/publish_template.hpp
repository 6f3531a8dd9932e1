// A PUBLISH made once and stamped for each message: the load must cost less than what it measures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wire.hpp"

namespace nanomq::bench {

/// What the first sixteen bytes of every payload say.
struct stamp {
  std::uint64_t sent_ns = 0;  ///< steady clock; when the message was due, not when there was room for it
  std::uint32_t publisher = 0;
  std::uint32_t sequence = 0;
};
inline constexpr std::size_t least_payload = sizeof(stamp);

struct publish_shape {
  std::string topic;
  std::uint8_t qos = 0;
  bool retain = false;
  std::size_t payload = least_payload;  ///< at least `least_payload`
};

/// Shape: append_to() copies the packet and writes eighteen bytes into it. Thread: immutable.
class publish_template {
 public:
  publish_template(protocol version, const publish_shape& shape);

  /// `packet_identifier` counts only above QoS 0.
  void append_to(byte_buffer& to, std::uint16_t packet_identifier, const stamp& what) const;

  [[nodiscard]] std::string_view topic() const noexcept { return topic_; }
  [[nodiscard]] std::uint8_t qos() const noexcept { return qos_; }

  /// The stamp of a payload that is exactly as this template makes them; nothing for any other.
  [[nodiscard]] std::optional<stamp> stamp_of(std::span<const std::byte> payload) const noexcept;

 private:
  std::string topic_;
  std::uint8_t qos_;
  byte_buffer packet_;
  std::size_t identifier_at_ = 0;
  std::size_t payload_at_ = 0;
};

/// The stamp at the beginning of any payload long enough to have one.
[[nodiscard]] std::optional<stamp> read_stamp(std::span<const std::byte> payload) noexcept;

}  // namespace nanomq::bench
