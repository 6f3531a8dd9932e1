// What listeners are told: their keys, their variables, their addresses, and whom they let in.
#include "nanomq/config/listener_option.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "nanomq/config/configuration.hpp"

namespace nanomq::config {
namespace {

using nanomq::broker::listener_kind;
using nanonng::net::endpoint;

configuration read(std::string_view text) {
  configuration made;
  std::string why;
  EXPECT_TRUE(made.read_text(text, "f", why)) << why;
  return made;
}

std::string complaint(std::string_view text) {
  configuration made;
  std::string why;
  return made.read_text(text, "f", why) ? "" : why;
}

TEST(listener_table, has_a_key_once_and_a_default_that_is_in_range) {
  std::set<std::string_view> seen;
  for (const auto& row : listener_rows()) {
    EXPECT_TRUE(seen.insert(row.key).second) << row.key;
    EXPECT_NE(row.kinds, 0) << row.key;
    EXPECT_TRUE(row.help.ends_with('.')) << row.key;
    nanomq::broker::listener_options one;
    one.kind = (row.kinds & on_tcp) != 0 ? listener_kind::tcp : listener_kind::wss;
    const auto printed = print_value(row.type, row.get(one));
    if (row.type == value_type::list) continue;
    const auto text = row.type == value_type::path ? printed.substr(1, printed.size() - 2) : printed;
    std::string why;
    const auto parsed = parse_value(row.type, row.range, {false, {text}}, why);
    ASSERT_TRUE(parsed) << row.key << why;
    EXPECT_TRUE(row.set(one, *parsed, why)) << row.key << why;
    EXPECT_EQ(row.get(one), *parsed) << row.key;
  }
}

TEST(listener_table, finds_keys_of_listeners_with_and_without_a_name) {
  const auto plain = find_listener_setting("listeners.ssl.certfile");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->kind, listener_kind::ssl);
  EXPECT_EQ(plain->name, "");
  EXPECT_EQ(plain->key(), "listeners.ssl.certfile");
  const auto named = find_listener_setting("listeners.wss.Plant-7_b.origins");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->name, "Plant-7_b");
  EXPECT_EQ(named->key(), "listeners.wss.Plant-7_b.origins");
  for (const std::string_view key :
       {"listeners", "listeners.tcp", "listeners.tcp.plant", "listeners.tcp.certfile", "listeners.ssl.path",
        "listeners.ssl.a.b.bind", "listeners.ssl..bind", "listeners.quic.bind", "listener.tcp.bind",
        "listeners.tcp.a b.bind", "listeners.tcp.bind."}) {
    EXPECT_FALSE(find_listener_setting(key)) << key;
  }
  EXPECT_FALSE(find_listener_setting("listeners.tcp." + std::string(65, 'a') + ".bind"));
}

TEST(listener_table, reads_every_variable_of_nanomq) {
  configuration made;
  std::string why;
  constexpr std::array variables{"NANOMQ_BROKER_URL=nmq-tcp://127.0.0.1:1884",
                                 "NANOMQ_TCP_ENABLE=false",
                                 "NANOMQ_TLS_ENABLE=true",
                                 "NANOMQ_TLS_URL=tls+nmq-tcp://127.0.0.1:8884",
                                 "NANOMQ_TLS_CA_CERT_PATH=/ca",
                                 "NANOMQ_TLS_CERT_PATH=/c",
                                 "NANOMQ_TLS_KEY_PATH=/k",
                                 "NANOMQ_TLS_KEY_PASSWORD=secret",
                                 "NANOMQ_TLS_VERIFY_PEER=true",
                                 "NANOMQ_TLS_FAIL_IF_NO_PEER_CERT=true",
                                 "NANOMQ_WEBSOCKET_ENABLE=true",
                                 "NANOMQ_WEBSOCKET_URL=nmq-ws://127.0.0.1:8085/x",
                                 "NANOMQ_WEBSOCKET_TLS_ENABLE=true",
                                 "NANOMQ_WEBSOCKET_TLS_URL=nmq-wss://127.0.0.1/y",
                                 "NANOMQ_LISTENERS__SSL__PLANT__BIND=[::1]:99",
                                 "NANOMQ_LISTENERS__SSL__CRLFILE=/crl"};
  ASSERT_TRUE(made.read_environment(variables, why)) << why;
  const auto listeners = effective_listeners(made.values());
  ASSERT_EQ(listeners.size(), 5U);
  EXPECT_FALSE(listeners[0].enable);
  EXPECT_EQ(listeners[0].bind[0].port, 1884);
  EXPECT_EQ(listeners[1].bind[0].port, 8884);
  EXPECT_EQ(listeners[1].certificate.key_password, "secret");
  EXPECT_TRUE(listeners[1].authenticates());
  EXPECT_EQ(listeners[2].path, "/x");
  EXPECT_EQ(listeners[3].path, "/y");
  EXPECT_EQ(listeners[3].bind[0].port, 8086);
  EXPECT_EQ(listeners[4].id(), "ssl:plant");
  EXPECT_EQ(listeners[1].tls.crl_file, "/crl");
  EXPECT_TRUE(unknown_variables(variables, {}).empty());
}

TEST(listener_address, takes_schemes_ports_and_paths) {
  struct sample {
    listener_kind kind;
    std::string_view text;
    std::string_view url;
  };
  for (const sample& each : std::array{
           sample{listener_kind::tcp, "127.0.0.1", "mqtt-tcp://127.0.0.1:1883"},
           sample{listener_kind::tcp, "[::1]", "mqtt-tcp://[::1]:1883"},
           sample{listener_kind::tcp, "unix:///run/a:b", "unix:///run/a:b"},
           sample{listener_kind::ssl, "0.0.0.0:8884", "mqtts://0.0.0.0:8884"},
           sample{listener_kind::ssl, "tls+nmq-tcp://*", "mqtts://*:8883"},
           sample{listener_kind::ssl, "tls+unix:///run/s", "tls+unix:///run/s"},
           sample{listener_kind::ws, "[::1]:0", "ws://[::1]:0"},
           sample{listener_kind::ws, "nmq-ws://127.0.0.1/", "ws://127.0.0.1:8083"},
           sample{listener_kind::ws, "127.0.0.1:8085/a/b", "ws://127.0.0.1:8085/a/b"},
           sample{listener_kind::wss, "wss://localhost/mqtt", "wss://localhost:8086/mqtt"},
       }) {
    std::string why;
    const auto read = parse_listener_address(each.kind, each.text, why);
    ASSERT_TRUE(read) << each.text << why;
    EXPECT_EQ((nanomq::broker::listening{{}, each.kind, read->where, read->path}.url()), each.url);
  }
}

TEST(listener_address, says_where_an_address_of_another_kind_belongs) {
  EXPECT_EQ(complaint("listeners.tcp.bind = \"mqtts://127.0.0.1\""),
            "f:1:22: listeners.tcp.bind: \"mqtts://127.0.0.1\" belongs into listeners.ssl.bind");
  EXPECT_EQ(complaint("listeners.ssl.a.bind = \"ws://127.0.0.1\""),
            "f:1:24: listeners.ssl.a.bind: \"ws://127.0.0.1\" belongs into listeners.ws.bind");
  EXPECT_NE(complaint("listeners.ws.bind = \"ftp://127.0.0.1\"").find("expected nmq-ws://, "), std::string::npos);
  EXPECT_NE(complaint("listeners.ws.bind = [\"127.0.0.1:1/a\", \"127.0.0.1:2/b\"]").find("two paths"),
            std::string::npos);
}

TEST(listener_settings, guess_what_a_kind_of_listener_was_meant_to_be) {
  const std::array<std::pair<const char*, const char*>, 4> slips{{
      {"listener.tcp.bind = x", "did you mean listeners.tcp.bind?"},
      {"listeners.tls.bind = x", "did you mean listeners.ssl.bind?"},
      {"listener.tls { keyfile = x }", "did you mean listeners.ssl"},
      {"ssl.certfile = x", "did you mean listeners.ssl.certfile?"},
  }};
  for (const auto& [written, hint] : slips) {
    EXPECT_NE(complaint(written).find(hint), std::string::npos) << complaint(written);
  }
}

TEST(listener_settings, take_the_user_name_from_what_was_proved) {
  using nanomq::broker::identity_source;
  const std::array<std::pair<const char*, identity_source>, 5> words{{
      {"true", identity_source::common_name},
      {"cn", identity_source::common_name},
      {"san", identity_source::alternative_name},
      {"fingerprint", identity_source::fingerprint},
      {"false", identity_source::none},
  }};
  for (const auto& [word, source] : words) {
    const auto made = read(std::string("listeners.ssl.use_identity_as_username = ") + word);
    ASSERT_EQ(made.values().broker.listeners.size(), 1U);
    EXPECT_EQ(made.values().broker.listeners[0].use_identity_as_username, source) << word;
  }
  EXPECT_NE(complaint("listeners.ssl.use_identity_as_username = dn").find("not one of"), std::string::npos);
}

TEST(listener_settings, refuse_what_cannot_be_meant) {
  EXPECT_NE(complaint("listeners.ssl.certfil = x").find("did you mean listeners.ssl.certfile?"), std::string::npos);
  EXPECT_NE(complaint("listeners.tcp.certfile = x").find("unknown setting"), std::string::npos);
  EXPECT_NE(complaint("listeners.ws.path = mqtt").find("begins with /"), std::string::npos);
  EXPECT_NE(complaint("listeners.tcp.unix_mode = 0888").find("not a mode"), std::string::npos);
  EXPECT_NE(complaint("listeners.tcp.unix_mode = 1777").find("not a mode"), std::string::npos);
  EXPECT_NE(complaint("listeners.tcp.proxy_trusted = [\"10.0.0.1/8\"]").find("not a network"), std::string::npos);
  EXPECT_NE(complaint("listeners.ssl.more_certificates = [\"a.pem\"]").find("CERTIFICATE:KEY"), std::string::npos);
  EXPECT_NE(complaint("listeners.ssl.min_version = 1.3").find("not one of"), std::string::npos);
}

TEST(listener_settings, show_no_password) {
  const auto made = read("listeners.ssl { bind = \"127.0.0.1:0\", key_password = hidden }");
  for (const auto& one : settings_in(made.values())) {
    EXPECT_EQ(one.shown(made.values()).find("hidden"), std::string::npos) << one.key();
  }
  EXPECT_EQ(find_setting("listeners.ssl.key_password")->shown(made.values()), "\"********\"");
}

TEST(listener_settings, lend_the_certificate_of_ssl_to_wss) {
  const auto made = read(
      "listeners.wss { bind = \"127.0.0.1:0\" }\n"
      "listeners.wss.own { bind = \"127.0.0.1:0\", certfile = \"/own\" }\n"
      "listeners.ssl { enable = false, certfile = \"/c\", keyfile = \"/k\", verify_peer = true }");
  const auto all = effective_listeners(made.values());
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].certificate.certificate_file, "/c");
  EXPECT_TRUE(all[0].verify_peer);
  EXPECT_EQ(all[1].certificate.certificate_file, "/own");
}

TEST(listener_settings, open_a_plain_listener_unless_something_else_is_said) {
  EXPECT_EQ(effective_listeners({}).size(), 1U);
  const auto with_defaults =
      effective_listeners(read("listeners.ssl.enable = false, listeners.ws.enable = false").values());
  ASSERT_EQ(with_defaults.size(), 3U);
  EXPECT_EQ(with_defaults[2].id(), "tcp:default");
  EXPECT_EQ(effective_listeners(read("listeners.tcp.enable = false").values()).size(), 1U);
}

const nanomq::broker::listening* exposed(const configuration& what, std::vector<nanomq::broker::listening>& places) {
  const auto all = effective_listeners(what.values());
  places = places_of(all);
  return exposed_listener(places, all, what.values().allow_anonymous);
}

TEST(exposed_listener, is_the_first_that_other_machines_reach_without_authentication) {
  std::vector<nanomq::broker::listening> places;
  EXPECT_EQ(exposed(read(""), places), nullptr);
  EXPECT_EQ(exposed(read("listeners.tcp.bind = [\"127.0.0.1\", \"[::1]\", \"unix:///tmp/x\"]"), places), nullptr);
  const auto* const found = exposed(read("listeners.tcp.bind = [\"127.0.0.1:1\", \"0.0.0.0:2\"]"), places);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->url(), "mqtt-tcp://0.0.0.0:2");
  EXPECT_EQ(exposed(read("listeners.tcp.bind = \"*\", auth.allow_anonymous = true"), places), nullptr);
  EXPECT_EQ(exposed(read("listeners.tcp { bind = \"*\", enable = false }"), places), nullptr);
  // Behind a proxy are other machines.
  const std::string proxied = "bind = \"127.0.0.1:1\", proxy_protocol = true";
  EXPECT_NE(exposed(read("listeners.tcp {" + proxied + "}"), places), nullptr);
  EXPECT_EQ(exposed(read("listeners.tcp {" + proxied + ", allow_anonymous = true}"), places), nullptr);
}

TEST(exposed_listener, is_none_that_demands_certificates_or_keys_or_says_itself_that_anybody_may) {
  std::vector<nanomq::broker::listening> places;
  const std::string tls = "listeners.ssl.bind = \"*\", listeners.ssl.certfile = c, listeners.ssl.verify_peer = true\n";
  EXPECT_NE(exposed(read(tls), places), nullptr) << "a certificate is welcome and not required";
  EXPECT_EQ(exposed(read(tls + "listeners.ssl.fail_if_no_peer_cert = true"), places), nullptr);
  EXPECT_EQ(exposed(read("listeners.ssl { bind = \"*\", psk_file = k }"), places), nullptr);
  EXPECT_NE(exposed(read("listeners.ssl { bind = \"*\", psk_file = k, certfile = c }"), places), nullptr);
  EXPECT_EQ(exposed(read("listeners.ws.lab { bind = \"*\", allow_anonymous = true }"), places), nullptr);
  EXPECT_NE(
      exposed(read("auth.allow_anonymous = true, listeners.ws { bind = \"*\", allow_anonymous = false }"), places),
      nullptr);
}

}  // namespace
}  // namespace nanomq::config
