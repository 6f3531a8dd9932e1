// What came back from the broker, parsed by the book and strictly: a packet that the standard does not allow is a failure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqtt_packets.hpp"

namespace nanomq::support {

/// One property with its value in the member that its type has.
struct received_property {
  unsigned id = 0;
  std::uint32_t number = 0;
  std::string text;
  std::string second;  ///< the value of a user property; its key is in text
};

class received_properties {
 public:
  [[nodiscard]] bool has(unsigned id) const { return count(id) != 0; }
  [[nodiscard]] std::size_t count(unsigned id) const;
  [[nodiscard]] std::optional<std::uint32_t> number(unsigned id) const;
  [[nodiscard]] std::optional<std::string> text(unsigned id) const;
  [[nodiscard]] std::vector<std::uint32_t> numbers(unsigned id) const;
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> user() const;
  [[nodiscard]] bool empty() const { return list.empty(); }

  std::vector<received_property> list;
};

/// A control packet from the server. Members that the type doesn't have keep their defaults.
struct received_packet {
  packet_kind kind{};
  unsigned flags = 0;
  octets bytes;  ///< the whole packet
  unsigned id = 0;
  unsigned code = 0;
  bool session_present = false;
  std::vector<unsigned> codes;  ///< of SUBACK and UNSUBACK
  std::string topic;
  std::string payload;
  received_properties props;

  [[nodiscard]] unsigned qos() const { return (flags >> 1U) & 3U; }
  [[nodiscard]] bool dup() const { return (flags & 8U) != 0; }
  [[nodiscard]] bool retain() const { return (flags & 1U) != 0; }
  /// "PUBLISH flags 2 id 1 topic a/b payload x", for failure messages.
  [[nodiscard]] std::string described() const;
};

/// The length of the packet at the start of the bytes, or nothing while its header is incomplete.
/// Errors: throws std::runtime_error for a Remaining Length that isn't one.
[[nodiscard]] std::optional<std::size_t> packet_length(const octets& bytes);

/// Parses one whole packet. Errors: throws std::runtime_error that says what the server did wrong.
[[nodiscard]] received_packet parse_packet(const octets& bytes, version v);

}  // namespace nanomq::support
