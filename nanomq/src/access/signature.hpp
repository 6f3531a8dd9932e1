// Signatures of tokens, from whichever library the build has. Spec: RFC 7518 §3.2 to §3.4.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/result.hpp"
#include "nanomq/access/token_settings.hpp"

namespace nanomq::access {

/// One key, good for one algorithm. Thread: thread-safe.
class signature_key {
 public:
  signature_key() = default;
  signature_key(const signature_key&) = delete;
  signature_key& operator=(const signature_key&) = delete;
  virtual ~signature_key() = default;

  [[nodiscard]] virtual token_algorithm algorithm() const noexcept = 0;
  /// The same bytes for the same key, which they do not give away.
  [[nodiscard]] virtual nanolib::bytes fingerprint() const noexcept = 0;
  [[nodiscard]] virtual bool has_signed(nanolib::bytes text, nanolib::bytes signature) const noexcept = 0;
};

/// `key`: for HS256 the secret, 32 bytes at least; for the others a public key in PEM, of that kind: RSA of 2048 bits or
/// more, or P-256. Errors: config; `why` says what is wrong, and has nothing of the key in it.
[[nodiscard]] nanolib::result<std::unique_ptr<const signature_key>> make_signature_key(token_algorithm algorithm,
                                                                                       std::string_view key,
                                                                                       std::string& why);

/// The same from the numbers of a JWK: n and e of RSA, x and y of P-256. Spec: RFC 7518 §6.
[[nodiscard]] nanolib::result<std::unique_ptr<const signature_key>> make_public_key(token_algorithm algorithm,
                                                                                    nanolib::bytes first,
                                                                                    nanolib::bytes second,
                                                                                    std::string& why);

}  // namespace nanomq::access
