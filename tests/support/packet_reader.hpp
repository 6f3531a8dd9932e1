// Reads the fields of a packet, strictly, for both directions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "octets.hpp"
#include "received_packet.hpp"

namespace nanomq::support {

[[noreturn]] inline void malformed(const std::string& what) {
  throw std::runtime_error("a bad packet was sent: " + what);
}

/// Reads fields and refuses to pass the end.
class reader {
 public:
  reader(const octets& bytes, std::size_t position, std::size_t end) : bytes_(bytes), position_(position), end_(end) {}

  unsigned u8() {
    if (position_ >= end_) malformed("cut short: " + bytes_.hex());
    return bytes_[position_++];
  }
  unsigned u16() {
    const unsigned high = u8();
    return (high << 8U) | u8();
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return (high << 16U) | u16();
  }
  std::uint32_t variable() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
      const unsigned byte = u8();
      value |= (byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) {
        if (byte == 0 && shift != 0) malformed("a variable byte integer longer than needed");
        return value;
      }
    }
    malformed("a variable byte integer of five bytes");
  }
  std::string text() { return raw(u16()); }
  std::string raw(std::size_t size) {
    std::string result;
    for (std::size_t i = 0; i < size; ++i) result += static_cast<char>(u8());
    return result;
  }
  [[nodiscard]] std::size_t left() const { return end_ - position_; }
  reader part(std::size_t size) {
    if (size > left()) malformed("properties longer than the packet");
    const reader result(bytes_, position_, position_ + size);
    position_ += size;
    return result;
  }

 private:
  const octets& bytes_;
  std::size_t position_;
  std::size_t end_;
};

/// The next property of a list. Errors: throws for one that MQTT does not have.
[[nodiscard]] received_property read_property(reader& in);

}  // namespace nanomq::support
