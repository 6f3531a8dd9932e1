#include <gtest/gtest.h>

#include <string>

#include "nanolib/base/bytes.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanolib {
namespace {

bool is_valid(std::string_view text) { return is_valid_utf8(as_bytes(text)); }

/// The plain definition, one code point at a time.
bool is_well_formed(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first >= 0xF8 || (first >= 0x80 && first < 0xC0) || at + length > text.size()) return false;
    std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xC0U) != 0x80U) return false;
      point = point << 6U | (next & 0x3FU);
    }
    constexpr std::uint32_t smallest[] = {0, 1, 0x80, 0x800, 0x10000};
    if (point < smallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    at += length;
  }
  return true;
}

TEST(utf8, accepts_nothing_at_all) { EXPECT_TRUE(is_valid("")); }

TEST(utf8, accepts_the_bounds_of_every_length) {
  for (const std::string_view text : {"\x01", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                      "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid(text));
  }
}

TEST(utf8, accepts_a_byte_order_mark_and_non_characters) {
  EXPECT_TRUE(is_valid("\xEF\xBB\xBFx"));
  EXPECT_TRUE(is_valid("\xEF\xBF\xBE"));
}

// [MQTT-1.5.4-1]
TEST(utf8, refuses_surrogates_overlong_forms_and_what_is_above_the_last_code_point) {
  for (const std::string_view text :
       {"\xED\xA0\x80", "\xED\xBF\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF", "\xFE"}) {
    EXPECT_FALSE(is_valid(text));
  }
}

// [MQTT-1.5.4-2]
TEST(utf8, refuses_a_zero_at_every_place_of_every_length) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '\0';
      EXPECT_FALSE(is_valid(text)) << size << ' ' << at;
    }
  }
}

TEST(utf8, refuses_a_character_cut_short_at_every_place) {
  for (const std::string_view character : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    for (std::size_t before = 0; before <= 24; ++before) {
      const std::string whole = std::string(before, 'x') + std::string(character);
      EXPECT_TRUE(is_valid(whole));
      for (std::size_t cut = 1; cut < character.size(); ++cut) {
        const std::string_view prefix = std::string_view(whole).substr(0, whole.size() - cut);
        EXPECT_FALSE(is_valid(prefix));
        EXPECT_FALSE(is_valid(std::string(prefix) + "yyyyyyyyyyyy"));
      }
    }
  }
}

TEST(utf8, agrees_with_the_definition_on_every_pair_and_triple_of_interesting_bytes) {
  constexpr unsigned char interesting[] = {0x00, 0x01, 0x2F, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                           0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
                                           0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFF};
  const auto well_formed = [](std::string_view text) {
    return text.find('\0') == std::string_view::npos && is_well_formed(text);
  };
  for (const std::size_t before : {0U, 5U, 7U, 14U}) {
    std::string text(before + 4, 'x');
    for (const unsigned char a : interesting) {
      for (const unsigned char b : interesting) {
        for (const unsigned char c : interesting) {
          for (const char d : {'\x80', '\xBF', 'y'}) {
            text[before] = static_cast<char>(a);
            text[before + 1] = static_cast<char>(b);
            text[before + 2] = static_cast<char>(c);
            text[before + 3] = d;
            ASSERT_EQ(is_valid(text), well_formed(text)) << before << ' ' << +a << ' ' << +b << ' ' << +c << ' ' << +d;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace nanolib
