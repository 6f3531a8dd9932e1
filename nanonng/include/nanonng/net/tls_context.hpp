// What TLS connections of one kind share: certificates, keys, whom to trust, ciphers.
//
// One class over one library (mbedtls 2.28, which has no TLS 1.3); another library is another set of the files tls_*.cpp
// behind this header. A context never changes: to reload, make a new one and use it for new connections. Those that
// stand keep theirs, and so does the owner when the new one cannot be made.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/result.hpp"

namespace nanonng::net {

enum class tls_version : std::uint8_t { tls1_0, tls1_1, tls1_2 };

/// Whether clients must show a certificate. With `optional` none is as good as a valid one; a bad one is refused.
enum class client_certificates : std::uint8_t { none, optional, required };

/// Files in PEM or DER.
struct tls_credential {
  std::string certificate_file;  ///< the certificate, then its chain
  std::string key_file;
  std::string key_password;
};

struct tls_common_options {
  std::string ca_file;
  std::string ca_directory;  ///< every file in it
  std::string crl_file;
  /// ALPN, in order of preference; empty: not looked at. A peer that offers others only is refused.
  std::vector<std::string> protocols{"mqtt"};
  /// Names as mbedtls or IANA spell them, in order of preference; empty: ECDHE with AEAD, and nothing else.
  std::vector<std::string> ciphers;
  tls_version minimum = tls_version::tls1_2;
};

struct tls_server_options : tls_common_options {
  /// Chosen by the name that the client asks for (SNI), from the names in the certificates; the first when none fits.
  std::vector<tls_credential> credentials;
  client_certificates ask = client_certificates::none;
  /// Lines of `identity:key in hexadecimal`; empty: no pre-shared keys. mbedtls sends no identity hint.
  std::string psk_file;
  bool tickets = true;
  std::chrono::seconds ticket_lifetime{3600};
};

struct tls_client_options : tls_common_options {
  /// False: whoever answers is believed. For tests.
  bool verify = true;
  /// Shown when the server asks; empty: none.
  tls_credential credential;
  std::string psk_identity;
  std::string psk_key;  ///< hexadecimal
};

/// Thread: immutable; shared by every loop.
class tls_context {
 public:
  /// Errors: config (a file cannot be read or used, a value is wrong), sys (ENOMEM), ENOSYS in a build without TLS. `why`
  /// names the file and says what to do.
  [[nodiscard]] static nanolib::result<std::shared_ptr<const tls_context>> server(const tls_server_options& options,
                                                                                  std::string& why);
  /// Without a CA file or directory the system's are trusted. Errors: as above.
  [[nodiscard]] static nanolib::result<std::shared_ptr<const tls_context>> client(const tls_client_options& options,
                                                                                  std::string& why);
  struct settings;
  explicit tls_context(std::unique_ptr<settings> made) noexcept;
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;
  ~tls_context();
  /// For the library's own files.
  [[nodiscard]] settings& shared() const noexcept { return *settings_; }

 private:
  std::unique_ptr<settings> settings_;
};

}  // namespace nanonng::net
