// What is in a certificate.
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crl.h>

#include <cerrno>
#include <memory>

#include "nanonng/net/certificate.hpp"
#include "tls_certificate.hpp"
#include "tls_text.hpp"

namespace nanonng::net {

namespace {

std::chrono::sys_seconds time_of(const mbedtls_x509_time& from) noexcept {
  const std::chrono::year_month_day day{std::chrono::year{from.year},
                                        std::chrono::month{static_cast<unsigned>(from.mon)},
                                        std::chrono::day{static_cast<unsigned>(from.day)}};
  return std::chrono::sys_days{day} + std::chrono::hours{from.hour} + std::chrono::minutes{from.min} +
         std::chrono::seconds{from.sec};
}

std::string name_text(const mbedtls_x509_name& from) {
  char text[1024] = {};
  if (mbedtls_x509_dn_gets(text, sizeof text, &from) < 0) return "(not to be shown)";
  return text;
}

std::string serial_text(const mbedtls_x509_buf& from) {
  char text[256] = {};
  if (mbedtls_x509_serial_gets(text, sizeof text, &from) < 0) return {};
  return text;
}

std::string key_text(const mbedtls_pk_context& key) {
  return std::string(mbedtls_pk_get_name(&key)) + " " + std::to_string(mbedtls_pk_get_bitlen(&key)) + " bits";
}

struct certificate_freer {
  void operator()(mbedtls_x509_crt* chain) const noexcept {
    mbedtls_x509_crt_free(chain);
    delete chain;
  }
};

struct list_freer {
  void operator()(mbedtls_x509_crl* chain) const noexcept {
    mbedtls_x509_crl_free(chain);
    delete chain;
  }
};

std::size_t count_entries(const mbedtls_x509_crl& of) noexcept {
  std::size_t count = 0;
  // The first is part of the list, and without bytes where there is none.
  for (const auto* at = &of.entry; at != nullptr && at->raw.p != nullptr; at = at->next) ++count;
  return count;
}

}  // namespace

certificate_facts tls_certificate_facts(const mbedtls_x509_crt& certificate) {
  tls_identity identity;
  read_certificate(identity, certificate);
  certificate_facts facts;
  facts.subject = name_text(certificate.subject);
  facts.issuer = name_text(certificate.issuer);
  facts.serial = serial_text(certificate.serial);
  facts.not_before = time_of(certificate.valid_from);
  facts.not_after = time_of(certificate.valid_to);
  facts.names = std::move(identity.alternative_names);
  facts.key = key_text(certificate.pk);
  facts.fingerprint = identity.fingerprint_text();
  facts.is_authority = certificate.ca_istrue != 0;
  return facts;
}

nanolib::result<std::vector<certificate_facts>> read_certificates(std::string_view content, std::string& why) {
  const std::string text(content);  // with a NUL at its end, as mbedtls wants PEM
  const std::unique_ptr<mbedtls_x509_crt, certificate_freer> chain(new mbedtls_x509_crt);
  mbedtls_x509_crt_init(chain.get());
  const bool is_pem = text.contains("-----BEGIN");
  const int failed = mbedtls_x509_crt_parse(chain.get(), reinterpret_cast<const unsigned char*>(text.c_str()),
                                            text.size() + (is_pem ? 1 : 0));
  if (failed != 0) {
    why = failed > 0 ? std::to_string(failed) + " of the certificates cannot be read"
                     : "no certificate: " + describe_tls_error(failed);
    return std::unexpected(nanolib::error{nanolib::error_domain::config, EINVAL});
  }
  std::vector<certificate_facts> all;
  for (const mbedtls_x509_crt* at = chain.get(); at != nullptr; at = at->next)
    all.push_back(tls_certificate_facts(*at));
  return all;
}

nanolib::result<std::vector<revocation_facts>> read_revocations(std::string_view content, std::string& why) {
  const std::string text(content);
  const std::unique_ptr<mbedtls_x509_crl, list_freer> chain(new mbedtls_x509_crl);
  mbedtls_x509_crl_init(chain.get());
  const bool is_pem = text.contains("-----BEGIN");
  const int failed = mbedtls_x509_crl_parse(chain.get(), reinterpret_cast<const unsigned char*>(text.c_str()),
                                            text.size() + (is_pem ? 1 : 0));
  if (failed != 0) {
    why = "no list of revoked certificates: " + describe_tls_error(failed);
    return std::unexpected(nanolib::error{nanolib::error_domain::config, EINVAL});
  }
  std::vector<revocation_facts> all;
  for (const mbedtls_x509_crl* at = chain.get(); at != nullptr && at->raw.p != nullptr; at = at->next) {
    const bool ends = at->next_update.year != 0;
    all.push_back({name_text(at->issuer), time_of(at->this_update),
                   ends ? time_of(at->next_update) : std::chrono::sys_seconds{}, count_entries(*at)});
  }
  return all;
}

}  // namespace nanonng::net
