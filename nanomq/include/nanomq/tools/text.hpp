// printf into a string.
#pragma once

#include <string>

namespace nanomq::tools {

[[nodiscard]] [[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...);

}  // namespace nanomq::tools
