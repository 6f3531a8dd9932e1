#include "sha1.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace nanonng::net {

namespace {

using words = std::array<std::uint32_t, 5>;
using block = std::array<std::uint8_t, 64>;

void mix(words& state, const block& data) noexcept {
  std::array<std::uint32_t, 80> w;
  for (std::size_t t = 0; t < 16; ++t) {
    w[t] = static_cast<std::uint32_t>(data[t * 4]) << 24U | static_cast<std::uint32_t>(data[t * 4 + 1]) << 16U |
           static_cast<std::uint32_t>(data[t * 4 + 2]) << 8U | data[t * 4 + 3];
  }
  for (std::size_t t = 16; t < 80; ++t) w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
  auto [a, b, c, d, e] = state;
  for (std::size_t t = 0; t < 80; ++t) {
    const std::uint32_t f = t < 20 ? (b & c) | (~b & d) : t < 40 || t >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
    const std::uint32_t k = t < 20 ? 0x5A827999U : t < 40 ? 0x6ED9EBA1U : t < 60 ? 0x8F1BBCDCU : 0xCA62C1D6U;
    const std::uint32_t next = std::rotl(a, 5) + f + e + k + w[t];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
}

}  // namespace

std::array<std::uint8_t, 20> sha1(std::string_view text) noexcept {
  words state{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
  const std::uint64_t bits = static_cast<std::uint64_t>(text.size()) * 8;
  block data{};
  while (text.size() >= data.size()) {
    std::copy_n(text.begin(), data.size(), data.begin());
    mix(state, data);
    text.remove_prefix(data.size());
  }
  data = {};
  std::ranges::copy(text, data.begin());
  data[text.size()] = 0x80;
  if (text.size() >= 56) {
    mix(state, data);
    data = {};
  }
  for (std::size_t i = 0; i < 8; ++i) data[56 + i] = static_cast<std::uint8_t>(bits >> (56U - 8 * i));
  mix(state, data);
  std::array<std::uint8_t, 20> digest;
  for (std::size_t i = 0; i < digest.size(); ++i)
    digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24U - 8 * (i % 4)));
  return digest;
}

}  // namespace nanonng::net
