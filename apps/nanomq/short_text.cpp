#include "short_text.hpp"

#include <array>
#include <cstddef>
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

std::string plain_text(std::string text, bool lines) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && !(lines && byte == '\n')) || byte == 0x7f) text[i] = '?';
    // U+0080 to U+009F are control characters as well.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      text[i] = text[i + 1] = '?';
  }
  return text;
}

}  // namespace nanomq::program
