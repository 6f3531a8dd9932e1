#include "nanonng/net/tls_context.hpp"

#include <mbedtls/ecp.h>
#include <mbedtls/ssl_ciphersuites.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "tls_peer.hpp"
#include "tls_settings.hpp"
#include "tls_text.hpp"

namespace nanonng::net {

namespace {

using settings = tls_context::settings;

/// Forward secrecy and authenticated encryption, or nothing. AES first: most processors do it themselves.
constexpr std::array usual_ciphers{
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,       MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,       MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
};
/// The fastest first: mbedtls' own order begins with the largest, which costs ten times as much.
constexpr std::array<mbedtls_ecp_group_id, 5> curves{MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_CURVE25519,
                                                     MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_SECP521R1,
                                                     MBEDTLS_ECP_DP_NONE};

nanolib::error unusable() noexcept { return {nanolib::error_domain::config, EINVAL}; }

bool choose_ciphers(settings& into, const std::vector<std::string>& names, std::string& why) {
  for (std::string name : names) {
    std::ranges::replace(name, '_', '-');
    int id = mbedtls_ssl_get_ciphersuite_id(name.c_str());
    if (id == 0) id = mbedtls_ssl_get_ciphersuite_id(tls_cipher_name(name).c_str());
    if (id == 0) {
      why = "cipher " + name + ": is not known; write names like TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256";
      return false;
    }
    into.ciphers.push_back(id);
  }
  if (names.empty()) into.ciphers.assign(usual_ciphers.begin(), usual_ciphers.end());
  into.ciphers.push_back(0);
  mbedtls_ssl_conf_ciphersuites(&into.config, into.ciphers.data());
  return true;
}

bool choose_protocols(settings& into, const std::vector<std::string>& names, std::string& why) {
  if (names.empty()) return true;
  into.protocols = names;
  for (const std::string& name : into.protocols) into.protocol_list.push_back(name.c_str());
  into.protocol_list.push_back(nullptr);
  if (mbedtls_ssl_conf_alpn_protocols(&into.config, into.protocol_list.data()) == 0) return true;
  why = "ALPN: a protocol's name has 1 to 255 bytes";
  return false;
}

int minor_of(tls_version version) noexcept {
  switch (version) {
    case tls_version::tls1_0:
      return MBEDTLS_SSL_MINOR_VERSION_1;
    case tls_version::tls1_1:
      return MBEDTLS_SSL_MINOR_VERSION_2;
    case tls_version::tls1_2:
      break;
  }
  return MBEDTLS_SSL_MINOR_VERSION_3;
}

/// What both sides have in common. False: `why` says what is wrong.
bool begin(settings& into, const tls_common_options& options, bool or_the_systems, std::string& why) {
  const int side = into.is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT;
  int failed = mbedtls_ctr_drbg_seed(&into.random, mbedtls_entropy_func, &into.entropy, nullptr, 0);
  if (failed == 0) {
    failed = mbedtls_ssl_config_defaults(&into.config, side, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  }
  if (failed != 0) {
    why = "TLS cannot be set up: " + describe_tls_error(failed);
    return false;
  }
  mbedtls_ssl_conf_rng(&into.config, mbedtls_ctr_drbg_random, &into.random);
  mbedtls_ssl_conf_min_version(&into.config, MBEDTLS_SSL_MAJOR_VERSION_3, minor_of(options.minimum));
  mbedtls_ssl_conf_renegotiation(&into.config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
  mbedtls_ssl_conf_legacy_renegotiation(&into.config, MBEDTLS_SSL_LEGACY_NO_RENEGOTIATION);
  mbedtls_ssl_conf_curves(&into.config, curves.data());
  if (!choose_ciphers(into, options.ciphers, why) || !choose_protocols(into, options.protocols, why)) return false;
  if (!load_trusted(into, options, or_the_systems, why)) return false;
  const bool revokes = !options.crl_file.empty();
  mbedtls_ssl_conf_ca_chain(&into.config, &into.trusted, revokes ? &into.revoked : nullptr);
  return true;
}

bool share_a_name(const tls_own_certificate& one, const tls_own_certificate& other) noexcept {
  return std::ranges::any_of(
      one.names, [&](const std::string& name) { return std::ranges::find(other.names, name) != other.names.end(); });
}

/// Shows the first certificate to who asks for no name that is known, and what stands for the same name with another key.
void show_certificates(settings& into) {
  for (const auto& own : into.own) {
    if (own != into.own.front() && !share_a_name(*own, *into.own.front())) continue;
    mbedtls_ssl_conf_own_cert(&into.config, &own->chain, &own->key);
  }
}

int choose_certificate(void* from, mbedtls_ssl_context* ssl, const unsigned char* name, std::size_t size) noexcept {
  char small[256];
  if (size >= sizeof small) return 0;
  for (std::size_t i = 0; i < size; ++i) {
    const char c = static_cast<char>(name[i]);
    small[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const std::string_view asked(small, size);
  for (const auto& own : static_cast<settings*>(from)->own) {
    const auto fits = [&](const std::string& pattern) { return tls_name_matches(pattern, asked); };
    if (!std::ranges::any_of(own->names, fits)) continue;
    if (mbedtls_ssl_set_hs_own_cert(ssl, &own->chain, &own->key) != 0) return -1;
  }
  return 0;
}

int choose_key(void* from, mbedtls_ssl_context* ssl, const unsigned char* name, std::size_t size) noexcept {
  const auto& keys = static_cast<settings*>(from)->keys;
  const std::string_view identity(reinterpret_cast<const char*>(name), size);
  const auto found = keys.find(identity);
  if (found == keys.end()) return -1;
  tls_peer::of(*ssl).set_psk_identity(identity);
  return mbedtls_ssl_set_hs_psk(ssl, found->second.data(), found->second.size());
}

/// mbedtls keeps a table with a curve's base point, made when it is first needed and without a lock. Keys are shared by
/// threads, so it is made here: nobody writes to them later.
int make_tables(mbedtls_pk_context& of, settings& with) {
  if (mbedtls_pk_can_do(&of, MBEDTLS_PK_ECKEY) == 0) return 0;
  mbedtls_ecp_group& curve = mbedtls_pk_ec(of)->grp;
  mbedtls_ecp_point product;
  mbedtls_mpi three;
  mbedtls_ecp_point_init(&product);
  mbedtls_mpi_init(&three);
  int failed = mbedtls_mpi_lset(&three, 3);
  if (failed == 0) {
    failed = mbedtls_ecp_mul(&curve, &product, &three, &curve.G, mbedtls_ctr_drbg_random, &with.random);
  }
  mbedtls_mpi_free(&three);
  mbedtls_ecp_point_free(&product);
  return failed;
}

bool prepare_for_threads(settings& of, std::string& why) {
  int failed = 0;
  for (const auto& own : of.own) failed |= make_tables(own->key, of);
  for (mbedtls_x509_crt* one = &of.trusted; one != nullptr && one->version != 0; one = one->next) {
    failed |= make_tables(one->pk, of);
  }
  if (failed != 0) why = "TLS cannot be set up: memory is short";
  return failed == 0;
}

bool finish_server(settings& into, const tls_server_options& options, std::string& why) {
  for (const tls_credential& from : options.credentials) {
    if (!load_own_certificate(into, from, why)) return false;
  }
  if (!options.psk_file.empty() && !load_keys(into, options.psk_file, why)) return false;
  if (into.own.empty() && into.keys.empty()) {
    why = "a TLS listener needs a certificate with its key, or a PSK file";
    return false;
  }
  if (options.ask != client_certificates::none && into.trusted.version == 0) {
    why = "client certificates are asked for: name the CA file or directory that they are checked against";
    return false;
  }
  if (!prepare_for_threads(into, why)) return false;
  show_certificates(into);
  into.verifies = options.ask != client_certificates::none;
  mbedtls_ssl_conf_authmode(&into.config, options.ask == client_certificates::required   ? MBEDTLS_SSL_VERIFY_REQUIRED
                                          : options.ask == client_certificates::optional ? MBEDTLS_SSL_VERIFY_OPTIONAL
                                                                                         : MBEDTLS_SSL_VERIFY_NONE);
  mbedtls_ssl_conf_sni(&into.config, choose_certificate, &into);
  if (!into.keys.empty()) mbedtls_ssl_conf_psk_cb(&into.config, choose_key, &into);
  if (!options.tickets) return true;
  const auto lifetime =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(options.ticket_lifetime.count(), 1, 604'800));
  const int failed = mbedtls_ssl_ticket_setup(&into.tickets, mbedtls_ctr_drbg_random, &into.random,
                                              MBEDTLS_CIPHER_AES_256_GCM, lifetime);
  if (failed != 0) {
    why = "session tickets cannot be set up: " + describe_tls_error(failed);
    return false;
  }
  mbedtls_ssl_conf_session_tickets_cb(&into.config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &into.tickets);
  return true;
}

bool finish_client(settings& into, const tls_client_options& options, std::string& why) {
  into.verifies = options.verify;
  mbedtls_ssl_conf_authmode(&into.config, options.verify ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
  if (!options.credential.certificate_file.empty()) {
    if (!load_own_certificate(into, options.credential, why)) return false;
    show_certificates(into);
  }
  if (options.psk_identity.empty() && options.psk_key.empty()) return true;
  std::vector<unsigned char> key;
  if (!read_hexadecimal(options.psk_key, key) || key.size() > MBEDTLS_PSK_MAX_LEN || options.psk_identity.empty()) {
    why = "a pre-shared key needs an identity, and a key of 2 to " + std::to_string(MBEDTLS_PSK_MAX_LEN * 2) +
          " hexadecimal digits";
    return false;
  }
  const auto* const identity = reinterpret_cast<const unsigned char*>(options.psk_identity.data());
  const int failed = mbedtls_ssl_conf_psk(&into.config, key.data(), key.size(), identity, options.psk_identity.size());
  if (failed != 0) why = "the pre-shared key cannot be used: " + describe_tls_error(failed);
  return failed == 0;
}

template <class Make>
nanolib::result<std::shared_ptr<const tls_context>> make(Make fill, std::string& why) {
  try {
    auto made = std::make_unique<settings>();
    if (!fill(*made)) return std::unexpected(unusable());
    return std::make_shared<const tls_context>(std::move(made));
  } catch (const std::bad_alloc&) {
    why = "memory is short";
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
  }
}

}  // namespace

tls_context::settings::settings() noexcept {
  mbedtls_ssl_config_init(&config);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  mbedtls_ssl_ticket_init(&tickets);
  mbedtls_x509_crt_init(&trusted);
  mbedtls_x509_crl_init(&revoked);
}

tls_context::settings::~settings() {
  mbedtls_ssl_config_free(&config);
  mbedtls_ssl_ticket_free(&tickets);
  mbedtls_x509_crt_free(&trusted);
  mbedtls_x509_crl_free(&revoked);
  mbedtls_ctr_drbg_free(&random);
  mbedtls_entropy_free(&entropy);
}

tls_context::tls_context(std::unique_ptr<settings> made) noexcept : settings_(std::move(made)) {}
tls_context::~tls_context() = default;

nanolib::result<std::shared_ptr<const tls_context>> tls_context::server(const tls_server_options& options,
                                                                        std::string& why) {
  const auto fill = [&](settings& into) {
    into.is_server = true;
    return begin(into, options, false, why) && finish_server(into, options, why);
  };
  return make(fill, why);
}

nanolib::result<std::shared_ptr<const tls_context>> tls_context::client(const tls_client_options& options,
                                                                        std::string& why) {
  const auto fill = [&](settings& into) {
    const bool needs_authorities = options.verify && options.psk_identity.empty();
    return begin(into, options, needs_authorities, why) && finish_client(into, options, why);
  };
  return make(fill, why);
}

}  // namespace nanonng::net
