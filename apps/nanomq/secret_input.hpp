// Passwords from people and programs: typed without being shown, or lines of stdin.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nanolib/base/result.hpp"

namespace nanomq::program {

/// From the terminal, twice, without showing it; else the first line of stdin.
/// Errors: sys or config, with `why`.
[[nodiscard]] nanolib::result<std::string> ask_password(bool twice, std::string& why);

/// The next line of stdin without its line end; none at the end.
[[nodiscard]] std::optional<std::string> next_input_line();

/// Bytes that nobody can guess. Errors: sys, with `why`.
[[nodiscard]] nanolib::result<std::vector<std::byte>> random_bytes(std::size_t count, std::string& why);

}  // namespace nanomq::program
