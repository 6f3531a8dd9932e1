// Makes certificates. What mbedtls 2.28 has no helper for (names, addresses, what a certificate is for, who signed it) is
// written as DER by hand: all of these are shorter than what one byte of length, or two, can tell.
#include <arpa/inet.h>
#include <mbedtls/asn1.h>
#include <mbedtls/bignum.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform.h>
#include <mbedtls/x509_crt.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "nanolib/base/bytes.hpp"
#include "nanolib/topic/topic.hpp"
#include "nanonng/net/certificate.hpp"
#include "tls_certificate.hpp"
#include "tls_text.hpp"

namespace nanonng::net {

namespace {

using octets = std::vector<unsigned char>;
using purpose = certificate_wish::purpose;

constexpr std::size_t longest_common_name = 64;  // RFC 5280, appendix A: ub-common-name
constexpr std::size_t longest_name = 253;

/// Everything of mbedtls' that has to be freed.
struct workshop {
  workshop() noexcept {
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    mbedtls_pk_init(&key);
    mbedtls_pk_init(&authority_key);
    mbedtls_x509_crt_init(&authority);
    mbedtls_x509write_crt_init(&certificate);
    mbedtls_mpi_init(&serial);
  }
  workshop(const workshop&) = delete;
  workshop& operator=(const workshop&) = delete;
  ~workshop() {
    mbedtls_mpi_free(&serial);
    mbedtls_x509write_crt_free(&certificate);
    mbedtls_x509_crt_free(&authority);
    mbedtls_pk_free(&authority_key);
    mbedtls_pk_free(&key);
    mbedtls_ctr_drbg_free(&random);
    mbedtls_entropy_free(&entropy);
  }
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  mbedtls_pk_context key;
  mbedtls_pk_context authority_key;
  mbedtls_x509_crt authority;
  mbedtls_x509write_cert certificate;
  mbedtls_mpi serial;
};

bool refuse(std::string& why, std::string what) {
  why = std::move(what);
  return false;
}

/// Whether mbedtls has done it.
bool done(int code, const char* what, std::string& why) {
  return code == 0 || refuse(why, std::string(what) + ": " + describe_tls_error(code));
}

// --- what may stand in one ---

bool is_common_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= longest_common_name && nanolib::is_valid_utf8(nanolib::as_bytes(name)) &&
         std::ranges::none_of(name,
                              [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\'; });
}

bool is_dns_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > longest_name || name.front() == '.' || name.contains("..")) return false;
  if (name.starts_with("*.")) name.remove_prefix(2);
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

/// Four or sixteen bytes; none when it is no address.
octets address_octets(const std::string& text) {
  octets raw(16);
  if (::inet_pton(AF_INET6, text.c_str(), raw.data()) == 1) return raw;
  raw.resize(::inet_pton(AF_INET, text.c_str(), raw.data()) == 1 ? 4 : 0);
  return raw;
}

// --- DER ---

void append_der(octets& to, unsigned char tag, const octets& content) {
  to.push_back(tag);
  const std::size_t size = content.size();
  if (size >= 0x100) {
    to.insert(to.end(), {0x82, static_cast<unsigned char>(size >> 8U), static_cast<unsigned char>(size & 0xFFU)});
  } else {
    if (size >= 0x80) to.push_back(0x81);
    to.push_back(static_cast<unsigned char>(size));
  }
  to.insert(to.end(), content.begin(), content.end());
}

octets sequence_of(const octets& content) {
  octets whole;
  append_der(whole, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE, content);
  return whole;
}

template <std::size_t Size>
int set_extension(workshop& in, const char (&oid)[Size], const octets& value) {
  return mbedtls_x509write_crt_set_extension(&in.certificate, oid, Size - 1, 0, value.data(), value.size());
}

/// Spec: RFC 5280 §4.2.1.6.
bool set_names(workshop& in, const certificate_wish& wish, std::string& why) {
  constexpr unsigned char dns_name = 0x82;
  constexpr unsigned char ip_address = 0x87;
  octets all;
  for (const std::string& name : wish.names) {
    if (!is_dns_name(name)) return refuse(why, name + ": is no name of a host");
    append_der(all, dns_name, octets(name.begin(), name.end()));
  }
  for (const std::string& text : wish.addresses) {
    const octets raw = address_octets(text);
    if (raw.empty()) return refuse(why, text + ": is no IP address");
    append_der(all, ip_address, raw);
  }
  if (all.size() > 0xFFF0) return refuse(why, "too many names");
  if (all.empty()) return true;
  return done(set_extension(in, MBEDTLS_OID_SUBJECT_ALT_NAME, sequence_of(all)), "the names", why);
}

/// Spec: RFC 5280 §4.2.1.12.
bool set_purpose(workshop& in, purpose what, std::string& why) {
  const bool is_authority = what == purpose::authority;
  constexpr unsigned signs = MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN;
  const unsigned usage = is_authority ? signs : MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
  int failed =
      mbedtls_x509write_crt_set_basic_constraints(&in.certificate, is_authority ? 1 : 0, is_authority ? 0 : -1);
  if (failed == 0) failed = mbedtls_x509write_crt_set_key_usage(&in.certificate, usage);
  if (failed == 0) failed = mbedtls_x509write_crt_set_subject_key_identifier(&in.certificate);
  if (!done(failed, "the key's usage", why)) return false;
  if (is_authority) return true;
  constexpr unsigned char server_authentication = 1;
  constexpr unsigned char client_authentication = 2;
  const unsigned char last = what == purpose::server ? server_authentication : client_authentication;
  const octets use = sequence_of({0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last});
  return done(set_extension(in, MBEDTLS_OID_EXTENDED_KEY_USAGE, use), "the extended key usage", why);
}

/// The value of the authority's subject key identifier, which mbedtls passes over; empty when it has none.
octets key_identifier_of(const mbedtls_x509_crt& authority) {
  constexpr std::string_view oid("\x06\x03\x55\x1D\x0E", 5);
  const std::string_view all(reinterpret_cast<const char*>(authority.v3_ext.p), authority.v3_ext.len);
  const std::size_t at = all.find(oid);
  // Behind it an octet string that holds an octet string, which is short.
  if (at == std::string_view::npos || all.size() - at < oid.size() + 4) return {};
  const std::string_view value = all.substr(at + oid.size());
  const auto size = static_cast<unsigned char>(value[3]);
  if (value[0] != 4 || value[2] != 4 || size >= 0x80 || value.size() < 4U + size) return {};
  return {value.begin() + 4, value.begin() + 4 + size};
}

/// Spec: RFC 5280 §4.2.1.1.
bool set_authority_key(workshop& in, std::string& why) {
  const octets identifier = key_identifier_of(in.authority);
  if (identifier.empty()) return true;
  octets choice;
  append_der(choice, 0x80, identifier);
  return done(set_extension(in, MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER, sequence_of(choice)), "the authority's key", why);
}

// --- the authority ---

/// Its name as it stands there, byte for byte. False when memory is short.
bool copy_issuer(workshop& in) {
  for (const mbedtls_x509_name* from = &in.authority.subject; from != nullptr; from = from->next) {
    auto* const node = static_cast<mbedtls_asn1_named_data*>(mbedtls_calloc(1, sizeof(mbedtls_asn1_named_data)));
    if (node == nullptr) return false;
    node->next = in.certificate.issuer;  // they are written from the last to the first
    in.certificate.issuer = node;
    node->oid.p = static_cast<unsigned char*>(mbedtls_calloc(1, from->oid.len + 1));
    node->val.p = static_cast<unsigned char*>(mbedtls_calloc(1, from->val.len + 1));
    if (node->oid.p == nullptr || node->val.p == nullptr) return false;
    std::memcpy(node->oid.p, from->oid.p, node->oid.len = from->oid.len);
    std::memcpy(node->val.p, from->val.p, node->val.len = from->val.len);
    node->oid.tag = from->oid.tag;
    node->val.tag = from->val.tag;
  }
  return true;
}

const unsigned char* raw(const std::string& text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.c_str());
}

bool take_authority(workshop& in, const certificate_and_key& from, std::string& why) {
  int failed = mbedtls_x509_crt_parse(&in.authority, raw(from.certificate), from.certificate.size() + 1);
  if (!done(failed, "the authority's certificate", why)) return false;
  if (in.authority.ca_istrue == 0) return refuse(why, "the authority's certificate is none of an authority");
  failed = mbedtls_pk_parse_key(&in.authority_key, raw(from.key), from.key.size() + 1, nullptr, 0);
  if (!done(failed, "the authority's key", why)) return false;
  if (mbedtls_pk_check_pair(&in.authority.pk, &in.authority_key) == 0) return true;
  return refuse(why, "the authority's key belongs to another certificate");
}

// --- the certificate ---

/// Who it is for, and who signs it.
bool set_parties(workshop& in, const std::string& common_name, bool is_signed_by_other, std::string& why) {
  if (!is_common_name(common_name)) {
    return refuse(why, "\"" + common_name + "\": a common name has 1 to 64 bytes of text, without a backslash");
  }
  std::string text = "CN=";
  for (const char c : common_name) text.append(c == ',' ? "\\" : "").append(1, c);
  int failed = mbedtls_x509write_crt_set_subject_name(&in.certificate, text.c_str());
  if (failed == 0 && is_signed_by_other) {
    failed = copy_issuer(in) ? 0 : MBEDTLS_ERR_X509_ALLOC_FAILED;
  } else if (failed == 0) {
    failed = mbedtls_x509write_crt_set_issuer_name(&in.certificate, text.c_str());
  }
  return done(failed, "the common name", why);
}

/// "20260131235959"
std::string validity_text(std::chrono::sys_seconds when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{when - day};
  std::array<char, 32> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%04d%02u%02u%02d%02d%02d", static_cast<int>(date.year()),
                                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                                  static_cast<int>(time.seconds().count())));
  return text.data();
}

bool set_validity(workshop& in, const certificate_wish& wish, bool is_signed_by_other, std::string& why) {
  std::chrono::sys_seconds last = wish.not_after;
  if (is_signed_by_other) last = std::min(last, tls_certificate_facts(in.authority).not_after);
  if (last <= wish.not_before) return refuse(why, "it would end before it begins; has the authority's time run out?");
  const std::string from = validity_text(wish.not_before);
  const std::string to = validity_text(last);
  return done(mbedtls_x509write_crt_set_validity(&in.certificate, from.c_str(), to.c_str()), "the validity", why);
}

bool set_serial(workshop& in, std::string& why) {
  std::array<unsigned char, 16> number{};
  int failed = mbedtls_ctr_drbg_random(&in.random, number.data(), number.size());
  number[0] = static_cast<unsigned char>((number[0] & 0x7FU) | 0x40U);  // positive, and no zeros in front
  if (failed == 0) failed = mbedtls_mpi_read_binary(&in.serial, number.data(), number.size());
  if (failed == 0) failed = mbedtls_x509write_crt_set_serial(&in.certificate, &in.serial);
  return done(failed, "the serial number", why);
}

bool make_key(workshop& in, std::string& why) {
  int failed = mbedtls_ctr_drbg_seed(&in.random, mbedtls_entropy_func, &in.entropy, nullptr, 0);
  if (failed == 0) failed = mbedtls_pk_setup(&in.key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
  if (failed == 0) {
    failed = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(in.key), mbedtls_ctr_drbg_random, &in.random);
  }
  return done(failed, "the key", why);
}

bool fill(workshop& in, const certificate_wish& wish, const certificate_and_key* authority, std::string& why) {
  if (!make_key(in, why)) return false;
  if (authority != nullptr && !take_authority(in, *authority, why)) return false;
  mbedtls_x509write_cert& certificate = in.certificate;
  mbedtls_x509write_crt_set_version(&certificate, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&certificate, MBEDTLS_MD_SHA256);
  mbedtls_x509write_crt_set_subject_key(&certificate, &in.key);
  mbedtls_x509write_crt_set_issuer_key(&certificate, authority != nullptr ? &in.authority_key : &in.key);
  const bool by_other = authority != nullptr;
  return set_serial(in, why) && set_parties(in, wish.common_name, by_other, why) &&
         set_validity(in, wish, by_other, why) && set_purpose(in, wish.what, why) && set_names(in, wish, why) &&
         (!by_other || set_authority_key(in, why));
}

}  // namespace

nanolib::result<certificate_and_key> make_certificate(const certificate_wish& wish,
                                                      const certificate_and_key* authority, std::string& why) {
  workshop in;
  bool made = fill(in, wish, authority, why);
  octets room(70'000);
  certificate_and_key both;
  made = made &&
         done(mbedtls_x509write_crt_pem(&in.certificate, room.data(), room.size(), mbedtls_ctr_drbg_random, &in.random),
              "the certificate", why);
  if (made) both.certificate = reinterpret_cast<const char*>(room.data());
  made = made && done(mbedtls_pk_write_key_pem(&in.key, room.data(), room.size()), "the key", why);
  if (made) both.key = reinterpret_cast<const char*>(room.data());
  std::ranges::fill(room, static_cast<unsigned char>(0));
  if (!made) return std::unexpected(nanolib::error{nanolib::error_domain::config, EINVAL});
  return both;
}

}  // namespace nanonng::net
