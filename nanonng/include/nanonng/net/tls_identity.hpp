// Who is at the other end of a TLS connection, as values that access control can compare.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nanonng::net {

/// What a TLS handshake has established. Certificates that nobody verified leave no trace here.
/// Shape: a few hundred bytes with a certificate. Thread: immutable.
struct tls_identity {
  enum class name_kind : std::uint8_t { dns, uri, email, address };
  struct alternative_name {
    name_kind kind = name_kind::dns;
    std::string value;
    friend bool operator==(const alternative_name&, const alternative_name&) = default;
  };

  bool has_certificate = false;
  /// The subject's common name; empty when there are none or several, or when it is not text (not UTF-8, a control
  /// character, a NUL): then nobody can tell which name was meant. The fingerprint always says who it is.
  std::string common_name;
  /// The whole subject, for people and for whoever compares it as a text: "C=DE, O=Example, CN=pump"; what is no ASCII in
  /// it stands there as `?`. Empty when it is longer than 1 KiB.
  std::string subject;
  /// Those that are text or addresses; others are left out. At most `most_names`.
  std::vector<alternative_name> alternative_names;
  std::array<std::byte, 32> fingerprint{};  ///< SHA-256 of the certificate

  std::string psk_identity;  ///< with a pre-shared key; the bytes that the peer sent
  std::string protocol;      ///< ALPN's choice; "" without
  std::string cipher;        ///< "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256"
  std::string version;       ///< "TLSv1.2"

  static constexpr std::size_t most_names = 64;
  /// The fingerprint as 64 hexadecimal digits.
  [[nodiscard]] std::string fingerprint_text() const;
};

}  // namespace nanonng::net
