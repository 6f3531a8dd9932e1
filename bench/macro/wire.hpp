// The few MQTT packets that a load client needs, written and read without the project's own codec: what checks the
// broker must not share its mistakes. Reads what a conforming server sends to these clients; not a validator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nanomq::bench {

enum class protocol : std::uint8_t { mqtt_3_1_1 = 4, mqtt_5_0 = 5 };

/// The types that matter here, as they stand in the upper half of the first byte.
enum class packet_type : std::uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  disconnect = 14,
};

using byte_buffer = std::vector<std::byte>;

void append_connect(byte_buffer& to, protocol version, std::string_view client_identifier);
void append_subscribe(byte_buffer& to, protocol version, std::uint16_t packet_identifier,
                      std::span<const std::string> filters, std::uint8_t qos);
/// PUBACK, PUBREC, PUBREL or PUBCOMP, success.
void append_acknowledgement(byte_buffer& to, packet_type type, std::uint16_t packet_identifier);
void append_disconnect(byte_buffer& to);

/// One control packet in a stream of bytes.
struct frame {
  std::uint8_t first = 0;  ///< type and flags
  std::span<const std::byte> body;
  std::size_t size = 0;  ///< header and body

  [[nodiscard]] packet_type type() const noexcept { return static_cast<packet_type>(first >> 4U); }
};

enum class framing : std::uint8_t { complete, partial, malformed };

/// Finds the packet at the beginning of `stream`; `found` is set only for `complete`.
[[nodiscard]] framing next_frame(std::span<const std::byte> stream, frame& found) noexcept;

/// A PUBLISH from the broker. The views are into the frame.
struct received_publish {
  std::string_view topic;
  std::uint8_t qos = 0;
  bool retain = false;
  bool duplicate = false;
  std::uint16_t packet_identifier = 0;
  std::span<const std::byte> payload;
};

/// PUBACK, PUBREC, PUBREL, PUBCOMP; also CONNACK, whose reason stands in its second byte.
struct received_acknowledgement {
  std::uint16_t packet_identifier = 0;
  std::uint8_t reason = 0;
};

struct received_suback {
  std::size_t granted = 0;
  std::size_t refused = 0;
};

// Each answers nothing for a packet that is shorter than its own fields say.
[[nodiscard]] std::optional<received_publish> read_publish(const frame& packet, protocol version) noexcept;
[[nodiscard]] std::optional<received_acknowledgement> read_acknowledgement(const frame& packet) noexcept;
[[nodiscard]] std::optional<received_suback> read_suback(const frame& packet, protocol version) noexcept;

}  // namespace nanomq::bench
