// What mbedtls' callbacks leave with a connection while it shakes hands. Private to the folder.
#pragma once

#include <mbedtls/ssl.h>

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "nanonng/net/tls_stream.hpp"
#include "tls_certificate.hpp"
#include "tls_text.hpp"

namespace nanonng::net {

/// Checks beyond mbedtls' own: addresses in certificates, and bad certificates where none would do.
/// Thread: whoever works on the context, whose p_bio it is.
class tls_peer {
 public:
  static tls_peer& of(mbedtls_ssl_context& ssl) noexcept { return *static_cast<tls_peer*>(ssl.p_bio); }

  void set_psk_identity(std::string_view identity) noexcept {
    try {
      psk_identity_ = identity;
    } catch (const std::bad_alloc&) {
      psk_identity_.clear();
    }
  }
  /// For clients whose server is named by an address, which mbedtls 2.28 does not look for; "" otherwise.
  void expect_address(std::string address) noexcept { address_ = std::move(address); }
  /// No name is fit: for clients that verify and do not know whom they call.
  void expect_nobody() noexcept { nobody_ = true; }
  [[nodiscard]] const std::string& psk_identity() const noexcept { return psk_identity_; }
  /// Why certificates of the chain were refused, mbedtls' bits.
  [[nodiscard]] std::uint32_t flags() const noexcept { return flags_; }
  void report_to(std::shared_ptr<tls_handshake_report> report) noexcept { report_ = std::move(report); }
  [[nodiscard]] const std::shared_ptr<tls_handshake_report>& report() const noexcept { return report_; }

  /// mbedtls' f_vrfy, called for each certificate of the chain, the peer's own (depth 0) last.
  static int verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) noexcept {
    tls_peer& peer = *static_cast<tls_peer*>(self);
    if (depth == 0 && peer.is_misnamed(*certificate)) *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    peer.flags_ |= *flags;
    if (peer.report_) peer.write_down(*certificate, *flags);
    return 0;
  }

 protected:
  tls_peer() = default;
  ~tls_peer() = default;

 private:
  void write_down(const mbedtls_x509_crt& certificate, std::uint32_t flags) noexcept {
    try {
      report_->chain.insert(report_->chain.begin(), {.certificate = tls_certificate_facts(certificate),
                                                     .problems = flags == 0 ? "" : describe_tls_flags(flags)});
    } catch (const std::bad_alloc&) {
      report_->chain.clear();
    }
  }
  [[nodiscard]] bool is_misnamed(const mbedtls_x509_crt& certificate) const noexcept {
    if (nobody_) return true;
    try {
      return !address_.empty() && !tls_certificate_has_address(certificate, address_);
    } catch (const std::bad_alloc&) {
      return true;
    }
  }

  std::shared_ptr<tls_handshake_report> report_;
  std::string psk_identity_;
  std::string address_;
  std::uint32_t flags_ = 0;
  bool nobody_ = false;
};

}  // namespace nanonng::net
