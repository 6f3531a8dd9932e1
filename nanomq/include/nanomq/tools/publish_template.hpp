// A PUBLISH made once and stamped for each message: the load must cost less than what it measures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/message/message.hpp"
#include "nanomq/tools/stamp.hpp"
#include "nanonng/mqtt/encode_publish.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanomq::tools {

/// What many templates have in common.
using shared_payload = std::shared_ptr<const std::vector<std::byte>>;

/// A payload of `size` bytes that is the same in every program. The stamp goes over its beginning.
[[nodiscard]] shared_payload make_filler(std::size_t size);

struct publish_shape {
  std::string topic;
  nanolib::quality_of_service qos = nanolib::quality_of_service::at_most_once;
  bool retain = false;
  bool stamped = true;                     ///< false: the payload goes as it is
  std::vector<std::byte> properties = {};  ///< a well-formed block; MQTT 5
  shared_payload payload = {};             ///< with a stamp at least as long as one
};

/// Shape: encode_into() copies head and payload and writes eighteen bytes into them; the payload is shared.
/// Thread: immutable.
class publish_template {
 public:
  publish_template(nanonng::mqtt::protocol_version version, publish_shape shape);

  /// Bytes of the whole packet; 0 when the payload is too large for any.
  [[nodiscard]] std::size_t size() const noexcept { return head_.empty() ? 0 : head_.size() + payload().size(); }
  /// Writes size() bytes. `packet_identifier` and `dup` count only above QoS 0.
  void encode_into(std::byte* out, std::uint16_t packet_identifier, bool dup, const stamp& what) const noexcept;

  /// The message as the protocol's machine wants to be asked about it.
  [[nodiscard]] nanonng::mqtt::outgoing_publish outgoing() const noexcept;

  [[nodiscard]] const std::string& topic() const noexcept { return shape_.topic; }
  [[nodiscard]] nanolib::quality_of_service qos() const noexcept { return shape_.qos; }
  [[nodiscard]] bool stamped() const noexcept { return shape_.stamped; }
  [[nodiscard]] std::span<const std::byte> payload() const noexcept { return *shape_.payload; }

  /// Whether a payload that came back is, behind its stamp, what this template makes.
  [[nodiscard]] bool is_intact(std::span<const std::byte> received) const noexcept;

 private:
  publish_shape shape_;
  std::vector<std::byte> head_;  // everything before the payload
  std::size_t identifier_at_ = 0;
};

}  // namespace nanomq::tools
