#include <mbedtls/base64.h>
#include <mbedtls/md.h>
#include <mbedtls/pkcs5.h>

#include "scram_digest.hpp"

namespace nanonng::sdk {
namespace {

const unsigned char* octets(nanolib::bytes data) { return reinterpret_cast<const unsigned char*>(data.data()); }
unsigned char* octets(sha256_digest& data) { return reinterpret_cast<unsigned char*>(data.data()); }
const mbedtls_md_info_t* sha256_info() { return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256); }

}  // namespace

bool has_sha256() noexcept { return true; }

bool sha256(nanolib::bytes data, sha256_digest& into) noexcept {
  return mbedtls_md(sha256_info(), octets(data), data.size(), octets(into)) == 0;
}

bool hmac_sha256(nanolib::bytes key, nanolib::bytes data, sha256_digest& into) noexcept {
  return mbedtls_md_hmac(sha256_info(), octets(key), key.size(), octets(data), data.size(), octets(into)) == 0;
}

bool pbkdf2_sha256(nanolib::bytes password, nanolib::bytes salt, std::uint32_t iterations,
                   sha256_digest& into) noexcept {
  mbedtls_md_context_t one;
  mbedtls_md_init(&one);
  const bool made = mbedtls_md_setup(&one, sha256_info(), 1) == 0 &&
                    mbedtls_pkcs5_pbkdf2_hmac(&one, octets(password), password.size(), octets(salt), salt.size(),
                                              iterations, static_cast<std::uint32_t>(into.size()), octets(into)) == 0;
  mbedtls_md_free(&one);
  return made;
}

std::string encode_base64(nanolib::bytes data) {
  std::string out((data.size() + 2) / 3 * 4 + 1, '\0');
  std::size_t size = 0;
  if (mbedtls_base64_encode(reinterpret_cast<unsigned char*>(out.data()), out.size(), &size, octets(data),
                            data.size()) != 0) {
    return {};
  }
  out.resize(size);
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string out(text.size(), '\0');
  std::size_t size = 0;
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  if (mbedtls_base64_decode(reinterpret_cast<unsigned char*>(out.data()), out.size(), &size, from, text.size()) != 0) {
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

}  // namespace nanonng::sdk
