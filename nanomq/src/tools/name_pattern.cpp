#include "nanomq/tools/name_pattern.hpp"

namespace nanomq::tools {

std::string name_pattern::expand(const pattern_values& values) const {
  std::string out;
  out.reserve(text_.size() + 16);
  for (std::size_t at = 0; at < text_.size(); ++at) {
    const char variable = text_[at] == '%' && at + 1 < text_.size() ? text_[at + 1] : '\0';
    switch (variable) {
      case 'c':
        out += values.client_identifier;
        break;
      case 'u':
        out += values.user_name;
        break;
      case 'i':
        out += std::to_string(values.client);
        break;
      case 's':
        out += std::to_string(values.sequence);
        break;
      case 't':
        out += std::to_string(values.unix_ms);
        break;
      case '%':
        out += '%';
        break;
      default:
        out += text_[at];
        continue;
    }
    ++at;
  }
  return out;
}

bool name_pattern::has(char variable) const noexcept {
  for (std::size_t at = 0; at + 1 < text_.size(); ++at) {
    if (text_[at] != '%') continue;
    if (text_[at + 1] == variable) return true;
    ++at;
  }
  return false;
}

}  // namespace nanomq::tools
