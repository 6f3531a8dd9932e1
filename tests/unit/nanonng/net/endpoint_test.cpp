#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "nanonng/net/listener.hpp"

namespace nanonng::net {
namespace {

struct url_case {
  std::string url;
  std::string host;
  std::uint16_t port;
  std::string canonical;
};

TEST(endpoint, is_read_from_every_scheme) {
  const std::vector<url_case> cases{
      {"nmq-tcp://127.0.0.1:1883", "127.0.0.1", 1883, "mqtt-tcp://127.0.0.1:1883"},
      {"mqtt-tcp://127.0.0.1:1", "127.0.0.1", 1, "mqtt-tcp://127.0.0.1:1"},
      {"mqtt://example.org", "example.org", 1883, "mqtt-tcp://example.org:1883"},
      {"tcp://[::1]:0", "::1", 0, "mqtt-tcp://[::1]:0"},
      {"broker+tcp://[::]", "::", 1883, "mqtt-tcp://[::]:1883"},
      {"tcp://[fe80::1%eth0]:65535", "fe80::1%eth0", 65535, "mqtt-tcp://[fe80::1%eth0]:65535"},
      {"tcp://*:2000/", "", 2000, "mqtt-tcp://*:2000"},
      {"tcp://*", "", 1883, "mqtt-tcp://*:1883"},
  };
  for (const url_case& each : cases) {
    std::string why;
    const auto where = parse_endpoint(each.url, why);
    ASSERT_TRUE(where) << each.url << ": " << why;
    EXPECT_EQ(where->kind, endpoint::transport::tcp);
    EXPECT_EQ(where->host, each.host) << each.url;
    EXPECT_EQ(where->port, each.port) << each.url;
    EXPECT_EQ(where->url(), each.canonical);
    EXPECT_EQ(parse_endpoint(where->url(), why)->url(), each.canonical);
  }
}

TEST(endpoint, is_a_path_for_a_unix_socket) {
  std::string why;
  const auto where = parse_endpoint("unix:///run/mqtt.sock", why);
  ASSERT_TRUE(where);
  EXPECT_EQ(where->kind, endpoint::transport::unix_socket);
  EXPECT_EQ(where->host, "/run/mqtt.sock");
  EXPECT_EQ(where->url(), "unix:///run/mqtt.sock");
}

TEST(endpoint, says_what_is_wrong_with_a_url) {
  const std::vector<std::string> bad{
      "",
      "127.0.0.1:1883",
      "http://127.0.0.1:1883",
      "tcp://",
      "tcp://:1883",
      "tcp://127.0.0.1:",
      "tcp://127.0.0.1:65536",
      "tcp://127.0.0.1:-1",
      "tcp://127.0.0.1:18x3",
      "tcp://127.0.0.1:1883/path",
      "tcp://user@host:1883",
      "tcp://ho st",
      "tcp://::1:1883",
      "tcp://[::1",
      "tcp://[::1]1883",
      "tcp://[1.2.3.4]:1883",
      "tcp://[]:1883",
      "tcp://" + std::string(254, 'a'),
      "unix://",
      "unix:///" + std::string(200, 'p'),
      std::string("unix:///a\0b", 11),
  };
  for (const std::string& url : bad) {
    std::string why;
    const auto where = parse_endpoint(url, why);
    ASSERT_FALSE(where) << url;
    EXPECT_EQ(where.error().domain, nanolib::error_domain::config);
    EXPECT_FALSE(why.empty()) << url;
  }
}

TEST(endpoint, says_which_transports_are_not_there) {
  std::string why;
  for (const char* url : {"tls+mqtt-tcp://x", "mqtts://x", "ssl://x"}) {
    EXPECT_FALSE(parse_endpoint(url, why));
    EXPECT_TRUE(why.starts_with("this is TLS, and only")) << why;
  }
  for (const char* url : {"ws://x", "wss://x", "nmq-wss://x"}) {
    EXPECT_FALSE(parse_endpoint(url, why));
    EXPECT_TRUE(why.starts_with("this is a WebSocket, and only")) << why;
  }
}

TEST(endpoint, is_local_only_when_no_other_machine_reaches_it) {
  std::string why;
  for (const char* url : {"tcp://127.0.0.1", "tcp://127.255.0.9", "tcp://[::1]", "tcp://[::ffff:127.0.0.1]",
                          "tcp://localhost", "unix://x"}) {
    EXPECT_TRUE(parse_endpoint(url, why)->is_local()) << url;
  }
  for (const char* url : {"tcp://0.0.0.0", "tcp://[::]", "tcp://*", "tcp://10.0.0.1", "tcp://[::ffff:10.0.0.1]",
                          "tcp://localhost.example.org", "tcp://127.0.0.1.example.org"}) {
    EXPECT_FALSE(parse_endpoint(url, why)->is_local()) << url;
  }
}

}  // namespace
}  // namespace nanonng::net
