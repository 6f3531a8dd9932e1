#include "nanonng/net/sp_trial.hpp"

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/transport/tls/tls.h>

#include <charconv>
#include <memory>
#include <string_view>

#include "sp_port.hpp"

namespace nanonng::net {
namespace {

std::unexpected<nanolib::error> failure(int code) noexcept {
  return std::unexpected(nanolib::error{nanolib::error_domain::nng, code});
}

/// Of no particular protocol: transports are the same for all.
class trial_socket {
 public:
  trial_socket() noexcept : code_(nng_pair0_open(&socket_)) {}
  trial_socket(const trial_socket&) = delete;
  trial_socket& operator=(const trial_socket&) = delete;
  ~trial_socket() {
    if (code_ == 0) nng_close(socket_);
  }
  [[nodiscard]] int code() const noexcept { return code_; }
  [[nodiscard]] nng_socket handle() const noexcept { return socket_; }

 private:
  nng_socket socket_ = NNG_SOCKET_INITIALIZER;
  int code_;
};

// `set`: of a listener or of a dialer.
template <class Endpoint>
int use_files(Endpoint which, int (*set)(Endpoint, const char*, const char*), const std::string& url,
              const sp_tls_files& tls) noexcept {
  if (!sp_url_has_tls(url)) return 0;
  int code = tls.ca.empty() ? 0 : set(which, NNG_OPT_TLS_CA_FILE, tls.ca.c_str());
  if (code == 0 && !tls.certificate_key.empty()) {
    code = set(which, NNG_OPT_TLS_CERT_KEY_FILE, tls.certificate_key.c_str());
  }
  return code;
}

}  // namespace

nanolib::result<void> try_sp_listener(const std::string& url, const sp_tls_files& tls) {
  const trial_socket socket;
  nng_listener made = NNG_LISTENER_INITIALIZER;
  int code = socket.code();
  if (code == 0) code = nng_listener_create(&made, socket.handle(), url.c_str());
  if (code == 0) code = use_files(made, nng_listener_set_string, url, tls);
  return code == 0 ? nanolib::result<void>() : failure(code);
}

nanolib::result<void> try_sp_dialer(const std::string& url, const sp_tls_files& tls) {
  if (sp_url_has_impossible_port(url)) return failure(NNG_EADDRINVAL);
  const trial_socket socket;
  nng_dialer made = NNG_DIALER_INITIALIZER;
  int code = socket.code();
  if (code == 0) code = nng_dialer_create(&made, socket.handle(), url.c_str());
  if (code == 0) code = use_files(made, nng_dialer_set_string, url, tls);
  return code == 0 ? nanolib::result<void>() : failure(code);
}

nanolib::result<endpoint> sp_listening_place(const std::string& url) {
  const auto none = std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  nng_url* read = nullptr;
  if (nng_url_parse(&read, url.c_str()) != 0) return none;
  const std::unique_ptr<nng_url, void (*)(nng_url*)> kept(read, nng_url_free);
  const std::string_view scheme = read->u_scheme;
  const auto text = [](const char* from) { return std::string(from == nullptr ? "" : from); };
  endpoint place;
  if (scheme == "ipc" || scheme == "unix") {
    place.kind = endpoint::transport::unix_socket;
    place.host = text(read->u_path);
    return place;
  }
  if (scheme == "inproc" || scheme == "abstract") return none;
  place.host = text(read->u_hostname);
  const auto port = text(read->u_port);
  if (std::from_chars(port.data(), port.data() + port.size(), place.port).ec == std::errc::result_out_of_range)
    return none;
  return place;
}

}  // namespace nanonng::net
