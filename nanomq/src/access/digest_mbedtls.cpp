#include <mbedtls/md.h>
#include <mbedtls/pkcs5.h>

#include "digest.hpp"

namespace nanomq::access {
namespace {

const unsigned char* octets(nanolib::bytes data) { return reinterpret_cast<const unsigned char*>(data.data()); }

// Frees the context in every case.
class context {
 public:
  context() noexcept { mbedtls_md_init(&held_); }
  ~context() { mbedtls_md_free(&held_); }
  context(const context&) = delete;
  context& operator=(const context&) = delete;
  [[nodiscard]] bool set_up(mbedtls_md_type_t what, bool keyed) noexcept {
    return mbedtls_md_setup(&held_, mbedtls_md_info_from_type(what), keyed ? 1 : 0) == 0;
  }
  [[nodiscard]] mbedtls_md_context_t* get() noexcept { return &held_; }

 private:
  mbedtls_md_context_t held_{};
};

unsigned char* octets(std::span<std::byte> data) { return reinterpret_cast<unsigned char*>(data.data()); }

bool pbkdf2(mbedtls_md_type_t what, nanolib::bytes password, nanolib::bytes salt, std::uint32_t iterations,
            std::span<std::byte> into) noexcept {
  context one;
  return one.set_up(what, true) &&
         mbedtls_pkcs5_pbkdf2_hmac(one.get(), octets(password), password.size(), octets(salt), salt.size(), iterations,
                                   static_cast<std::uint32_t>(into.size()), octets(into)) == 0;
}

}  // namespace

bool has_sha512() noexcept { return true; }

bool sha512(nanolib::bytes first, nanolib::bytes second, sha512_digest& into) noexcept {
  context one;
  return one.set_up(MBEDTLS_MD_SHA512, false) && mbedtls_md_starts(one.get()) == 0 &&
         mbedtls_md_update(one.get(), octets(first), first.size()) == 0 &&
         mbedtls_md_update(one.get(), octets(second), second.size()) == 0 &&
         mbedtls_md_finish(one.get(), reinterpret_cast<unsigned char*>(into.data())) == 0;
}

bool pbkdf2_sha512(nanolib::bytes password, nanolib::bytes salt, std::uint32_t iterations,
                   std::span<std::byte> into) noexcept {
  return pbkdf2(MBEDTLS_MD_SHA512, password, salt, iterations, into);
}

bool has_sha256() noexcept { return true; }

bool sha256(nanolib::bytes data, sha256_digest& into) noexcept {
  return mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), octets(data), data.size(),
                    octets(std::span<std::byte>(into))) == 0;
}

bool hmac_sha256(nanolib::bytes key, nanolib::bytes data, sha256_digest& into) noexcept {
  return mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), octets(key), key.size(), octets(data),
                         data.size(), octets(std::span<std::byte>(into))) == 0;
}

bool pbkdf2_sha256(nanolib::bytes password, nanolib::bytes salt, std::uint32_t iterations,
                   std::span<std::byte> into) noexcept {
  return pbkdf2(MBEDTLS_MD_SHA256, password, salt, iterations, into);
}

}  // namespace nanomq::access
