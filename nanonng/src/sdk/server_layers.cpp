#include "nanonng/sdk/server_layers.hpp"

#include <utility>

namespace nanonng::sdk {

namespace {

constexpr nanolib::error unusable{nanolib::error_domain::config, 0};

net::tls_version version_of(tls_version from) noexcept {
  switch (from) {
    case tls_version::tls1_0:
      return net::tls_version::tls1_0;
    case tls_version::tls1_1:
      return net::tls_version::tls1_1;
    case tls_version::tls1_2:
      break;
  }
  return net::tls_version::tls1_2;
}

net::websocket_client_options websocket_from(const server_url& server, const websocket_options& from,
                                             mqtt::protocol_version version) {
  net::websocket_client_options made;
  made.host = net::websocket_host(server.host, server.port, server.tls);
  made.path = from.path.empty() ? server.path : from.path;
  made.protocol = !from.protocol.empty()                    ? from.protocol
                  : version == mqtt::protocol_version::v3_1 ? "mqttv3.1"
                                                            : "mqtt";
  made.headers = from.headers;
  if (!from.origin.empty()) made.headers.push_back("Origin: " + from.origin);
  return made;
}

}  // namespace

nanolib::result<std::shared_ptr<const net::tls_context>> make_tls_context(const tls_options& from, std::string& why) {
  net::tls_client_options options;
  options.ca_file = from.ca_file;
  options.ca_directory = from.ca_directory;
  options.crl_file = from.crl_file;
  options.protocols = from.protocols;
  options.ciphers = from.ciphers;
  options.minimum = version_of(from.minimum);
  options.verify = from.verify;
  options.credential = {from.certificate_file, from.key_file, from.key_password};
  options.psk_identity = from.psk_identity;
  options.psk_key = from.psk_key;
  auto made = net::tls_context::client(options, why);
  // A code of this domain is the resolver's, here.
  if (!made && made.error().domain == nanolib::error_domain::config) return std::unexpected(unusable);
  return made;
}

nanolib::result<net::client_layers> make_server_layers(const server_url& server,
                                                       std::shared_ptr<const net::tls_context> context,
                                                       const tls_options& tls, const websocket_options& websocket,
                                                       mqtt::protocol_version version, std::string& why) {
  net::client_layers made;
  if (server.tls) {
    made.tls = std::move(context);
    made.server_name = tls.server_name.empty() ? server.host : tls.server_name;
  }
  if (server.kind != server_url::transport::websocket) return made;
  made.websocket = websocket_from(server, websocket, version);
  if (!net::make_upgrade_request(*made.websocket, {}).empty()) return made;
  why = "the path, the sub-protocol or a header of the WebSocket cannot stand in a request";
  return std::unexpected(unusable);
}

}  // namespace nanonng::sdk
