#include "nanomq/tools/connection_layers.hpp"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "nanonng/sdk/server_layers.hpp"

namespace nanomq::tools {
namespace {

namespace sdk = nanonng::sdk;

/// The words between colons, commas and spaces.
std::vector<std::string> split(std::string_view list, std::string_view separators) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const auto end = list.find_first_of(separators);
    if (end != 0) words.emplace_back(list.substr(0, end));
    if (end == std::string_view::npos) break;
    list.remove_prefix(end + 1);
  }
  return words;
}

sdk::tls_version version_of(std::string_view word) noexcept {
  if (word == "tlsv1") return sdk::tls_version::tls1_0;
  return word == "tlsv1.1" ? sdk::tls_version::tls1_1 : sdk::tls_version::tls1_2;
}

}  // namespace

sdk::tls_options tls_options_of(const connection_options& from) {
  const tls_options& said = from.tls;
  sdk::tls_options made;
  made.ca_file = said.ca_file;
  made.ca_directory = said.ca_directory;
  made.crl_file = said.crl_file;
  made.certificate_file = said.certificate;
  made.key_file = said.key;
  made.key_password = said.key_password;
  made.server_name = said.server_name;
  made.verify = !said.insecure;
  made.protocols = split(said.alpn, ",");
  made.ciphers = split(said.ciphers, ":, ");
  made.minimum = version_of(said.version);
  if (!said.psk.empty()) {
    made.psk_identity = said.psk_identity;
    made.psk_key = said.psk;
  }
  return made;
}

sdk::websocket_options websocket_options_of(const connection_options& from) {
  sdk::websocket_options made;
  made.path = from.websocket_path;
  made.origin = from.websocket_origin;
  made.headers = from.websocket_headers;
  return made;
}

std::expected<nanonng::net::client_layers, std::string> make_layers(const connection_options& from) {
  const auto tls = tls_options_of(from);
  sdk::server_url server;
  server.kind = !from.unix_socket.empty() ? sdk::server_url::transport::unix_socket
                : from.websocket          ? sdk::server_url::transport::websocket
                                          : sdk::server_url::transport::tcp;
  server.tls = from.wants_tls();
  server.host = from.host;
  server.port = from.effective_port();
  server.path = "/mqtt";
  std::string why;
  std::shared_ptr<const nanonng::net::tls_context> context;
  if (server.tls) {
    auto made = sdk::make_tls_context(tls, why);
    if (!made) return std::unexpected(why);
    context = *std::move(made);
  }
  auto made = sdk::make_server_layers(server, std::move(context), tls, websocket_options_of(from), from.version, why);
  if (!made) return std::unexpected(why);
  return *std::move(made);
}

}  // namespace nanomq::tools
