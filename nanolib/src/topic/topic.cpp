// One scanner serves names, filters and plain text: it reads eight bytes at a time and gathers on the way what a topic
// name has to be checked for. A text that turns out not to be ASCII is read again, character by character.
#include "nanolib/topic/topic.hpp"

#include <bit>
#include <cstring>

namespace nanolib {

namespace {

constexpr std::uint64_t every_byte(unsigned char value) noexcept { return 0x0101010101010101U * value; }

constexpr std::uint64_t high_bits = every_byte(0x80);
constexpr std::string_view share_prefix = "$share";

/// The first character in the lowest byte on every machine.
template <class Word>
[[nodiscard]] Word load(const char* data) noexcept {
  Word word = 0;
  std::memcpy(&word, data, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
  return word;
}

/// The last `size` (1 to 7) bytes of a text in the low bytes, letters that mean nothing above.
[[nodiscard]] std::uint64_t load_tail(const char* data, std::size_t size, bool eight_before_the_end) noexcept {
  const std::uint64_t filler = every_byte('a') << (8 * size);
  if (eight_before_the_end) return load<std::uint64_t>(data + size - 8) >> (8 * (8 - size)) | filler;
  if (size >= 4) {
    const std::uint64_t last = load<std::uint32_t>(data + size - 4);
    return load<std::uint32_t>(data) | last << (8 * (size - 4)) | filler;
  }
  std::uint64_t word = filler;
  for (std::size_t i = 0; i < size; ++i) word |= std::uint64_t{static_cast<unsigned char>(data[i])} << (8 * i);
  return word;
}

/// Not zero unless all eight are in 0x01..0x7F: subtracting one borrows from the high bit of the first zero.
[[nodiscard]] constexpr std::uint64_t find_other_than_ascii(std::uint64_t word) noexcept {
  return (word | (word - every_byte(1))) & high_bits;
}

/// The high bit of every byte that equals `value`. Only for ASCII words.
[[nodiscard]] constexpr std::uint64_t find_byte(std::uint64_t word, unsigned char value) noexcept {
  return ~((word ^ every_byte(value)) + every_byte(0x7F)) & high_bits;
}

/// The length of the well-formed character at the front, 0 when there is none.
[[nodiscard]] std::size_t character_size(const char* data, std::size_t left) noexcept {
  const auto byte = [data](std::size_t at) { return static_cast<unsigned char>(data[at]); };
  const auto continues = [&byte](std::size_t at) { return (byte(at) & 0xC0U) == 0x80U; };
  const unsigned char first = byte(0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;  // a continuation byte, or an overlong form
  if (first < 0xE0) return left >= 2 && continues(1) ? 2 : 0;
  if (first < 0xF0) {
    if (left < 3 || !continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
    if (first == 0xED && byte(1) >= 0xA0) return 0;  // a surrogate
    return 3;
  }
  if (first > 0xF4 || left < 4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;   // overlong
  if (first == 0xF4 && byte(1) >= 0x90) return 0;  // above U+10FFFF
  return 4;
}

/// What a topic has to be checked for beside its encoding.
struct text_marks {
  std::size_t slashes = 0;
  bool wildcard = false;
  bool utf8 = true;
};

/// For texts that are not all ASCII.
[[nodiscard]] text_marks scan_characters(const char* data, std::size_t size) noexcept {
  text_marks marks;
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = character_size(data + at, size - at);
    if (length == 0) return {.utf8 = false};
    if (data[at] == '/') ++marks.slashes;
    if (data[at] == '+' || data[at] == '#') marks.wildcard = true;
    at += length;
  }
  return marks;
}

/// Marks is a constant, so that plain text pays for nothing. No branch depends on what the text contains before its end.
template <bool Marks>
[[nodiscard]] text_marks scan(const char* data, std::size_t size) noexcept {
  std::uint64_t slashes = 0;
  std::uint64_t wildcards = 0;
  std::uint64_t others = 0;
  const auto note = [&](std::uint64_t word) {
    others |= find_other_than_ascii(word);
    if constexpr (Marks) {
      slashes += ((find_byte(word, '/') >> 7U) * every_byte(1)) >> 56U;
      static_assert(('+' & ~0x08) == '#');  // they differ in one bit: one comparison finds both
      wildcards |= find_byte(word & ~every_byte(0x08), '#');
    }
  };
  std::size_t at = 0;
  for (; size - at >= 8; at += 8) note(load<std::uint64_t>(data + at));
  if (at < size) note(load_tail(data + at, size - at, at != 0));
  if (others != 0) return scan_characters(data, size);
  return {.slashes = slashes, .wildcard = wildcards != 0};
}

/// Wildcards stand alone in their level, and # in the last one. Spec: [MQTT-4.7.1-1] [MQTT-4.7.1-2].
[[nodiscard]] bool are_wildcards_in_place(std::string_view filter) noexcept {
  topic_levels levels(filter);
  std::string_view level;
  bool ended = false;
  while (levels.next(level)) {
    if (ended) return false;
    if (level.size() > 1 && level.find_first_of("+#") != std::string_view::npos) return false;
    ended = level == "#";
  }
  return true;
}

/// Takes $share/<group>/ off the front. False when what begins like that is not complete.
/// Spec: [MQTT-4.8.2-1] [MQTT-4.8.2-2].
[[nodiscard]] bool take_share_group(topic_filter& parsed) noexcept {
  std::string_view rest = parsed.filter;
  if (!rest.starts_with(share_prefix)) return true;
  rest.remove_prefix(share_prefix.size());
  if (!rest.empty() && rest.front() != '/') return true;  // "$shared" is a level like any other
  if (rest.empty()) return false;
  rest.remove_prefix(1);
  const std::size_t slash = rest.find('/');
  if (slash == 0 || slash == std::string_view::npos) return false;
  const std::string_view group = rest.substr(0, slash);
  if (group.find_first_of("+#") != std::string_view::npos) return false;
  rest.remove_prefix(slash + 1);
  if (rest.empty()) return false;
  // What follows is to be a filter that is not shared; a second prefix could be read in two ways.
  if (rest.starts_with(share_prefix) && (rest.size() == share_prefix.size() || rest[share_prefix.size()] == '/')) {
    return false;
  }
  parsed.share_group = group;
  parsed.filter = rest;
  return true;
}

}  // namespace

bool is_valid_utf8(bytes text) noexcept {
  // [MQTT-1.5.4-1] [MQTT-1.5.4-2]
  return scan<false>(as_text(text).data(), text.size()).utf8;
}

topic_fault check_topic_name(std::string_view topic, const topic_limits& limits) noexcept {
  if (topic.empty()) return topic_fault::empty;                           // [MQTT-4.7.3-1]
  if (topic.size() > limits.maximum_bytes) return topic_fault::too_long;  // [MQTT-4.7.3-3]
  const text_marks marks = scan<true>(topic.data(), topic.size());
  if (!marks.utf8) return topic_fault::not_utf8;     // [MQTT-3.3.2-1] [MQTT-4.7.3-2]
  if (marks.wildcard) return topic_fault::wildcard;  // [MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT-4.7.1-1]
  if (marks.slashes >= limits.maximum_levels) return topic_fault::too_deep;
  return topic_fault::none;
}

std::expected<topic_filter, topic_fault> parse_topic_filter(std::string_view text,
                                                            const topic_limits& limits) noexcept {
  if (text.empty()) return std::unexpected(topic_fault::empty);                           // [MQTT-4.7.3-1]
  if (text.size() > limits.maximum_bytes) return std::unexpected(topic_fault::too_long);  // [MQTT-4.7.3-3]
  const text_marks marks = scan<true>(text.data(), text.size());
  if (!marks.utf8) return std::unexpected(topic_fault::not_utf8);  // [MQTT-3.8.3-1]
  topic_filter parsed;
  parsed.filter = text;
  if (!take_share_group(parsed)) return std::unexpected(topic_fault::share_malformed);
  const std::size_t levels = marks.slashes + 1 - (parsed.is_shared() ? 2U : 0U);
  if (marks.wildcard && !are_wildcards_in_place(parsed.filter)) return std::unexpected(topic_fault::wildcard);
  if (levels > limits.maximum_levels) return std::unexpected(topic_fault::too_deep);
  parsed.levels = static_cast<std::uint32_t>(levels);
  parsed.has_wildcard = marks.wildcard;
  return parsed;
}

bool matches(std::string_view filter, std::string_view topic) noexcept {
  const bool leads_with_wildcard = filter.starts_with('+') || filter.starts_with('#');
  if (leads_with_wildcard && topic.starts_with('$')) return false;  // [MQTT-4.7.2-1]
  topic_levels wanted(filter);
  topic_levels given(topic);
  std::string_view want;
  std::string_view have;
  while (wanted.next(want)) {
    if (want == "#") return true;  // also what stands one level above it
    if (!given.next(have)) return false;
    if (want != "+" && want != have) return false;  // [MQTT-4.7.3-4]
  }
  return !given.next(have);
}

}  // namespace nanolib
