#include "banner.hpp"

#include <gtest/gtest.h>

namespace nanomq::program {
namespace {

using broker::listener_kind;
using nanonng::net::endpoint;

broker::listening at(std::string host, std::uint16_t port, listener_kind kind = listener_kind::tcp) {
  return {"tcp:default", kind, {endpoint::transport::tcp, std::move(host), port}, {}};
}

TEST(banner, says_where_it_listens_who_may_connect_what_is_kept_and_how_to_try_it) {
  const auto text = banner({{at("127.0.0.1", 1884), at("::1", 1884)}, 2, false});
  EXPECT_NE(text.find("nanomq " NANOMQ_VERSION ", 2 shards"), std::string::npos) << text;
  EXPECT_NE(text.find("mqtt-tcp://127.0.0.1:1884 mqtt-tcp://[::1]:1884\n"), std::string::npos) << text;
  EXPECT_NE(text.find("anyone on this machine; no other machine can\n"), std::string::npos) << text;
  EXPECT_NE(text.find("nothing across a restart"), std::string::npos) << text;
  EXPECT_NE(text.find("mosquitto_pub -h 127.0.0.1 -p 1884 -t hello/world -m hi\n"), std::string::npos) << text;
}

TEST(banner, warns_when_other_machines_may_connect) {
  const auto text = banner({{at("0.0.0.0", 1883)}, 1, true});
  EXPECT_NE(text.find("ANYONE who can reach it"), std::string::npos) << text;
  EXPECT_NE(text.find("mosquitto_pub -h 127.0.0.1 -p 1883"), std::string::npos) << text;
}

TEST(banner, says_that_users_are_checked) {
  const auto text = banner({.listeners = {at("0.0.0.0", 1883)}, .shards = 1, .authenticates = true, .has_rules = true});
  EXPECT_NE(text.find("users with their passwords; rules say what they may do\n"), std::string::npos) << text;
  EXPECT_NE(text.find("-p 1883 -u USER -P PASSWORD -t hello/world"), std::string::npos) << text;
}

TEST(banner, tells_of_a_listener_that_demands_certificates) {
  const auto text = banner({{at("127.0.0.1", 1883), at("", 8883, listener_kind::ssl)}, 1, false});
  EXPECT_NE(text.find("mqtt-tcp://127.0.0.1:1883 mqtts://*:8883\n"), std::string::npos) << text;
  EXPECT_NE(text.find("only clients with a certificate or a pre-shared key\n"), std::string::npos) << text;
}

TEST(banner, says_what_proves_who_somebody_is) {
  const auto proved = banner(
      {.listeners = {at("127.0.0.1", 8883, listener_kind::ssl)}, .shards = 1, .demands = banner_facts::proof::all});
  EXPECT_NE(proved.find("admits      only clients with a certificate or a pre-shared key\n"), std::string::npos)
      << proved;
  const auto partly = banner({.listeners = {at("127.0.0.1", 1883), at("127.0.0.1", 8883, listener_kind::ssl)},
                              .shards = 1,
                              .demands = banner_facts::proof::some});
  EXPECT_NE(partly.find("anyone on this machine, some listeners only with a certificate"), std::string::npos) << partly;
  access::access_settings settings;
  settings.tokens.algorithms.emplace_back();
  EXPECT_EQ(users_of(settings), "clients with a token (JWT)");
  settings.password_file = "users";
  EXPECT_EQ(users_of(settings), "users with their passwords, clients with a token (JWT)");
}

TEST(banner, names_sp_endpoints) {
  const auto text = banner({.listeners = {at("127.0.0.1", 1883)},
                            .shards = 1,
                            .endpoints = {"nng pub/line1, listens on tcp://127.0.0.1:9000"}});
  EXPECT_NE(text.find("bridges     nng pub/line1, listens on tcp://127.0.0.1:9000\n"), std::string::npos) << text;
}

TEST(banner, tells_of_sp_that_other_machines_reach) {
  const auto text = banner({.listeners = {at("127.0.0.1", 1883)}, .shards = 1, .reachable_sp = "tcp://*:9000"});
  EXPECT_NE(text.find("admits      anyone on this machine; over SP ANYONE who can reach tcp://*:9000, without"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("no other machine"), std::string::npos) << text;
}

TEST(banner, finds_something_to_try_without_a_tcp_listener) {
  const auto text = banner(
      {{{"tcp:default", listener_kind::tcp, {endpoint::transport::unix_socket, "/run/x.sock", 0}, {}}}, 1, false});
  EXPECT_NE(text.find("unix:///run/x.sock\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("mosquitto"), std::string::npos) << text;
}

}  // namespace
}  // namespace nanomq::program
