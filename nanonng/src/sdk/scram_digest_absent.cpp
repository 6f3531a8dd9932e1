// For builds without mbedtls.
#include "scram_digest.hpp"

namespace nanonng::sdk {

bool has_sha256() noexcept { return false; }
bool sha256(nanolib::bytes /*data*/, sha256_digest& /*into*/) noexcept { return false; }
bool hmac_sha256(nanolib::bytes /*key*/, nanolib::bytes /*data*/, sha256_digest& /*into*/) noexcept { return false; }
bool pbkdf2_sha256(nanolib::bytes /*password*/, nanolib::bytes /*salt*/, std::uint32_t /*iterations*/,
                   sha256_digest& /*into*/) noexcept {
  return false;
}
std::string encode_base64(nanolib::bytes /*data*/) { return {}; }
std::optional<std::string> decode_base64(std::string_view /*text*/) { return std::nullopt; }

}  // namespace nanonng::sdk
