// Reads operations on a store of topics out of a fuzzer's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nanolib::fuzz {

/// Numbers are bytes; texts are runs of letters that stand for levels, so that most of them are filters or names.
class operation_reader {
 public:
  explicit operation_reader(std::span<const std::uint8_t> data) noexcept : data_(data) {}

  [[nodiscard]] bool is_done() const noexcept { return at_ >= data_.size(); }
  std::uint8_t number() noexcept { return is_done() ? std::uint8_t{0} : data_[at_++]; }
  /// Up to the next byte above 127.
  std::string text() {
    constexpr std::string_view alphabet = "/+#ab$/+/c\x01!/$share/g//h/";
    std::string made;
    while (!is_done()) {
      const std::uint8_t byte = number();
      if (byte > 127) break;
      if (byte == 127) {
        made += "$share/g/";
      } else if (byte >= 64) {
        made += '/';
        made += "n" + std::to_string(byte);
      } else {
        made += alphabet[byte % alphabet.size()];
      }
    }
    return made;
  }

 private:
  std::span<const std::uint8_t> data_;
  std::size_t at_ = 0;
};

}  // namespace nanolib::fuzz
