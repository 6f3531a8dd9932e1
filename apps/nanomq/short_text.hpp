// Numbers, times and other people's texts, short enough for a line on a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nanomq::program {

/// "512 B", "1.2 KiB", "34 MiB"
[[nodiscard]] std::string bytes_text(double bytes);
/// "0", "0.3", "12", "1234"
[[nodiscard]] std::string rate_text(double per_second);
/// "5s", "3m 0s", "2d 4h 0m 1s"
[[nodiscard]] std::string time_text(std::int64_t seconds);
/// "1 client", "3 clients"
[[nodiscard]] std::string count_text(std::uint64_t count, const char* one, const char* several);
/// Nothing that could move the cursor, whoever wrote it: control characters become "?". Line ends stay if `lines`.
[[nodiscard]] std::string plain_text(std::string_view text, bool lines = false);
/// The same for one value among others: they become \n, \t, \r and \x1b, so that it stays on its line and can be told from another.
[[nodiscard]] std::string escaped_text(std::string_view text);
/// The same for JSON that is valid, which means what it meant.
[[nodiscard]] std::string plain_json(std::string_view text);

}  // namespace nanomq::program
