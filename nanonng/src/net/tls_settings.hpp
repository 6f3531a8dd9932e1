// What is inside a tls_context, for the files that speak mbedtls. Private to the folder.
#pragma once

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crl.h>
#include <mbedtls/x509_crt.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nanonng/net/tls_context.hpp"

namespace nanonng::net {

/// A certificate with its key, and the names in it.
struct tls_own_certificate {
  tls_own_certificate() noexcept {
    mbedtls_x509_crt_init(&chain);
    mbedtls_pk_init(&key);
  }
  tls_own_certificate(const tls_own_certificate&) = delete;
  tls_own_certificate& operator=(const tls_own_certificate&) = delete;
  ~tls_own_certificate() {
    mbedtls_x509_crt_free(&chain);
    mbedtls_pk_free(&key);
  }
  mbedtls_x509_crt chain;
  mbedtls_pk_context key;
  std::vector<std::string> names;  ///< in small letters
};

/// Locks: mbedtls has its own around the generator, the tickets' keys and RSA keys.
struct tls_context::settings {
  settings() noexcept;
  settings(const settings&) = delete;
  settings& operator=(const settings&) = delete;
  ~settings();

  bool is_server = false;
  bool verifies = false;  ///< whether the peer's certificate is looked at
  mbedtls_ssl_config config;
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  mbedtls_ssl_ticket_context tickets;
  mbedtls_x509_crt trusted;
  mbedtls_x509_crl revoked;
  std::vector<std::unique_ptr<tls_own_certificate>> own;
  std::vector<int> ciphers;                                             ///< ends with 0
  std::vector<std::string> protocols;                                   ///< what `protocol_list` points to
  std::vector<const char*> protocol_list;                               ///< ends with null
  std::map<std::string, std::vector<unsigned char>, std::less<>> keys;  ///< pre-shared, by identity
};

/// Whether a certificate's name covers the name asked for (small letters; "*." stands for one label).
[[nodiscard]] bool tls_name_matches(std::string_view pattern, std::string_view asked) noexcept;

/// mbedtls' name of a cipher suite for OpenSSL's; some text for others. They may throw std::bad_alloc.
[[nodiscard]] std::string tls_cipher_name(std::string_view openssl);

/// Each reads files into settings. False: `why` says which and what to do. They may throw std::bad_alloc.
[[nodiscard]] bool load_own_certificate(tls_context::settings& into, const tls_credential& from, std::string& why);
[[nodiscard]] bool load_trusted(tls_context::settings& into, const tls_common_options& from, bool or_the_systems,
                                std::string& why);
[[nodiscard]] bool load_keys(tls_context::settings& into, const std::string& file, std::string& why);
/// Hexadecimal digits as bytes; false when they are none, or odd in number.
[[nodiscard]] bool read_hexadecimal(std::string_view text, std::vector<unsigned char>& into);

}  // namespace nanonng::net
