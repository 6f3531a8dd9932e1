#include "short_text.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "nanomq/tools/text.hpp"

namespace nanomq::program {

std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < units.size(); ++unit) bytes /= 1024;
  return tools::text(unit > 0 && bytes < 10 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

std::string rate_text(double per_second) {
  return tools::text(per_second > 0 && per_second < 10 ? "%.1f" : "%.0f", per_second);
}

std::string time_text(std::int64_t seconds) {
  std::string out;
  for (const auto& [length, name] : {std::pair{86'400, "d "}, std::pair{3'600, "h "}, std::pair{60, "m "}}) {
    if (seconds >= length || !out.empty()) out += std::to_string(seconds / length) + name;
    seconds %= length;
  }
  return out + std::to_string(seconds) + "s";
}

std::string count_text(std::uint64_t count, const char* one, const char* several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

namespace {

// C0, DEL, and U+0080 to U+009F in UTF-8: how many bytes from `at` on are a control character.
std::size_t control_size(std::string_view text, std::size_t at) noexcept {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x20 || byte == 0x7f) return 1;
  return byte == 0xc2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0 ? 2 : 0;
}

template <class Append>
std::string replace_controls(std::string_view text, bool lines, const Append& append) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto size = lines && text[i] == '\n' ? 0 : control_size(text, i);
    if (size == 0) {
      out += text[i];
    } else {
      append(out, static_cast<unsigned char>(text[i + size - 1]));
      i += size - 1;
    }
  }
  return out;
}

}  // namespace

std::string plain_text(std::string_view text, bool lines) {
  return replace_controls(text, lines, [](std::string& out, unsigned) { out += '?'; });
}

std::string escaped_text(std::string_view text) {
  return replace_controls(text, false, [](std::string& out, unsigned point) {
    constexpr std::string_view letters = "\t\n\r";
    const auto letter = letters.find(static_cast<char>(point));
    out += letter != letters.npos ? std::string{'\\', "tnr"[letter]} : tools::text("\\x%02x", point);
  });
}

std::string plain_json(std::string_view text) {
  return replace_controls(text, true, [](std::string& out, unsigned point) { out += tools::text("\\u%04x", point); });
}

}  // namespace nanomq::program
