// SCRAM-SHA-256 from the client's side, and the authentication that is repeated. The vector is that of RFC 7677 §3.
#include "nanonng/sdk/scram.hpp"

#include "nanonng/sdk/client.hpp"
#include "scram_client.hpp"
#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

using mqtt::reason_code;

constexpr std::string_view nonce = "rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view challenge =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

TEST(scram_client, speaks_the_vector_of_rfc_7677) {
  scram_client one("user", "pencil");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(one.begin(nonce), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    const auto said = one.answer(challenge);
    ASSERT_TRUE(said);
    EXPECT_EQ(*said,
              "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
              "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    EXPECT_TRUE(one.finish("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    EXPECT_FALSE(one.finish("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")) << "once for each conversation";
  }
}

TEST(scram_client, answers_no_server_that_is_not_the_one_it_speaks_to_or_makes_it_too_easy) {
  for (const char* wrong :
       {"", "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095", "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999999",
        "m=x,r=rOprNGfwEbeRWgbNEkqOx,s=eA==,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=***,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=eA==", "e=unknown-user"}) {
    scram_client one("user", "pencil");
    static_cast<void>(one.begin(nonce));
    EXPECT_FALSE(one.answer(wrong)) << wrong;
  }
  scram_client early("user", "pencil");
  EXPECT_FALSE(early.answer(challenge));
  EXPECT_FALSE(early.finish(""));
}

TEST(scram_client, is_not_content_with_a_server_that_does_not_know_the_keys) {
  for (const char* wrong : {"", "v=", "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "e=other-error"}) {
    scram_client one("user", "pencil");
    static_cast<void>(one.begin(nonce));
    ASSERT_TRUE(one.answer(challenge));
    EXPECT_FALSE(one.finish(wrong)) << wrong;
  }
}

TEST(scram_client, writes_commas_and_equals_signs_in_names_otherwise) {
  scram_client one("a,b=c", "x");
  EXPECT_EQ(one.begin("n"), "n,,n=a=2Cb=3Dc,r=n");
}

TEST(scram, is_for_names_and_passwords_of_printable_ascii) {
  std::string why;
  EXPECT_TRUE(make_scram_sha_256("user", "pencil"));
  for (const auto& [user, password] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "x"}, {"x", ""}, {"\xc3\xa4", "x"}, {"x", "\xc3\xa4"}, {"x\n", "x"}}) {
    EXPECT_FALSE(make_scram_sha_256(user, password, &why));
    EXPECT_NE(why.find("printable ASCII"), std::string::npos);
  }
}

const auto method = [] { return server_properties().text(property::authentication_method, "M"); };

client_options with_method(states& seen) {
  client_options options = eager({.on_state = seen.listener()});
  options.authenticator = {
      .method = "M",
      .first_data = [] { return std::string("first"); },
      .answer = [](std::string_view asked) -> nanolib::result<std::string> { return "re" + std::string(asked); },
      .finish = [](std::string_view last) -> nanolib::result<void> {
        if (last == "right") return {};
        return std::unexpected(mqtt_error_code(reason_code::not_authorized));
      }};
  return options;
}

TEST(authentication, leaves_a_server_that_does_not_show_who_it_is) {
  raw_server server;
  states seen;
  client c(server.url(), with_method(seen));
  const auto sent = c.publish("t", "for the right one only", {.qos = 1});
  {
    raw_peer peer = server.accept();
    peer.expect(CONNECT);
    peer.send(connack_packet{.props = method().text(property::authentication_data, "wrong")});
    EXPECT_EQ(seen.expect(client_state::offline).why, mqtt_error_code(reason_code::not_authorized));
    peer.expect_close();
  }
  raw_peer peer = server.accept();
  peer.expect(CONNECT);
  peer.send(connack_packet{.props = method().text(property::authentication_data, "right")});
  EXPECT_EQ(peer.expect(PUBLISH).payload, "for the right one only");
}

// [MQTT-4.12.1-1]
TEST(reauthentication, ends_when_the_server_is_content) {
  raw_server server;
  states seen;
  client c(server.url(), with_method(seen));
  raw_peer peer = server.accept();
  peer.expect(CONNECT);
  peer.send(connack_packet{.props = method().text(property::authentication_data, "right")});
  seen.expect(client_state::online);
  const auto again = c.reauthenticate();
  const client_packet begun = peer.expect(AUTH);
  EXPECT_EQ(begun.code, 0x19);
  EXPECT_EQ(begun.props.text(property::authentication_data), "first");
  EXPECT_EQ(error_of(c.reauthenticate()), mqtt_error_code(reason_code::protocol_error));
  peer.send(nanomq::support::auth_packet{.code = 0x18, .props = method().text(property::authentication_data, "ply")});
  EXPECT_EQ(peer.expect(AUTH).props.text(property::authentication_data), "reply");
  EXPECT_FALSE(again.done());
  peer.send(nanomq::support::auth_packet{.code = 0, .props = method().text(property::authentication_data, "right")});
  EXPECT_TRUE(outcome(again));
}

// [MQTT-4.12.1-2]
TEST(reauthentication, ends_with_the_connection_when_the_server_is_not_content) {
  raw_server server;
  states seen;
  client c(server.url(), with_method(seen));
  raw_peer peer = server.accept();
  peer.expect(CONNECT);
  peer.send(connack_packet{.props = method().text(property::authentication_data, "right")});
  seen.expect(client_state::online);
  const auto again = c.reauthenticate();
  peer.expect(AUTH);
  peer.send(nanomq::support::octets{0xE0, 2, 0x87, 0});
  EXPECT_EQ(error_of(again), mqtt_error_code(reason_code::not_authorized));
}

TEST(reauthentication, needs_a_connection_and_an_authenticator) {
  raw_server server;
  states seen;
  {
    client c(server.url(), eager({.on_state = seen.listener()}));
    EXPECT_EQ(error_of(c.reauthenticate()), errors::not_supported);
  }
  client c(server.url(), with_method(seen));
  EXPECT_EQ(error_of(c.reauthenticate()), errors::not_connected);
}

}  // namespace
}  // namespace nanonng::sdk::test
