#include "nanolib/base/crc32c.hpp"

#include <array>

namespace nanolib {

namespace {

constexpr std::uint32_t polynomial = 0x82F63B78;  // 0x1EDC6F41, bits reversed

using table = std::array<std::uint32_t, 256>;

/// Eight tables, so that eight bytes are taken at a time: table n is for a byte with n bytes behind it.
constexpr std::array<table, 8> make_tables() noexcept {
  std::array<table, 8> made{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1U) ^ ((remainder & 1U) != 0 ? polynomial : 0);
    made[0][byte] = remainder;
  }
  for (std::size_t behind = 1; behind < 8; ++behind) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t nearer = made[behind - 1][byte];
      made[behind][byte] = (nearer >> 8U) ^ made[0][nearer & 0xFFU];
    }
  }
  return made;
}

constexpr std::array<table, 8> tables = make_tables();

std::uint32_t byte_at(bytes data, std::size_t at) noexcept { return std::to_integer<std::uint32_t>(data[at]); }

}  // namespace

std::uint32_t crc32c(bytes data, std::uint32_t before) noexcept {
  std::uint32_t sum = ~before;
  for (; data.size() >= 8; data = data.subspan(8)) {
    const std::uint32_t low =
        sum ^ (byte_at(data, 0) | byte_at(data, 1) << 8U | byte_at(data, 2) << 16U | byte_at(data, 3) << 24U);
    sum = tables[7][low & 0xFFU] ^ tables[6][low >> 8U & 0xFFU] ^ tables[5][low >> 16U & 0xFFU] ^
          tables[4][low >> 24U] ^ tables[3][byte_at(data, 4)] ^ tables[2][byte_at(data, 5)] ^
          tables[1][byte_at(data, 6)] ^ tables[0][byte_at(data, 7)];
  }
  for (std::size_t at = 0; at < data.size(); ++at) sum = (sum >> 8U) ^ tables[0][(sum ^ byte_at(data, at)) & 0xFFU];
  return ~sum;
}

}  // namespace nanolib
