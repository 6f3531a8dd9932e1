// Base64 as password files have it: with padding (mosquitto) or without (argon2); and tokens. Spec: RFC 4648 §4.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/bytes.hpp"

namespace nanomq::access {

/// None for anything that encode_base64() would not have written.
[[nodiscard]] std::optional<std::vector<std::byte>> decode_base64(std::string_view text, bool padded);

/// The same in the letters of URLs, without padding. Spec: RFC 4648 §5.
[[nodiscard]] std::optional<std::vector<std::byte>> decode_base64url(std::string_view text);

[[nodiscard]] std::string encode_base64(nanolib::bytes data, bool padded);

}  // namespace nanomq::access
