// Who is let in, who is not, and what either side is told.
#include <gmock/gmock.h>

#include <algorithm>

#include "tls_fixture.hpp"

namespace nanonng::net {
namespace {

using test::credential;
using test::tls_pair;
using test::usual_client;
using test::usual_server;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr nanolib::error refused{nanolib::error_domain::sys, EACCES};
constexpr nanolib::error broken{nanolib::error_domain::sys, EPROTO};

tls_server_options asking(client_certificates how) {
  tls_server_options options = usual_server();
  options.ask = how;
  options.ca_file = test::certificate_file("ca.crt");
  return options;
}

tls_client_options showing(const std::string& name) {
  tls_client_options options = usual_client();
  options.credential = credential(name);
  return options;
}

TEST(tls_handshake, stands_with_ecdhe_and_authenticated_encryption) {
  tls_pair pair;
  EXPECT_EQ(pair.server->identity(), nullptr) << "nobody is known before the handshake";
  pair.shake();
  ASSERT_TRUE(pair.stands()) << pair.client->failure() << pair.server->failure();
  EXPECT_EQ(pair.server->identity()->version, "TLSv1.2");
  EXPECT_EQ(pair.server->identity()->cipher, "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256");
  EXPECT_EQ(pair.server->identity()->protocol, "mqtt");
  EXPECT_FALSE(pair.server->identity()->has_certificate);
  EXPECT_EQ(pair.client->identity()->common_name, "localhost");
  EXPECT_EQ(pair.server->peer(), "192.0.2.1:4711");
}

TEST(tls_handshake, refuses_a_server_whose_authority_is_not_trusted) {
  tls_client_options client = usual_client();
  client.ca_file = test::certificate_file("stranger.crt");
  tls_pair pair(usual_server(), client);
  pair.shake();
  EXPECT_EQ(pair.client.why, refused);
  EXPECT_THAT(pair.client->failure(), HasSubstr("no certificate authority that is trusted here has signed it"));
  EXPECT_EQ(pair.server.why, refused);
  EXPECT_THAT(pair.server->failure(), AllOf(HasSubstr("alert"), HasSubstr("unknown_ca (48)")));
}

TEST(tls_handshake, refuses_a_server_with_another_name) {
  tls_pair pair(usual_server(), usual_client(), "mqtt.example.net");
  pair.shake();
  EXPECT_EQ(pair.client.why, refused);
  EXPECT_THAT(pair.client->failure(), HasSubstr("it is for another name"));
}

TEST(tls_handshake, finds_addresses_in_certificates) {
  for (const char* const address : {"127.0.0.1", "::1", "0:0:0:0:0:0:0:1"}) {
    tls_pair pair(usual_server(), usual_client(), address);
    pair.shake();
    EXPECT_TRUE(pair.stands()) << address << pair.client->failure();
  }
  tls_pair pair(usual_server(), usual_client(), "127.0.0.2");
  pair.shake();
  EXPECT_EQ(pair.client.why, refused);
}

TEST(tls_handshake, refuses_any_certificate_when_no_name_is_given) {
  tls_pair pair(usual_server(), usual_client(), "");
  pair.shake();
  EXPECT_EQ(pair.client.why, refused);
}

TEST(tls_handshake, believes_anybody_when_told_so_but_says_not_who) {
  tls_client_options client;
  client.verify = false;
  tls_pair pair(usual_server(), client, "whoever");
  pair.shake();
  ASSERT_TRUE(pair.stands());
  EXPECT_FALSE(pair.client->identity()->has_certificate);
}

// THREATS 85: a client is known by all that is in its certificate.
TEST(tls_handshake, knows_a_client_by_its_certificate) {
  tls_pair pair(asking(client_certificates::required), showing("device"));
  pair.shake();
  ASSERT_TRUE(pair.stands()) << pair.server->failure();
  const tls_identity& who = *pair.server->identity();
  using kind = tls_identity::name_kind;
  EXPECT_EQ(who.common_name, "device-1");
  EXPECT_THAT(who.alternative_names,
              ::testing::UnorderedElementsAre(tls_identity::alternative_name{kind::uri, "urn:device:1"},
                                              tls_identity::alternative_name{kind::dns, "device-1.local"},
                                              tls_identity::alternative_name{kind::email, "device@example.org"},
                                              tls_identity::alternative_name{kind::address, "10.0.0.1"}));
  EXPECT_EQ(who.fingerprint_text().size(), 64U);
  EXPECT_NE(who.fingerprint_text(), std::string(64, '0'));
}

TEST(tls_handshake, takes_a_chain_of_authorities) {
  tls_pair pair(asking(client_certificates::required), showing("chained"));
  pair.shake();
  EXPECT_TRUE(pair.stands()) << pair.server->failure();
}

TEST(tls_handshake, refuses_a_client_without_the_certificate_that_is_required) {
  tls_pair pair(asking(client_certificates::required), usual_client());
  pair.shake();
  EXPECT_EQ(pair.server.why, refused);
  EXPECT_FALSE(pair.stands());
}

TEST(tls_handshake, lets_in_without_a_certificate_where_it_is_optional) {
  tls_pair pair(asking(client_certificates::optional), usual_client());
  pair.shake();
  ASSERT_TRUE(pair.stands()) << pair.server->failure();
  EXPECT_FALSE(pair.server->identity()->has_certificate);
}

TEST(tls_handshake, refuses_a_bad_certificate_required_or_optional) {
  for (const auto how : {client_certificates::required, client_certificates::optional}) {
    for (const char* const who : {"foreign", "expired"}) {
      tls_pair pair(asking(how), showing(who));
      pair.shake();
      EXPECT_EQ(pair.server.why, refused) << who;
      EXPECT_THAT(pair.server->failure(), HasSubstr("certificate was refused")) << who;
      EXPECT_EQ(pair.server->identity(), nullptr);
      EXPECT_TRUE(pair.client.failed) << who;
    }
  }
}

TEST(tls_handshake, refuses_a_revoked_certificate) {
  tls_server_options server = asking(client_certificates::required);
  {
    tls_pair pair(server, showing("revoked"));
    pair.shake();
    EXPECT_TRUE(pair.stands()) << "without the list nobody knows";
  }
  server.crl_file = test::certificate_file("ca.crl");
  tls_pair pair(server, showing("revoked"));
  pair.shake();
  EXPECT_EQ(pair.server.why, refused);
  EXPECT_THAT(pair.server->failure(), HasSubstr("revoked"));
  EXPECT_THAT(pair.client->failure(), HasSubstr("certificate_revoked (44)"));
}

TEST(tls_handshake, takes_authorities_from_a_directory) {
  tls_server_options server = usual_server();
  server.ask = client_certificates::required;
  server.ca_directory = test::certificate_file("authorities");
  tls_pair pair(server, showing("foreign"));
  pair.shake();
  EXPECT_TRUE(pair.stands()) << pair.server->failure();
}

// THREATS 85.
TEST(tls_handshake, gives_no_common_name_where_there_are_two) {
  tls_pair pair(asking(client_certificates::required), showing("twofold"));
  pair.shake();
  ASSERT_TRUE(pair.stands()) << pair.server->failure();
  EXPECT_EQ(pair.server->identity()->common_name, "");
  EXPECT_TRUE(pair.server->identity()->has_certificate);
}

// THREATS 85: "admin\0evil" is not "admin".
TEST(tls_handshake, gives_no_common_name_with_a_zero_byte) {
  tls_server_options server = asking(client_certificates::required);
  server.ca_file = test::certificate_file("zero.crt");
  tls_pair pair(server, showing("zero"));
  pair.shake();
  ASSERT_TRUE(pair.stands()) << pair.server->failure();
  EXPECT_TRUE(pair.server->identity()->has_certificate);
  EXPECT_EQ(pair.server->identity()->common_name, "");
}

TEST(tls_handshake, chooses_the_certificate_by_the_name_asked_for) {
  tls_server_options server = usual_server();
  server.credentials.push_back(credential("other"));
  const auto shared = test::server_context(server);
  const auto client = test::client_context(usual_client());
  for (const char* const name : {"a.example.org", "EXAMPLE.org"}) {
    tls_pair pair(shared, client, name);
    pair.shake();
    ASSERT_TRUE(pair.stands()) << name << pair.client->failure();
    EXPECT_EQ(pair.client->identity()->common_name, "other") << name;
  }
  tls_pair pair(shared, client, "localhost");
  pair.shake();
  EXPECT_EQ(pair.client->identity()->common_name, "localhost");
  tls_pair deep(shared, client, "a.b.example.org");
  deep.shake();
  EXPECT_EQ(deep.client.why, refused) << "a star is one label";
}

TEST(tls_handshake, refuses_a_client_that_offers_other_protocols_only) {
  tls_client_options client = usual_client();
  client.protocols = {"h2", "http/1.1"};
  tls_pair pair(usual_server(), client);
  pair.shake();
  EXPECT_EQ(pair.server.why, broken);
  EXPECT_THAT(pair.client->failure(), HasSubstr("no_application_protocol (120)"));
}

TEST(tls_handshake, takes_a_client_that_offers_no_protocol) {
  tls_client_options client = usual_client();
  client.protocols.clear();
  tls_pair pair(usual_server(), client);
  pair.shake();
  ASSERT_TRUE(pair.stands());
  EXPECT_EQ(pair.server->identity()->protocol, "");
}

TEST(tls_handshake, stands_with_a_pre_shared_key) {
  tls_server_options server;
  server.psk_file = test::certificate_file("keys.psk");
  tls_client_options client;
  client.psk_identity = "sensor";
  client.psk_key = "00112233445566778899AABBCCDDEEFF";
  const auto shared = test::server_context(server);
  {
    tls_pair pair(shared, test::client_context(client), "");
    pair.shake();
    ASSERT_TRUE(pair.stands()) << pair.server->failure() << pair.client->failure();
    EXPECT_EQ(pair.server->identity()->psk_identity, "sensor");
    EXPECT_THAT(pair.server->identity()->cipher, HasSubstr("ECDHE-PSK"));
  }
  client.psk_identity = "with:colon";
  client.psk_key = "0a0b";
  {
    tls_pair pair(shared, test::client_context(client), "");
    pair.shake();
    EXPECT_TRUE(pair.stands()) << pair.server->failure();
  }
  client.psk_key = "0a0c";
  {
    tls_pair pair(shared, test::client_context(client), "");
    pair.shake();
    EXPECT_EQ(pair.server.why, broken) << "another key";
  }
  client.psk_identity = "nobody";
  tls_pair pair(shared, test::client_context(client), "");
  pair.shake();
  EXPECT_EQ(pair.server.why, refused);
  EXPECT_THAT(pair.client->failure(), HasSubstr("unknown_psk_identity (115)"));
}

TEST(tls_handshake, takes_a_session_up_again_without_certificates_on_the_wire) {
  const auto server = test::server_context(asking(client_certificates::required));
  const auto client = test::client_context(showing("device"));
  const auto session = std::make_shared<tls_session>();
  tls_pair first(server, client, "localhost", session);
  first.shake();
  ASSERT_TRUE(first.stands());
  ASSERT_NE(session->value, nullptr);
  tls_pair second(server, client, "localhost", session);
  second.shake();
  ASSERT_TRUE(second.stands()) << second.server->failure();
  EXPECT_LT(second.wire.to_right->all.size(), first.wire.to_right->all.size() / 2);
  EXPECT_EQ(second.server->identity()->common_name, "device-1") << "who it was is in the ticket";

  const auto reloaded = test::server_context(asking(client_certificates::required));
  tls_pair third(reloaded, client, "localhost", session);
  third.shake();
  EXPECT_TRUE(third.stands()) << "a ticket of other keys is no ticket";
  tls_pair other(reloaded, client, "127.0.0.1", session);
  other.shake();
  EXPECT_TRUE(other.stands()) << "another server is asked anew";
}

TEST(tls_handshake, keeps_the_old_context_for_connections_that_stand) {
  auto server = test::server_context(usual_server());
  const auto client = test::client_context(usual_client());
  tls_pair pair(server, client);
  pair.shake();
  server.reset();
  pair.client.put("still here");
  run(pair.client, pair.server);
  EXPECT_EQ(pair.server.received, "still here");
}

TEST(tls_handshake, needs_a_cipher_that_both_know) {
  tls_client_options client = usual_client();
  client.ciphers = {"TLS-ECDHE-RSA-WITH-AES-256-CBC-SHA"};
  tls_pair pair(usual_server(), client);
  pair.shake();
  EXPECT_EQ(pair.server.why, broken);
  EXPECT_THAT(pair.client->failure(), HasSubstr("handshake_failure (40)"));

  client.ciphers = {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"};
  tls_pair other(usual_server(), client);
  other.shake();
  ASSERT_TRUE(other.stands());
  EXPECT_EQ(other.client->identity()->cipher, "TLS-ECDHE-ECDSA-WITH-CHACHA20-POLY1305-SHA256");
}

TEST(tls_handshake, says_that_the_peer_left_in_the_midst) {
  tls_pair pair;
  ASSERT_FALSE(pair.client.step());
  pair.wire.to_left->ended = true;
  pair.server.pull();
  pair.server.pull();
  EXPECT_EQ(pair.server.why, (nanolib::error{nanolib::error_domain::sys, ECONNRESET}));
  EXPECT_THAT(pair.server->failure(), HasSubstr("the peer closed"));
}

TEST(tls_handshake, passes_the_error_of_the_stream_below_on) {
  tls_pair pair;
  pair.wire.to_left->broken = true;
  pair.server.pull();
  EXPECT_EQ(pair.server.why, (nanolib::error{nanolib::error_domain::sys, ECONNRESET}));
}

TEST(tls_handshake, refuses_what_is_no_tls) {
  for (const std::string_view noise : {std::string_view("GET / HTTP/1.1\r\n\r\n"),
                                       std::string_view("\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00", 14),
                                       std::string_view("\x16\x03\x01\xff\xff", 5)}) {
    tls_pair pair;
    pair.wire.to_left->bytes = noise;
    pair.server.pull();
    EXPECT_EQ(pair.server.why, broken);
  }
}

// THREATS 63.
TEST(tls_handshake, computes_one_step_a_turn) {
  const auto loop = event_loop::create({}).value();
  handshake_pace pace(*loop);
  const auto context = test::server_context(usual_server());
  const auto trust = test::client_context(usual_client());
  std::vector<std::unique_ptr<tls_pair>> pairs;
  for (int i = 0; i < 4; ++i) {
    pairs.push_back(std::make_unique<tls_pair>(context, trust));
    pairs.back()->server =
        test::stream_driver(make_tls_stream(context, pairs.back()->wire.left(), {{}, nullptr, &pace}));
    pairs.back()->wire.to_right->ended = false;  // by the stream that was replaced
  }
  int turns = 0;
  const auto all_stand = [&] { return std::ranges::all_of(pairs, [](const auto& pair) { return pair->stands(); }); };
  while (!all_stand() && turns < 100) {
    loop->turn(nanolib::duration(0));
    const std::uint64_t before = pace.steps();
    for (const auto& pair : pairs) {
      pair->client.step();
      pair->server.step();
    }
    EXPECT_LE(pace.steps() - before, 1U);
    ++turns;
  }
  EXPECT_TRUE(all_stand());
  EXPECT_GT(pace.refused(), 0U);
  EXPECT_GE(turns, 8) << "two steps each";
}

// THREATS 63: who trickles bytes uses up nobody's turn.
TEST(tls_handshake, counts_only_steps_that_advance) {
  const auto loop = event_loop::create({}).value();
  handshake_pace pace(*loop);
  loop->turn(nanolib::duration(0));
  tls_pair pair;
  pair.server = test::stream_driver(
      make_tls_stream(test::server_context(usual_server()), pair.wire.left(), {{}, nullptr, &pace}));
  pair.server.pull();
  const std::uint64_t begun = pace.steps();
  loop->turn(nanolib::duration(0));
  for (const char octet : std::string_view("\x16\x03\x01\x01\x00\x01\x00", 7)) {
    pair.wire.to_left->bytes += octet;
    pair.server.pull();
  }
  EXPECT_EQ(pace.steps(), begun);
  EXPECT_FALSE(pair.server.failed);
}

}  // namespace
}  // namespace nanonng::net
