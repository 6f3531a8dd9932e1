// For builds without a library that has SHA-2.
#include "digest.hpp"

namespace nanomq::access {

bool has_sha512() noexcept { return false; }
bool sha512(nanolib::bytes /*first*/, nanolib::bytes /*second*/, sha512_digest& /*into*/) noexcept { return false; }
bool pbkdf2_sha512(nanolib::bytes /*password*/, nanolib::bytes /*salt*/, std::uint32_t /*iterations*/,
                   std::span<std::byte> /*into*/) noexcept {
  return false;
}

bool has_sha256() noexcept { return false; }
bool sha256(nanolib::bytes /*data*/, sha256_digest& /*into*/) noexcept { return false; }
bool hmac_sha256(nanolib::bytes /*key*/, nanolib::bytes /*data*/, sha256_digest& /*into*/) noexcept { return false; }
bool pbkdf2_sha256(nanolib::bytes /*password*/, nanolib::bytes /*salt*/, std::uint32_t /*iterations*/,
                   std::span<std::byte> /*into*/) noexcept {
  return false;
}

}  // namespace nanomq::access
