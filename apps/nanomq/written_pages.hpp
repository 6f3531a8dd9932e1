// The man pages that somebody has written, of verbs which are not described by a table of options.
#pragma once

#include <array>
#include <string_view>

namespace nanomq::program {

struct written_page {
  std::string_view verb;
  std::string_view text;  ///< mdoc(7)
};

/// Made by CMake from docs/man/nanomq-VERB.1, and nanomq.1 itself.
[[nodiscard]] const std::array<written_page, 6>& written_pages() noexcept;

}  // namespace nanomq::program
