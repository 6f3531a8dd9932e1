// The hash functions behind passwords, from whichever library the build has. What it has not says false.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "nanolib/base/bytes.hpp"

namespace nanomq::access {

using sha512_digest = std::array<std::byte, 64>;
using sha256_digest = std::array<std::byte, 32>;

/// Whether this build has the two below.
[[nodiscard]] bool has_sha512() noexcept;
[[nodiscard]] bool sha512(nanolib::bytes first, nanolib::bytes second, sha512_digest& into) noexcept;
/// PBKDF2 with HMAC-SHA-512. Spec: RFC 8018 §5.2.
[[nodiscard]] bool pbkdf2_sha512(nanolib::bytes password, nanolib::bytes salt, std::uint32_t iterations,
                                 std::span<std::byte> into) noexcept;

/// Whether this build has the three below.
[[nodiscard]] bool has_sha256() noexcept;
[[nodiscard]] bool sha256(nanolib::bytes data, sha256_digest& into) noexcept;
/// Spec: RFC 2104.
[[nodiscard]] bool hmac_sha256(nanolib::bytes key, nanolib::bytes data, sha256_digest& into) noexcept;
/// PBKDF2 with HMAC-SHA-256. Spec: RFC 8018 §5.2.
[[nodiscard]] bool pbkdf2_sha256(nanolib::bytes password, nanolib::bytes salt, std::uint32_t iterations,
                                 std::span<std::byte> into) noexcept;

struct argon2_cost {
  std::uint32_t memory_kib = 19'456;
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;
};

/// Whether this build has argon2id.
[[nodiscard]] bool has_argon2() noexcept;
/// Version 0x13. Spec: RFC 9106.
[[nodiscard]] bool argon2id(nanolib::bytes password, nanolib::bytes salt, const argon2_cost& cost,
                            std::span<std::byte> into) noexcept;

}  // namespace nanomq::access
