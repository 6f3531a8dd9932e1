// Which requests become WebSockets, and the right status for each that does not.
#include <gmock/gmock.h>

#include "nanonng/net/websocket_upgrade.hpp"

namespace nanonng::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using kind = websocket_verdict::kind;

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";

/// The request of RFC 6455 §1.3, with one line replaced ("" takes it out) or added.
std::string request(std::string_view replaced = {}, std::string_view by = {}) {
  std::string all;
  for (const std::string_view line :
       {"GET /mqtt HTTP/1.1", "Host: server.example.com", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Origin: http://example.com",
        "Sec-WebSocket-Protocol: chat, mqtt", "Sec-WebSocket-Version: 13"}) {
    const bool is_it = !replaced.empty() && line.starts_with(replaced);
    const std::string_view shown = is_it ? by : line;
    if (!shown.empty()) all += std::string(shown) + "\r\n";
  }
  return all + "\r\n";
}

std::string with(std::string_view line) {
  std::string all = request();
  return all.insert(all.size() - 2, std::string(line) + "\r\n");
}

unsigned status(const std::string& text, const websocket_server_options& options = {}) {
  const websocket_verdict verdict = answer_upgrade(text, options);
  if (verdict.what == kind::need_more) return 0;
  EXPECT_THAT(verdict.answer, StartsWith("HTTP/1.1 " + std::to_string(verdict.status) + " "));
  EXPECT_EQ(verdict.what == kind::accepted, verdict.status == 101);
  return verdict.status;
}

TEST(websocket_upgrade, answers_the_example_of_the_standard) {
  const websocket_verdict verdict = answer_upgrade(request() + "more", {});
  EXPECT_EQ(verdict.what, kind::accepted);
  EXPECT_EQ(verdict.used, request().size());
  EXPECT_THAT(verdict.answer, HasSubstr("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  // [MQTT-6.0.0-4]
  EXPECT_THAT(verdict.answer, HasSubstr("\r\nSec-WebSocket-Protocol: mqtt\r\n"));
}

TEST(websocket_upgrade, waits_after_every_proper_prefix) {
  const std::string all = request();
  for (std::size_t size = 0; size < all.size(); ++size) EXPECT_EQ(status(all.substr(0, size)), 0U) << size;
}

TEST(websocket_upgrade, answers_the_old_protocol_with_its_name) {
  EXPECT_EQ(answer_upgrade(request("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: mqttv3.1"), {}).protocol,
            "mqttv3.1");
}

// [MQTT-6.0.0-3]
TEST(websocket_upgrade, wants_the_protocol_mqtt) {
  EXPECT_EQ(status(request("Sec-WebSocket-Protocol")), 400U);
  EXPECT_EQ(status(request("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat, MQTT")), 400U);
}

// THREATS 36: every path but the one is none.
TEST(websocket_upgrade, knows_one_path_or_any) {
  for (const char* const path : {"/", "/mqtt/", "/mqttx", "/MQTT", "/../mqtt", "//mqtt", "/%6dqtt"}) {
    const std::string line = "GET " + std::string(path) + " HTTP/1.1";
    EXPECT_EQ(status(request("GET", line)), 404U) << path;
    EXPECT_EQ(status(request("GET", line), {.path = ""}), 101U) << path;
  }
  EXPECT_EQ(status(request("GET", "GET /mqtt?token=1 HTTP/1.1")), 101U);
}

TEST(websocket_upgrade, has_a_status_for_each_refusal) {
  EXPECT_EQ(status(request("GET", "POST /mqtt HTTP/1.1")), 405U);
  EXPECT_EQ(status(request("GET", "GET /mqtt HTTP/1.0")), 505U);
  EXPECT_EQ(status(request("GET", "GET /mqtt HTTP/2")), 505U);
  EXPECT_EQ(status(request("GET", "GET mqtt HTTP/1.1")), 400U);
  EXPECT_EQ(status(request("GET", "GET /mq tt HTTP/1.1")), 400U);
  EXPECT_EQ(status(request("GET", "GET /mqtt")), 400U);
  EXPECT_EQ(status(request("Upgrade")), 426U);
  EXPECT_EQ(status(request("Upgrade", "Upgrade: h2c")), 426U);
  EXPECT_EQ(status(request("Connection")), 400U);
  EXPECT_EQ(status(request("Host")), 400U);
  EXPECT_EQ(status(with("Host: another")), 400U);
  EXPECT_EQ(status(with("Content-Length: 5")), 400U);
  EXPECT_EQ(status(with("Transfer-Encoding: chunked")), 400U);
}

// THREATS 34.
TEST(websocket_upgrade, wants_one_version_and_one_key) {
  EXPECT_EQ(status(request("Sec-WebSocket-Version")), 426U);
  EXPECT_EQ(status(request("Sec-WebSocket-Version", "Sec-WebSocket-Version: " + std::string(3000, '1'))), 426U);
  EXPECT_EQ(status(request("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8")), 426U);
  EXPECT_THAT(answer_upgrade(request("Sec-WebSocket-Version"), {}).answer,
              HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
  EXPECT_EQ(status(with("sec-websocket-version: 13")), 400U);
  EXPECT_EQ(status(with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")), 400U);
  for (const char* const bad : {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25j====",
                                "dGhlIHNhbXBsZSBub25jZ!==", "dGhlIHNhbXBsZSBub25jZQ==dGhl"}) {
    EXPECT_EQ(status(request("Sec-WebSocket-Key", "Sec-WebSocket-Key: " + std::string(bad))), 400U) << bad;
  }
}

// THREATS 34: 64 KB of headers, many headers, line feeds alone.
TEST(websocket_upgrade, limits_what_it_reads) {
  EXPECT_EQ(status(with("X-Filler: " + std::string(65'536, 'x'))), 431U);
  EXPECT_EQ(status("GET /mqtt HTTP/1.1\r\nX-Filler: " + std::string(4096, 'x')), 431U) << "without an end";
  std::string many;
  for (int i = 0; i < 64; ++i) many += "X: 1\r\n";
  EXPECT_EQ(status(with(many + "X: 1")), 431U);
  std::string feeds = request();
  std::erase(feeds, '\r');
  EXPECT_EQ(status(feeds), 400U);
}

TEST(websocket_upgrade, refuses_malformed_headers) {
  EXPECT_EQ(status(with(" folded: line")), 400U);
  EXPECT_EQ(status(with("Na me: value")), 400U);
  EXPECT_EQ(status(with("Name : value")), 400U);
  EXPECT_EQ(status(with(": value")), 400U);
  EXPECT_EQ(status(with("no colon")), 400U);
  EXPECT_EQ(status(with(std::string("Name: a\0b", 9))), 400U);
  EXPECT_EQ(status(with("Name: a\nHost: evil")), 400U);
}

TEST(websocket_upgrade, does_not_wait_for_what_is_no_http) {
  EXPECT_EQ(status(std::string("\x10\x0c\x00\x04MQTT", 8)), 400U);
  EXPECT_EQ(status(std::string("\x16\x03\x01", 3)), 400U);
}

// THREATS 89.
TEST(websocket_upgrade, lets_in_pages_of_allowed_origins_only) {
  const websocket_server_options options{.origins = {"https://app.example.org", "http://localhost:8080"}};
  EXPECT_EQ(status(request(), options), 403U);
  EXPECT_EQ(status(request("Origin", "Origin: https://APP.example.org"), options), 101U);
  EXPECT_EQ(status(request("Origin", "Origin: http://localhost"), options), 403U);
  EXPECT_EQ(status(request("Origin", "Origin: https://app.example.org.evil.org"), options), 403U);
  EXPECT_EQ(status(request("Origin", "Origin: null"), options), 403U);
  EXPECT_EQ(status(request("Origin", "Origin: https://app.example.org\r\nOrigin: https://evil.org"), options), 403U);
  EXPECT_EQ(status(request("Origin"), options), 101U) << "no browser";
}

TEST(websocket_upgrade, says_nothing_of_the_request_in_its_answer) {
  const websocket_verdict verdict = answer_upgrade(request("GET", "GET /<script>alert(1)</script> HTTP/1.1"), {});
  EXPECT_EQ(verdict.status, 404U);
  EXPECT_EQ(verdict.answer.find("script"), std::string::npos);
}

class websocket_client_upgrade : public ::testing::Test {
 protected:
  const websocket_client_options options{.host = "broker.example.org:8083"};
  static std::string answer(std::string_view replaced = {}, std::string_view by = {}) {
    std::string all;
    for (const std::string_view line :
         {"HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Protocol: mqtt"}) {
      const bool is_it = !replaced.empty() && line.starts_with(replaced);
      const std::string_view shown = is_it ? by : line;
      if (!shown.empty()) all += std::string(shown) + "\r\n";
    }
    return all + "\r\n";
  }
  [[nodiscard]] kind judged(const std::string& text) const { return check_upgrade_answer(text, key, options).what; }
};

TEST_F(websocket_client_upgrade, asks_what_a_server_grants) {
  const std::string text = make_upgrade_request(options, key);
  const websocket_verdict verdict = answer_upgrade(text, {});
  ASSERT_EQ(verdict.what, kind::accepted) << verdict.why;
  EXPECT_EQ(judged(verdict.answer), kind::accepted);
  EXPECT_EQ(make_websocket_key({'t', 'h', 'e', ' ', 's', 'a', 'm', 'p', 'l', 'e', ' ', 'n', 'o', 'n', 'c', 'e'}), key);
}

TEST_F(websocket_client_upgrade, waits_for_the_whole_answer_and_takes_no_more) {
  const std::string all = answer();
  for (std::size_t size = 0; size < all.size(); ++size) EXPECT_EQ(judged(all.substr(0, size)), kind::need_more) << size;
  EXPECT_EQ(check_upgrade_answer(all + "frames", key, options).used, all.size());
}

TEST_F(websocket_client_upgrade, refuses_an_answer_to_somebody_else) {
  EXPECT_EQ(judged(answer("HTTP", "HTTP/1.1 200 OK")), kind::refused);
  EXPECT_EQ(judged(answer("HTTP", "HTTP/1.1 1010 X")), kind::refused);
  EXPECT_EQ(judged(answer("Upgrade")), kind::refused);
  EXPECT_EQ(judged(answer("Connection")), kind::refused);
  EXPECT_EQ(judged(answer("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
            kind::refused);
  EXPECT_EQ(judged(answer("Sec-WebSocket-Accept")), kind::refused);
  EXPECT_EQ(judged(answer("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat")), kind::refused);
  EXPECT_EQ(judged(answer("Sec-WebSocket-Protocol")), kind::refused);
  EXPECT_EQ(judged(answer("Upgrade", "Upgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate")),
            kind::refused);
  EXPECT_EQ(judged("SSH-2.0-OpenSSH\r\n"), kind::refused);
  EXPECT_EQ(judged("HTTP/1.1 101 X\r\nA: " + std::string(5000, 'a')), kind::refused);
}

TEST_F(websocket_client_upgrade, tells_the_status_of_a_refusal) {
  const auto status = [&](const char* line) { return check_upgrade_answer(answer("HTTP", line), key, options).status; };
  EXPECT_EQ(status("HTTP/1.1 404 Not Found"), 404U);
  EXPECT_EQ(status("HTTP/1.1 503"), 503U);
  for (const char* const line : {"HTTP/1.1 ", "HTTP/1.1 4x4 X", "HTTP/1.1 40", "HTTP/1.1 101 Switching Protocols"}) {
    EXPECT_EQ(status(line), 0U) << line;
  }
}

TEST_F(websocket_client_upgrade, makes_no_request_that_would_be_two) {
  for (const char* const bad : {"", "a b", "a\r\nX: y"}) {
    websocket_client_options wrong = options;
    wrong.host = bad;
    EXPECT_EQ(make_upgrade_request(wrong, key), "");
    wrong = options;
    wrong.path = bad;
    EXPECT_EQ(make_upgrade_request(wrong, key), "");
  }
  websocket_client_options wrong = options;
  wrong.headers = {"A: b\r\nC: d"};
  EXPECT_EQ(make_upgrade_request(wrong, key), "");
  wrong.headers = {"Authorization: Basic eA=="};
  EXPECT_THAT(make_upgrade_request(wrong, key), HasSubstr("\r\nAuthorization: Basic eA==\r\n"));
}

}  // namespace
}  // namespace nanonng::net
