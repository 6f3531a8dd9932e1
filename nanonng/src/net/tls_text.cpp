#include "tls_text.hpp"

#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace nanonng::net {

namespace {

constexpr std::array<std::pair<unsigned, std::string_view>, 27> alerts{{
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {112, "unrecognized_name"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
}};

/// What people meet. mbedtls has words for the rest, among them many weak algorithms.
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 9> refusals{{
    {MBEDTLS_X509_BADCERT_EXPIRED, "it has expired"},
    {MBEDTLS_X509_BADCERT_FUTURE, "it is not valid yet (is the clock right?)"},
    {MBEDTLS_X509_BADCERT_REVOKED, "it has been revoked"},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, "it is for another name than the one that was called"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "no certificate authority that is trusted here has signed it"},
    {MBEDTLS_X509_BADCERT_MISSING, "there is none"},
    {MBEDTLS_X509_BADCRL_EXPIRED, "the list of revoked certificates (CRL) has ended"},
    {MBEDTLS_X509_BADCRL_NOT_TRUSTED, "the list of revoked certificates (CRL) is not its authority's"},
    {MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, "it is not made for this use"},
}};

}  // namespace

std::string describe_tls_error(int code) {
  char text[160] = {};
  mbedtls_strerror(code, text, sizeof text);
  return text;
}

std::string describe_tls_alert(unsigned alert) {
  const auto* const known = std::ranges::find(alerts, alert, [](const auto& entry) { return entry.first; });
  const std::string_view name = known == alerts.end() ? "unknown alert" : known->second;
  return std::string(name) + " (" + std::to_string(alert) + ")";
}

bool is_tls_refusal(unsigned alert) noexcept {
  return (alert >= 42 && alert <= 49 && alert != 47) || alert == 115 || alert == 116;
}

std::string describe_tls_flags(std::uint32_t flags) {
  std::string all;
  for (const auto& [flag, words] : refusals) {
    if ((flags & flag) == 0) continue;
    all.append(all.empty() ? "" : "; ").append(words);
    flags &= ~flag;
  }
  if (flags == 0) return all;
  char rest[600] = {};
  if (mbedtls_x509_crt_verify_info(rest, sizeof rest, "; ", flags) >= 0) all += rest;
  std::erase(all, '\n');
  if (all.starts_with("; ")) all.erase(0, 2);
  return all;
}

nanolib::error tls_error(int code) noexcept {
  switch (code) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
    case MBEDTLS_ERR_X509_FATAL_ERROR:
    case MBEDTLS_ERR_SSL_PEER_VERIFY_FAILED:
    case MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE:
    case MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY:
    case MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED:
      return {nanolib::error_domain::sys, EACCES};
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
      return {nanolib::error_domain::sys, ENOMEM};
    case MBEDTLS_ERR_SSL_CONN_EOF:
      return {nanolib::error_domain::sys, ECONNRESET};
    default:
      return {nanolib::error_domain::sys, EPROTO};
  }
}

}  // namespace nanonng::net
