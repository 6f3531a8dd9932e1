// Placeholders as the files of EMQX and mosquitto have them.
#pragma once

#include <string>
#include <string_view>

namespace nanomq::access {

/// %c and %u as ${clientid} and ${username}.
[[nodiscard]] inline std::string with_placeholders(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.starts_with("%c") || text.starts_with("%u")) {
      out += text[1] == 'c' ? "${clientid}" : "${username}";
      text.remove_prefix(2);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace nanomq::access
