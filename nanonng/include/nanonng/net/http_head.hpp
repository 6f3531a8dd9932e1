// The head of an HTTP/1.1 message: a first line and headers. Strict, since every leniency is a second reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace nanonng::net {

/// Views into the text that it was read from. Thread: externally synchronised.
struct http_head {
  std::string_view first_line;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::size_t size = 0;  ///< with the empty line

  /// How often a header is there; names are compared without regard to case.
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// The value of the first; "" when there is none.
  [[nodiscard]] std::string_view value(std::string_view name) const noexcept;
  /// Whether a word stands in the comma-separated values of all headers of this name, without regard to case.
  [[nodiscard]] bool lists(std::string_view name, std::string_view word) const noexcept;
};

enum class http_fault : std::uint8_t { none, incomplete, malformed, too_large };

/// Spec: RFC 9112 §2 to §5, without line folding and without bare line feeds.
[[nodiscard]] http_fault read_http_head(std::string_view text, std::size_t largest, std::size_t most_headers,
                                        http_head& into);

/// Whether it can be the name of a header, or a method. Spec: RFC 9110 §5.6.2.
[[nodiscard]] bool is_http_token(std::string_view text) noexcept;
/// Whether it can stand in a header's value: no control character but the tab. Spec: RFC 9110 §5.5.
[[nodiscard]] bool is_http_field_text(std::string_view text) noexcept;

[[nodiscard]] bool equal_without_case(std::string_view one, std::string_view other) noexcept;
/// Calls `use` with each item of a comma-separated list, without the spaces around it.
template <class Use>
void each_item(std::string_view list, Use use) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    use(item);
  }
}

}  // namespace nanonng::net
