// What a client sent, parsed by the book and strictly: what the scripted server sees.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mqtt_packets.hpp"
#include "received_packet.hpp"

namespace nanomq::support {

/// A control packet from a client. Members that the type doesn't have keep their defaults.
struct client_packet {
  packet_kind kind{};
  unsigned flags = 0;
  octets bytes;  ///< the whole packet
  unsigned id = 0;
  unsigned code = 0;
  std::string topic;
  std::string payload;
  std::vector<filter_request> filters;  ///< of SUBSCRIBE and UNSUBSCRIBE
  received_properties props;
  // CONNECT
  unsigned level = 0;
  bool clean_start = false;
  unsigned keep_alive = 0;
  std::string client_id;
  std::optional<will_message> will;
  received_properties will_props;
  std::optional<std::string> user_name;
  std::optional<std::string> password;

  [[nodiscard]] unsigned qos() const { return (flags >> 1U) & 3U; }
  [[nodiscard]] bool dup() const { return (flags & 8U) != 0; }
  [[nodiscard]] bool retain() const { return (flags & 1U) != 0; }
  [[nodiscard]] std::string described() const;
};

/// Parses one whole packet. Errors: throws std::runtime_error that says what the client did wrong.
[[nodiscard]] client_packet parse_client_packet(const octets& bytes, version v);

}  // namespace nanomq::support
