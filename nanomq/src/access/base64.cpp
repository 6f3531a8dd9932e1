#include "base64.hpp"

#include <cstdint>
#include <string>

namespace nanomq::access {
namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::optional<std::vector<std::byte>> decode_base64(std::string_view text, bool padded) {
  if (padded) {
    if (text.size() % 4 != 0) return {};
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return {};
  std::vector<std::byte> out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto value = letters.find(c);
    if (value == std::string_view::npos) return {};
    bits = (bits << 6U | static_cast<std::uint32_t>(value)) & 0xFFFFFFU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<std::byte>(bits >> held & 0xFFU));
  }
  if ((bits & ((1U << held) - 1U)) != 0) return {};  // two spellings of the same would be
  return out;
}

std::optional<std::vector<std::byte>> decode_base64url(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    if (c == '+' || c == '/') return std::nullopt;
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  return decode_base64(plain, false);
}

std::string encode_base64(nanolib::bytes data, bool padded) {
  std::string out;
  for (std::size_t i = 0; i < data.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8U | (i + j < data.size() ? std::to_integer<std::uint32_t>(data[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) {
      const bool there = i + j < data.size() + 1;
      if (there) {
        out += letters[bits >> (18 - 6 * j) & 63U];
      } else if (padded) {
        out += '=';
      }
    }
  }
  return out;
}

}  // namespace nanomq::access
