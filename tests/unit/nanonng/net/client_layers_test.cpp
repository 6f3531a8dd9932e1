// What stands over a client's socket, and what its layers say when the peer does not want them.
#include "nanonng/net/client_layers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nanonng/net/websocket_stream.hpp"
#include "tls_fixture.hpp"

namespace nanonng::net::test {
namespace {

using testing::HasSubstr;

TEST(client_layers, are_those_that_were_named) {
  for (const bool secure : {false, true}) {
    for (const bool websocket : {false, true}) {
      client_layers layers;
      if (secure) layers.tls = client_context(usual_client());
      layers.server_name = "localhost";
      if (websocket) layers.websocket = websocket_client_options{.host = "localhost"};
      EXPECT_EQ(layers.is_plain(), !secure && !websocket);
      memory_pair wire;
      auto near = wire.left();
      if (secure) near = make_tls_stream(server_context(usual_server()), std::move(near));
      if (websocket) {
        near = make_websocket_server(std::move(near), std::make_shared<const websocket_server_options>());
      }
      stream_driver server(std::move(near));
      stream_driver client(add_client_layers(wire.right(), layers));
      client.put("up");
      server.put("down");
      run(client, server);
      EXPECT_EQ(server.received, "up") << client->failure();
      EXPECT_EQ(client.received, "down");
      EXPECT_EQ(client->identity() != nullptr, secure);
    }
  }
}

TEST(client_layers, take_a_session_up_again) {
  tls_server_options with_tickets = usual_server();
  const auto server_side = server_context(with_tickets);
  client_layers layers;
  layers.tls = client_context(usual_client());
  layers.server_name = "localhost";
  layers.session = std::make_shared<tls_session>();
  std::size_t sent[2] = {};
  for (std::size_t& bytes : sent) {
    memory_pair wire;
    stream_driver server(make_tls_stream(server_side, wire.left()));
    stream_driver client(add_client_layers(wire.right(), layers));
    client.put("x");
    run(client, server);
    EXPECT_EQ(server.received, "x");
    bytes = wire.to_right->all.size();  // the second time without certificates
  }
  EXPECT_LT(sent[1], sent[0] / 2);
}

TEST(client_layers, make_nothing_of_a_request_that_cannot_be) {
  client_layers layers;
  layers.websocket = websocket_client_options{.host = "a b"};
  const memory_pair wire;
  EXPECT_EQ(add_client_layers(wire.right(), layers), nullptr);
  EXPECT_TRUE(wire.to_left->ended);
}

TEST(client_layers, name_the_port_where_it_is_not_the_usual_one) {
  EXPECT_EQ(websocket_host("a.example", 80, false), "a.example");
  EXPECT_EQ(websocket_host("a.example", 443, false), "a.example:443");
  EXPECT_EQ(websocket_host("a.example", 443, true), "a.example");
  EXPECT_EQ(websocket_host("::1", 8083, true), "[::1]:8083");
}

TEST(broken_handshake, still_hears_the_alert_that_came_before_the_end) {
  // Nothing has been sent yet, so that the first write meets the end.
  memory_pair wire;
  stream_driver client(make_tls_stream(client_context(usual_client()), wire.right(), {"localhost", nullptr, nullptr}));
  wire.to_right->bytes = std::string("\x15\x03\x03\x00\x02\x02\x30", 7);
  wire.to_left->broken = true;
  client.push();
  ASSERT_TRUE(client.failed);
  EXPECT_EQ(client.why, (nanolib::error{nanolib::error_domain::sys, EACCES}));
  EXPECT_EQ(client->failure(), "TLS handshake: the peer sent the alert unknown_ca (48)");
}

TEST(broken_handshake, says_that_the_connection_broke) {
  memory_pair wire;
  stream_driver client(make_tls_stream(client_context(usual_client()), wire.right(), {"localhost", nullptr, nullptr}));
  wire.to_left->broken = true;
  client.push();
  ASSERT_TRUE(client.failed);
  EXPECT_EQ(client.why, (nanolib::error{nanolib::error_domain::sys, EPIPE}));
  EXPECT_THAT(client->failure(), HasSubstr("TLS handshake: "));
}

TEST(cipher_names, are_understood_in_three_spellings) {
  for (const char* const name :
       {"TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "PSK-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "AES128-SHA256",
        "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-CCM8", "ECDHE-PSK-CHACHA20-POLY1305", "AES128-SHA"}) {
    tls_client_options options = usual_client();
    options.ciphers = {name};
    EXPECT_NE(client_context(options), nullptr) << name;
  }
  std::string why;
  for (const char* const name : {"", "-", "NONE", "AES", "ECDHE", "ECDHE-RSA-AES128-GCM-", "CHACHA20"}) {
    tls_client_options options = usual_client();
    options.ciphers = {name};
    EXPECT_FALSE(tls_context::client(options, why)) << name;
  }
}

}  // namespace
}  // namespace nanonng::net::test
