// Where connections come from, when one address has too few ports for all of them.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/tools/load_dialer.hpp"

namespace nanomq::tools {

/// Reads "127.0.0.2,127.0.0.4-9,::1": numeric addresses, and ranges of the last number of an IPv4 address. An empty text
/// is an empty list: the system chooses. Errors: a sentence.
[[nodiscard]] std::expected<std::vector<socket_address>, std::string> parse_source_addresses(std::string_view text);

}  // namespace nanomq::tools
