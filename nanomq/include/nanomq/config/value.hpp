// The value of an option: its text as written, its typed form, and the way between them.
// Text becomes a typed, range-checked value here and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanolib/base/token_bucket.hpp"

namespace nanomq::config {

enum class value_type : std::uint8_t {
  boolean,    ///< true, false
  count,      ///< 1000
  size,       ///< 512, 64KB, 2MB, 1GB; kept in bytes
  duration,   ///< 500ms, 10s, 5m, 2h, 7d; kept in milliseconds
  text,       ///< one of a few words
  path,       ///< of a file or directory, in quotes where it is shown
  list,       ///< ["a", "b"]
  rate,       ///< 100/s, 6000/m, 10/30s; 0: no limit
  byte_rate,  ///< 64KB/s, 10MB/5m; 0: no limit
  share,      ///< a size, or 25%: a part of what the machine has, which the program finds out
};

/// 1 to 100.
struct percent {
  std::uint32_t of_hundred = 0;
  friend bool operator==(const percent&, const percent&) = default;
};

/// bool; count, bytes or milliseconds; text; list; rate; a share that is not a size.
using value = std::variant<bool, std::uint64_t, std::string, std::vector<std::string>, nanolib::rate, percent>;

/// What a value of one option may be.
struct value_range {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  std::uint64_t step = 1;         ///< what a number must be a multiple of
  std::string_view choices = {};  ///< for text: "auto|epoll|poll"
  bool or_zero = false;           ///< 0 is accepted as well, and means something else than little
};

/// A value as it stands in a file, in the environment or on the command line.
struct written_value {
  bool is_list = false;
  std::vector<std::string> items;  ///< exactly one unless is_list
};

/// Shape: linear in the text.
/// Errors: config; `why` says what is wrong and what is accepted.
[[nodiscard]] nanolib::result<value> parse_value(value_type type, const value_range& range,
                                                 const written_value& written, std::string& why);

/// The value in the form that parse_value() reads, in the largest unit that fits: 2MB, 7d, ["a", "b"].
[[nodiscard]] std::string print_value(value_type type, const value& what);

/// What a number of this type may be, for people: "1 to 100", "0, or 1/s to …"; empty: anything.
[[nodiscard]] std::string print_range(value_type type, const value_range& range);

/// The type in a word: "size".
[[nodiscard]] std::string_view type_name(value_type type) noexcept;

}  // namespace nanomq::config
