// Bytes as a test spells them: one field per call. Independent of the library's codec, so that errors don't cancel out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace nanomq::support {

/// A byte string that grows field by field in MQTT's encodings.
class octets {
 public:
  octets() = default;
  octets(std::initializer_list<int> values) {
    for (int value : values) u8(static_cast<unsigned>(value));
  }

  octets& u8(unsigned value) {
    bytes_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  octets& u16(unsigned value) { return u8(value >> 8U).u8(value & 0xFFU); }
  octets& u32(std::uint32_t value) { return u16(value >> 16U).u16(value & 0xFFFFU); }
  /// Spec: MQTT 5.0 §1.5.5.
  octets& variable(std::uint32_t value) {
    do {
      const std::uint32_t rest = value >> 7U;
      u8((value & 0x7FU) | (rest != 0 ? 0x80U : 0U));
      value = rest;
    } while (value != 0);
    return *this;
  }
  octets& raw(std::string_view text) {
    for (char c : text) u8(static_cast<std::uint8_t>(c));
    return *this;
  }
  octets& raw(const octets& other) {
    bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
    return *this;
  }
  /// Two bytes of length, then the text: UTF-8 strings and binary data. The text is not checked.
  octets& text(std::string_view value) { return u16(static_cast<unsigned>(value.size())).raw(value); }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] const std::uint8_t* data() const { return bytes_.data(); }
  [[nodiscard]] std::uint8_t operator[](std::size_t index) const { return bytes_.at(index); }
  [[nodiscard]] octets first(std::size_t count) const {
    octets result;
    result.bytes_.assign(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(count));
    return result;
  }
  [[nodiscard]] octets from(std::size_t start) const {
    octets result;
    result.bytes_.assign(bytes_.begin() + static_cast<std::ptrdiff_t>(start), bytes_.end());
    return result;
  }
  void set(std::size_t index, unsigned value) { bytes_.at(index) = static_cast<std::uint8_t>(value); }
  void resize(std::size_t size) { bytes_.resize(size); }
  [[nodiscard]] std::string hex() const {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (std::size_t i = 0; i < bytes_.size() && i < 64; ++i) {
      result += digits[bytes_[i] >> 4U];
      result += digits[bytes_[i] & 15U];
      result += ' ';
    }
    if (bytes_.size() > 64) result += "...";
    return result;
  }
  bool operator==(const octets&) const = default;

 private:
  std::vector<std::uint8_t> bytes_;
};

/// A whole packet: the first byte, the Remaining Length of the body, the body.
[[nodiscard]] inline octets framed(unsigned first_byte, const octets& body) {
  return octets().u8(first_byte).variable(static_cast<std::uint32_t>(body.size())).raw(body);
}

}  // namespace nanomq::support
