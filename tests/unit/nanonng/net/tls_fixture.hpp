// TLS contexts over the certificates that make_certificates.sh has made.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "memory_stream.hpp"
#include "nanonng/net/tls_stream.hpp"

namespace nanonng::net::test {

inline std::string certificate_file(const std::string& name) {
  return std::string(NANOMQ_TEST_CERTIFICATES "/") + name;
}

inline tls_credential credential(const std::string& name) {
  return {certificate_file(name + ".crt"), certificate_file(name + ".key"), {}};
}

inline std::shared_ptr<const tls_context> server_context(const tls_server_options& options) {
  std::string why;
  auto made = tls_context::server(options, why);
  EXPECT_TRUE(made) << why;
  return made ? *made : nullptr;
}

inline std::shared_ptr<const tls_context> client_context(const tls_client_options& options) {
  std::string why;
  auto made = tls_context::client(options, why);
  EXPECT_TRUE(made) << why;
  return made ? *made : nullptr;
}

inline tls_server_options usual_server() {
  tls_server_options options;
  options.credentials = {credential("server")};
  return options;
}

inline tls_client_options usual_client() {
  tls_client_options options;
  options.ca_file = certificate_file("ca.crt");
  return options;
}

/// A client and a server over memory.
struct tls_pair {
  explicit tls_pair(const std::shared_ptr<const tls_context>& server_side,
                    const std::shared_ptr<const tls_context>& client_side, const std::string& name = "localhost",
                    std::shared_ptr<tls_session> session = nullptr, std::size_t buffer = 256U * 1024)
      : server(make_tls_stream(server_side, wire.left()), buffer),
        client(make_tls_stream(client_side, wire.right(), {name, std::move(session), nullptr}), buffer) {}
  explicit tls_pair(const tls_server_options& server_side = usual_server(),
                    const tls_client_options& client_side = usual_client(), const std::string& name = "localhost")
      : tls_pair(server_context(server_side), client_context(client_side), name) {}

  void shake() { run(client, server); }
  [[nodiscard]] bool stands() const { return client->identity() != nullptr && server->identity() != nullptr; }

  memory_pair wire;
  stream_driver server;
  stream_driver client;
};

}  // namespace nanonng::net::test
