#include "nanonng/sdk/url.hpp"

#include <gtest/gtest.h>

namespace nanonng::sdk {
namespace {

using transport = server_url::transport;

server_url parsed(std::string_view url) {
  std::string why;
  auto read = parse_server_url(url, why);
  EXPECT_TRUE(read.has_value()) << url << ": " << why;
  return read.value_or(server_url{});
}

std::string fault(std::string_view url) {
  std::string why;
  const auto read = parse_server_url(url, why);
  EXPECT_FALSE(read.has_value()) << url;
  EXPECT_EQ(read ? nanolib::error_domain::sys : read.error().domain, nanolib::error_domain::config);
  return why;
}

TEST(url, knows_the_schemes_and_their_ports) {
  struct row {
    std::string_view url;
    transport kind;
    bool tls;
    unsigned port;
  };
  for (const row& each :
       {row{"mqtt://h", transport::tcp, false, 1883}, row{"tcp://h", transport::tcp, false, 1883},
        row{"mqtt-tcp://h", transport::tcp, false, 1883}, row{"h", transport::tcp, false, 1883},
        row{"h:1", transport::tcp, false, 1}, row{"MQTT://h", transport::tcp, false, 1883},
        row{"mqtts://h", transport::tcp, true, 8883}, row{"ssl://h", transport::tcp, true, 8883},
        row{"tls://h", transport::tcp, true, 8883}, row{"mqtt+ssl://h", transport::tcp, true, 8883},
        row{"tls+mqtt-tcp://h", transport::tcp, true, 8883}, row{"ws://h", transport::websocket, false, 80},
        row{"wss://h", transport::websocket, true, 443}, row{"wss://h:9/x", transport::websocket, true, 9}}) {
    const server_url read = parsed(each.url);
    EXPECT_EQ(read.kind, each.kind) << each.url;
    EXPECT_EQ(read.tls, each.tls) << each.url;
    EXPECT_EQ(read.port, each.port) << each.url;
    EXPECT_EQ(read.host, "h") << each.url;
  }
}

TEST(url, reads_user_password_and_client_id) {
  const server_url read = parsed("mqtt://a%40b:p%3Aq%00@host:1884/?client_id=me%20too");
  EXPECT_EQ(read.user_name, "a@b");
  EXPECT_EQ(read.password, std::string("p:q\0", 4));
  EXPECT_EQ(read.client_id, "me too");
  EXPECT_EQ(read.host, "host");
  EXPECT_EQ(read.port, 1884);
}

TEST(url, tells_an_absent_password_from_an_empty_one) {
  EXPECT_EQ(parsed("mqtt://u@h").password, std::nullopt);
  EXPECT_EQ(parsed("mqtt://u:@h").password, "");
  EXPECT_EQ(parsed("mqtt://h").user_name, std::nullopt);
}

TEST(url, takes_other_spellings_of_the_client_id) {
  EXPECT_EQ(parsed("mqtt://h?clientid=x").client_id, "x");
  EXPECT_EQ(parsed("mqtt://h?clientId=x").client_id, "x");
}

TEST(url, reads_an_ipv6_address_with_and_without_a_port) {
  EXPECT_EQ(parsed("mqtt://[::1]").host, "::1");
  EXPECT_EQ(parsed("mqtt://[::1]").port, 1883);
  EXPECT_EQ(parsed("mqtt://u:p@[::1]:7").port, 7);
}

TEST(url, reads_unix_sockets) {
  for (const std::string_view url : {"unix:///run/m.sock", "mqtt+unix:///run/m.sock", "ipc:///run/m.sock"}) {
    const server_url read = parsed(url);
    EXPECT_EQ(read.kind, transport::unix_socket);
    EXPECT_EQ(read.host, "/run/m.sock");
    EXPECT_EQ(read.where().kind, net::endpoint::transport::unix_socket);
  }
  const server_url read = parsed("unix://u:p@/run/a%20b?client_id=c");
  EXPECT_EQ(read.user_name, "u");
  EXPECT_EQ(read.password, "p");
  EXPECT_EQ(read.host, "/run/a b");
  EXPECT_EQ(read.client_id, "c");
}

TEST(url, keeps_the_path) {
  EXPECT_EQ(parsed("ws://h").path, "/mqtt");
  EXPECT_EQ(parsed("ws://h/a%20b").path, "/a%20b");
  EXPECT_EQ(parsed("mqtt://h/some/topic").path, "some/topic");
  EXPECT_EQ(parsed("mqtt://h/a/%23").path, "a/#");
}

TEST(url, hides_user_and_password_when_shown) {
  EXPECT_EQ(parsed("tcp://u:p@h").text(), "mqtt://h:1883");
  EXPECT_EQ(parsed("wss://u:p@[::1]/x").text(), "wss://[::1]:443/x");
  EXPECT_EQ(parsed("unix://u:p@/s").text(), "unix:///s");
}

TEST(url, refuses_what_it_does_not_understand) {
  for (const std::string_view url :
       {"", "mqtt://", "http://h", "mqtt://h:0", "mqtt://h:65536", "mqtt://h:x", "mqtt://[::1", "mqtt://a:b:c",
        "mqtt://*", "mqtt://h?x=1", "mqtt://u%@h", "mqtt://u%4@h", "mqtt://u%zz@h", "mqtt://u%ff@h", "mqtt://u%00@h",
        "unix://", "mqtt://h h"}) {
    EXPECT_NE(fault(url), "") << url;
  }
}

TEST(url, does_not_repeat_a_password_in_a_complaint) {
  EXPECT_EQ(fault("mqtt://u:secret@h:x").find("secret"), std::string::npos);
  EXPECT_EQ(fault("what://u:secret@h").find("secret"), std::string::npos);
}

}  // namespace
}  // namespace nanonng::sdk
