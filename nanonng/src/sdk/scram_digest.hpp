// The hashes of SCRAM, from whichever library the build has. What it has not says false.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nanolib/base/bytes.hpp"

namespace nanonng::sdk {

using sha256_digest = std::array<std::byte, 32>;

[[nodiscard]] bool has_sha256() noexcept;
[[nodiscard]] bool sha256(nanolib::bytes data, sha256_digest& into) noexcept;
[[nodiscard]] bool hmac_sha256(nanolib::bytes key, nanolib::bytes data, sha256_digest& into) noexcept;
[[nodiscard]] bool pbkdf2_sha256(nanolib::bytes password, nanolib::bytes salt, std::uint32_t iterations,
                                 sha256_digest& into) noexcept;

/// With padding. Spec: RFC 4648 §4.
[[nodiscard]] std::string encode_base64(nanolib::bytes data);
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace nanonng::sdk
