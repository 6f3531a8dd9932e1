#include "nanomq/broker/listener.hpp"

#include <array>
#include <utility>

namespace nanomq::broker {

namespace {

constexpr std::array<std::string_view, 4> names{"tcp", "ssl", "ws", "wss"};
constexpr std::array<std::uint16_t, 4> ports{1883, 8883, 8083, 8086};
constexpr std::array<std::string_view, 4> schemes{"mqtt-tcp://", "mqtts://", "ws://", "wss://"};
constexpr std::array<std::string_view, 4> unix_schemes{"unix://", "tls+unix://", "ws+unix://", "wss+unix://"};

}  // namespace

std::string_view name_of(listener_kind kind) noexcept { return names[std::to_underlying(kind)]; }
std::uint16_t usual_port(listener_kind kind) noexcept { return ports[std::to_underlying(kind)]; }

std::vector<nanonng::net::endpoint> listener_options::places() const {
  if (!bind.empty()) return bind;
  using nanonng::net::endpoint;
  const std::uint16_t port = usual_port(kind);
  return {{endpoint::transport::tcp, "127.0.0.1", port}, {endpoint::transport::tcp, "::1", port}};
}

std::string listener_options::id() const {
  return std::string(name_of(kind)) + ":" + (name.empty() ? std::string("default") : name);
}

bool listener_options::has_credentials() const noexcept {
  return !certificate.certificate_file.empty() || !more_certificates.empty() || !tls.psk_file.empty();
}

// With a certificate of ours a client can leave the pre-shared keys aside.
bool listener_options::authenticates() const noexcept {
  if (!is_secure()) return false;
  const bool only_keys = !tls.psk_file.empty() && certificate.certificate_file.empty() && more_certificates.empty();
  return only_keys || (verify_peer && fail_if_no_peer_cert);
}

nanonng::net::tls_server_options listener_options::tls_options() const {
  using nanonng::net::client_certificates;
  nanonng::net::tls_server_options made = tls;
  made.credentials.clear();
  const bool has_own = !certificate.certificate_file.empty() || !certificate.key_file.empty();
  if (has_own) made.credentials.push_back(certificate);
  made.credentials.insert(made.credentials.end(), more_certificates.begin(), more_certificates.end());
  made.ask = !verify_peer           ? client_certificates::none
             : fail_if_no_peer_cert ? client_certificates::required
                                    : client_certificates::optional;
  made.protocols = alpn;
  // Browsers offer http/1.1 when they open a WebSocket, and nothing of MQTT.
  if (alpn.empty())
    made.protocols = is_websocket() ? std::vector<std::string>{"http/1.1", "mqtt"} : std::vector<std::string>{"mqtt"};
  return made;
}

std::string listening::url() const {
  const bool is_unix = where.kind == nanonng::net::endpoint::transport::unix_socket;
  const std::string plain = where.url();
  const auto scheme = plain.find("://") + 3;
  std::string out((is_unix ? unix_schemes : schemes)[std::to_underlying(kind)]);
  out.append(plain, scheme);
  return is_unix ? out : out + path;
}

}  // namespace nanomq::broker
