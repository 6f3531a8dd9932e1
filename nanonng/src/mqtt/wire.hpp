// The integers, strings and lengths that every packet is made of, read from a span that is never left.
//
// Internal to the codec. A take function that answers false has found the packet cut short (or the field malformed); what
// it read is of no use then and the reader isn't to be used further.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nanolib/topic/topic.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// The largest variable byte integer. Spec: MQTT 5.0 §1.5.5.
inline constexpr std::uint32_t maximum_variable_byte_integer = 268'435'455;

/// The most that a length of two bytes can say.
inline constexpr std::size_t maximum_string_size = 65'535;

/// A cursor over bytes somebody else owns.
class wire_reader {
 public:
  explicit wire_reader(bytes from) noexcept : rest_(from) {}

  [[nodiscard]] bytes rest() const noexcept { return rest_; }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  [[nodiscard]] bool take_byte(std::uint32_t& into) noexcept {
    if (left() < 1) return false;
    into = byte_at(0);
    rest_ = rest_.subspan(1);
    return true;
  }
  [[nodiscard]] bool take_two_bytes(std::uint32_t& into) noexcept {
    if (left() < 2) return false;
    into = byte_at(0) << 8U | byte_at(1);
    rest_ = rest_.subspan(2);
    return true;
  }
  [[nodiscard]] bool take_two_bytes(std::uint16_t& into) noexcept {
    std::uint32_t wide = 0;
    if (!take_two_bytes(wide)) return false;
    into = static_cast<std::uint16_t>(wide);
    return true;
  }
  [[nodiscard]] bool take_four_bytes(std::uint32_t& into) noexcept {
    if (left() < 4) return false;
    into = byte_at(0) << 24U | byte_at(1) << 16U | byte_at(2) << 8U | byte_at(3);
    rest_ = rest_.subspan(4);
    return true;
  }

  /// Also false for a fifth byte and for more bytes than the value needs [MQTT-1.5.5-1].
  [[nodiscard]] bool take_variable_byte_integer(std::uint32_t& into) noexcept {
    into = 0;
    for (std::size_t i = 0; i < 4 && i < left(); ++i) {
      const std::uint32_t digit = byte_at(i);
      into |= (digit & 0x7FU) << (7 * i);
      if (digit < 0x80) {
        rest_ = rest_.subspan(i + 1);
        return i == 0 || digit != 0;
      }
    }
    return false;
  }

  /// `size` bytes as they are.
  [[nodiscard]] bool take(std::size_t size, bytes& into) noexcept {
    if (left() < size) return false;
    into = rest_.first(size);
    rest_ = rest_.subspan(size);
    return true;
  }
  /// Bytes behind a length of two bytes. Spec: MQTT 5.0 §1.5.6.
  [[nodiscard]] bool take_binary(bytes& into) noexcept {
    std::uint32_t size = 0;
    return take_two_bytes(size) && take(size, into);
  }
  /// The same as text that nobody has checked yet.
  [[nodiscard]] bool take_unchecked_text(std::string_view& into) noexcept {
    bytes raw;
    if (!take_binary(raw)) return false;
    into = nanolib::as_text(raw);
    return true;
  }
  /// A UTF-8 encoded string. Spec: MQTT 5.0 §1.5.4 [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-1.5.4-3].
  [[nodiscard]] bool take_text(std::string_view& into) noexcept {
    bytes raw;
    if (!take_binary(raw) || !nanolib::is_valid_utf8(raw)) return false;
    into = nanolib::as_text(raw);
    return true;
  }

 private:
  [[nodiscard]] std::uint32_t byte_at(std::size_t at) const noexcept {
    return std::to_integer<std::uint32_t>(rest_[at]);
  }

  bytes rest_;
};

/// Whether a payload that says it is text is UTF-8. Unlike MQTT's strings it may contain U+0000. Spec: §3.3.2.3.2.
[[nodiscard]] bool is_text_payload(bytes payload) noexcept;

/// What a topic name (of PUBLISH, or of a will) is refused with; success for one in order.
[[nodiscard]] inline reason_code check_topic(std::string_view topic, const decode_limits& limits) noexcept {
  switch (nanolib::check_topic_name(topic, {limits.maximum_topic_size, limits.maximum_topic_levels})) {
    case nanolib::topic_fault::none:
      return reason_code::success;
    case nanolib::topic_fault::not_utf8:
      return reason_code::malformed_packet;
    default:
      return reason_code::topic_name_invalid;
  }
}

}  // namespace nanonng::mqtt
