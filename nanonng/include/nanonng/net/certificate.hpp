// Certificates as things to look at and to make: what is in one, and a small authority of one's own.
//
// Keys are ECDSA on P-256, which every TLS library of the last ten years takes, and which costs a small device least.
// An authority made here signs certificates and nothing else (path length 0).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanonng/net/tls_identity.hpp"

namespace nanonng::net {

/// What a certificate says. Nothing in it is verified.
struct certificate_facts {
  std::string subject;  ///< "CN=gateway.local, O=Example"
  std::string issuer;
  std::string serial;  ///< "1A:2B:…"
  std::chrono::sys_seconds not_before{};
  std::chrono::sys_seconds not_after{};
  std::vector<tls_identity::alternative_name> names;
  std::string key;          ///< "EC 256 bits"
  std::string fingerprint;  ///< SHA-256, 64 hexadecimal digits
  bool is_authority = false;
};

/// All certificates in a text of PEM, or the one in DER. Errors: config (`why`: nothing of that kind is in it), ENOMEM,
/// ENOSYS in a build without TLS.
[[nodiscard]] nanolib::result<std::vector<certificate_facts>> read_certificates(std::string_view content,
                                                                                std::string& why);

/// What a list of revoked certificates (CRL) says. Nothing in it is verified.
struct revocation_facts {
  std::string issuer;
  std::chrono::sys_seconds this_update{};
  std::chrono::sys_seconds next_update{};  ///< the epoch: it has no end
  std::size_t revoked = 0;                 ///< how many
};

/// All lists in a text of PEM, or the one in DER. Errors: as read_certificates().
[[nodiscard]] nanolib::result<std::vector<revocation_facts>> read_revocations(std::string_view content,
                                                                              std::string& why);

struct certificate_wish {
  enum class purpose : std::uint8_t { authority, server, client };

  purpose what = purpose::server;
  std::string common_name;             ///< 1 to 64 bytes of text
  std::vector<std::string> names;      ///< DNS names that it is for; "*.example.org" stands for one label
  std::vector<std::string> addresses;  ///< IPv4 and IPv6
  std::chrono::sys_seconds not_before{};
  std::chrono::sys_seconds not_after{};  ///< at the latest when the authority's ends
};

/// In PEM.
struct certificate_and_key {
  std::string certificate;
  std::string key;
};

/// Makes a key and a certificate for it, signed by `authority`, or by itself when that is null.
/// Shape: some milliseconds. Errors: config (`why`: a name that cannot stand in one, an authority that is none, whose key is
/// another's or needs a password, that has ended), ENOMEM, ENOSYS in a build without TLS.
[[nodiscard]] nanolib::result<certificate_and_key> make_certificate(const certificate_wish& wish,
                                                                    const certificate_and_key* authority,
                                                                    std::string& why);

}  // namespace nanonng::net
