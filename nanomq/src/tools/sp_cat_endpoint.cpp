#include "tools/sp_cat_endpoint.hpp"

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/transport/tls/tls.h>

#include <memory>

#include "nanomq/config/small_file.hpp"

namespace nanomq::tools {
namespace {

constexpr std::size_t largest_pem = std::size_t{1024} * 1024;

bool is_tls(std::string_view url) noexcept { return url.starts_with("tls+") || url.starts_with("wss"); }

using tls_config = std::unique_ptr<nng_tls_config, decltype([](nng_tls_config* one) { nng_tls_config_free(one); })>;

std::string refused(const std::string& what, int code) { return what + ": " + nng_strerror(code); }

std::string read_pem(const std::string& path, std::string& into) {
  std::string why;
  auto text = config::read_small_file(path, largest_pem, why);
  if (!text) return "Cannot read " + path + ": " + why;
  into = std::move(*text);
  return {};
}

std::string set_identity(nng_tls_config* made, const sp_cat_tls& files) {
  if (files.certificate.empty()) return {};
  std::string certificate;
  std::string key;
  if (auto fault = read_pem(files.certificate, certificate); !fault.empty()) return fault;
  if (auto fault = read_pem(files.key.empty() ? files.certificate : files.key, key); !fault.empty()) return fault;
  const int code = nng_tls_config_own_cert(made, certificate.c_str(), key.c_str(), nullptr);
  return code == 0 ? std::string() : refused("Unable to load certificate " + files.certificate, code);
}

std::string set_trust(nng_tls_config* made, const sp_cat_tls& files, bool listens) {
  if (!files.ca_file.empty()) {
    std::string trusted;
    if (auto fault = read_pem(files.ca_file, trusted); !fault.empty()) return fault;
    const int code = nng_tls_config_ca_chain(made, trusted.c_str(), nullptr);
    if (code != 0) return refused("Unable to load ca file " + files.ca_file, code);
  }
  // Who listens can ask for certificates only when it knows whom to trust.
  const bool asks = !files.insecure && (!listens || !files.ca_file.empty());
  const int code = nng_tls_config_auth_mode(made, asks ? NNG_TLS_AUTH_MODE_REQUIRED : NNG_TLS_AUTH_MODE_NONE);
  return code == 0 ? std::string() : refused("Unable to configure TLS", code);
}

std::string make_tls(tls_config& into, const sp_cat_tls& files, bool listens) {
  nng_tls_config* made = nullptr;
  const int code = nng_tls_config_alloc(&made, listens ? NNG_TLS_MODE_SERVER : NNG_TLS_MODE_CLIENT);
  if (code != 0) return refused("This build of libnng has no TLS", code);
  into.reset(made);
  if (auto fault = set_identity(made, files); !fault.empty()) return fault;
  return set_trust(made, files, listens);
}

std::string listen(nng_socket socket, const std::string& url, nng_tls_config* tls, std::string& bound) {
  nng_listener made = NNG_LISTENER_INITIALIZER;
  int code = nng_listener_create(&made, socket, url.c_str());
  if (code != 0) return refused("Unable to create listener for " + url, code);
  if (tls != nullptr) code = nng_listener_set_ptr(made, NNG_OPT_TLS_CONFIG, tls);
  if (code != 0) return refused("Unable to configure TLS", code);
  code = nng_listener_start(made, 0);
  if (code != 0) return refused("Unable to listen on " + url, code);
  bound = url;
  if (char* text = nullptr; nng_listener_get_string(made, NNG_OPT_URL, &text) == 0) {
    bound = text;
    nng_strfree(text);
  }
  return {};
}

// A dialer that is given a whole configuration no longer sets the name itself; without one any name would do.
int set_name(nng_tls_config* tls, const std::string& url) {
  nng_url* read = nullptr;
  if (const int code = nng_url_parse(&read, url.c_str()); code != 0) return code;
  const int code = nng_tls_config_server_name(tls, read->u_hostname);
  nng_url_free(read);
  return code;
}

std::string dial(nng_socket socket, const std::string& url, nng_tls_config* tls, bool later) {
  nng_dialer made = NNG_DIALER_INITIALIZER;
  int code = nng_dialer_create(&made, socket, url.c_str());
  if (code != 0) return refused("Unable to create dialer for " + url, code);
  if (tls != nullptr) code = set_name(tls, url);
  if (tls != nullptr && code == 0) code = nng_dialer_set_ptr(made, NNG_OPT_TLS_CONFIG, tls);
  if (code != 0) return refused("Unable to configure TLS", code);
  code = nng_dialer_start(made, later ? NNG_FLAG_NONBLOCK : 0);
  return code == 0 ? std::string() : refused("Unable to dial on " + url, code);
}

}  // namespace

std::string open_endpoint(const nanonng::net::sp_socket& socket, const sp_cat_address& where, const sp_cat_job& job,
                          std::string& bound) {
  tls_config tls;
  if (is_tls(where.url)) {
    if (auto fault = make_tls(tls, job.tls, where.listens); !fault.empty()) return fault;
  }
  return where.listens ? listen(socket.handle(), where.url, tls.get(), bound)
                       : dial(socket.handle(), where.url, tls.get(), job.dials_later);
}

}  // namespace nanomq::tools
