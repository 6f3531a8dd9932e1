// Reads names out of a certificate that mbedtls has parsed and verified.
#include <arpa/inet.h>
#include <mbedtls/oid.h>
#include <mbedtls/sha256.h>
#include <mbedtls/x509_crt.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "nanolib/base/bytes.hpp"
#include "nanolib/topic/topic.hpp"
#include "nanonng/net/tls_identity.hpp"
#include "tls_certificate.hpp"

namespace nanonng::net {

namespace {

std::string_view text_of(const mbedtls_asn1_buf& from) noexcept {
  return {reinterpret_cast<const char*>(from.p), from.len};
}

/// Text that means the same to whoever reads it: UTF-8 without control characters.
bool is_plain(std::string_view text) noexcept {
  if (text.empty() || !nanolib::is_valid_utf8(nanolib::as_bytes(text))) return false;
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_plain_ascii(std::string_view text) noexcept {
  return is_plain(text) && std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
}

/// One common name, of a string type that can be read without guessing.
std::string common_name_of(const mbedtls_x509_crt& certificate) {
  const mbedtls_x509_name* found = nullptr;
  for (const mbedtls_x509_name* name = &certificate.subject; name != nullptr; name = name->next) {
    if (name->oid.p == nullptr || MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->oid) != 0) continue;
    if (found != nullptr) return {};
    found = name;
  }
  if (found == nullptr) return {};
  const std::string_view text = text_of(found->val);
  const bool is_utf8 = found->val.tag == MBEDTLS_ASN1_UTF8_STRING && is_plain(text);
  const bool is_ascii =
      (found->val.tag == MBEDTLS_ASN1_PRINTABLE_STRING || found->val.tag == MBEDTLS_ASN1_IA5_STRING) &&
      is_plain_ascii(text);
  return is_utf8 || is_ascii ? std::string(text) : std::string();
}

std::string subject_of(const mbedtls_x509_crt& certificate) {
  char text[1024];
  const int size = mbedtls_x509_dn_gets(text, sizeof text, &certificate.subject);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::string address_text(std::string_view raw) {
  char text[INET6_ADDRSTRLEN] = {};
  if (raw.size() != 4 && raw.size() != 16) return {};
  ::inet_ntop(raw.size() == 4 ? AF_INET : AF_INET6, raw.data(), text, sizeof text);
  return text;
}

}  // namespace

std::vector<tls_identity::alternative_name> tls_alternative_names(const mbedtls_x509_crt& certificate) {
  using kind = tls_identity::name_kind;
  std::vector<tls_identity::alternative_name> names;
  for (const mbedtls_asn1_sequence* at = &certificate.subject_alt_names; at != nullptr; at = at->next) {
    if (at->buf.p == nullptr || names.size() == tls_identity::most_names) continue;
    const std::string_view raw = text_of(at->buf);
    const int tag = at->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;  // RFC 5280 §4.2.1.6: the choice of GeneralName
    if (tag == 7) {
      if (std::string text = address_text(raw); !text.empty()) names.push_back({kind::address, std::move(text)});
    } else if ((tag == 1 || tag == 2 || tag == 6) && is_plain_ascii(raw)) {
      names.push_back({tag == 1 ? kind::email : tag == 2 ? kind::dns : kind::uri, std::string(raw)});
    }
  }
  return names;
}

std::string tls_common_name(const mbedtls_x509_crt& certificate) { return common_name_of(certificate); }

bool tls_certificate_has_address(const mbedtls_x509_crt& certificate, std::string_view address) {
  const auto names = tls_alternative_names(certificate);
  return std::ranges::find(names, tls_identity::alternative_name{tls_identity::name_kind::address,
                                                                 std::string(address)}) != names.end();
}

void read_certificate(tls_identity& into, const mbedtls_x509_crt& certificate) {
  into.has_certificate = true;
  into.common_name = common_name_of(certificate);
  into.subject = subject_of(certificate);
  into.alternative_names = tls_alternative_names(certificate);
  static_cast<void>(mbedtls_sha256_ret(certificate.raw.p, certificate.raw.len,
                                       reinterpret_cast<unsigned char*>(into.fingerprint.data()), 0));
}

std::string tls_identity::fingerprint_text() const {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte octet : fingerprint) {
    text += digits[std::to_integer<unsigned>(octet) >> 4U];
    text += digits[std::to_integer<unsigned>(octet) & 15U];
  }
  return text;
}

}  // namespace nanonng::net
