// "name: value" taken apart.
#pragma once

#include <string_view>

namespace nanomq::webhook {

struct header_line {
  std::string_view name{};
  std::string_view value{};
};

/// Without the blanks before the value. Empty when there is no colon.
[[nodiscard]] header_line split_header(std::string_view text) noexcept;

}  // namespace nanomq::webhook
