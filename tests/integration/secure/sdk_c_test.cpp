// The C client.
#include <gmock/gmock.h>

#include <mutex>
#include <string>

#include "integration/sdk_c/sdk_c_fixture.hpp"
#include "secure_fixture.hpp"

namespace nanonng::testing {
namespace {

using nanonng::test::certificate_file;
using nanonng::test::secure_server;
using ::testing::HasSubstr;
using door = secure_server::door;

class secure_sdk_c : public nanonng::test::secure {};

void trust(const c_client& client) {
  EXPECT_EQ(nmqtt_client_set_tls_ca(client, certificate_file("ca.crt").c_str(), nullptr), 0);
}

std::string fault_of(const c_client& client) {
  char* text = nullptr;
  EXPECT_EQ(nmqtt_client_get_fault(client, &text), 0);
  std::string copy = nanonng::testing::text(text);
  nng_strfree(text);
  return copy;
}

/// The first event of a client that cannot connect.
struct failed_attempt {
  signal happened;
  std::mutex mutex;
  int error = 0;
  std::string text;

  static void hear(nmqtt_client, const nmqtt_event* event, void* self) {
    auto& my = *static_cast<failed_attempt*>(self);
    const std::lock_guard hold(my.mutex);
    if (my.error == 0) {
      my.error = event->error;
      my.text = event->text;
    }
    my.happened.raise();
  }
};

void send_and_receive(const c_client& client) {
  client.start();
  client.subscribe("secure/c");
  EXPECT_EQ(client.publish("secure/c", "hello"), 0);
  EXPECT_EQ(payload_of(client.receive()), "hello");
}

TEST_F(secure_sdk_c, reaches_every_door) {
  const secure_server tls(door::mutual);
  const c_client device(tls.url());
  trust(device);
  EXPECT_EQ(nmqtt_client_set_tls_certificate(device, certificate_file("device.crt").c_str(),
                                             certificate_file("device.key").c_str(), nullptr),
            0);
  send_and_receive(device);
  const secure_server websocket(door::secure_websocket);
  const c_client browser(websocket.url("127.0.0.1"));
  trust(browser);
  EXPECT_EQ(nmqtt_client_set_tls_server_name(browser, "localhost"), 0);
  EXPECT_EQ(nmqtt_client_set_tls_ciphers(browser, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"), 0);
  EXPECT_EQ(nmqtt_client_set_ws_path(browser, "/mqtt"), 0);
  EXPECT_EQ(nmqtt_client_set_ws_origin(browser, "https://app.example.org"), 0);
  EXPECT_EQ(nmqtt_client_set_ws_protocol(browser, "mqtt"), 0);
  EXPECT_EQ(nmqtt_client_add_ws_header(browser, "X-Test", "1"), 0);
  send_and_receive(browser);
}

TEST_F(secure_sdk_c, tells_a_refusal_in_words) {
  const secure_server server(door::tls);
  const c_client client(server.url());
  EXPECT_EQ(nmqtt_client_set_tls_ca(client, certificate_file("stranger.crt").c_str(), nullptr), 0);
  failed_attempt attempt;
  EXPECT_EQ(nmqtt_set_disconnect_cb(client, failed_attempt::hear, &attempt), 0);
  client.start();
  EXPECT_TRUE(attempt.happened.wait());
  nmqtt_client_stop(client);
  EXPECT_EQ(attempt.error, NNG_EPEERAUTH);
  EXPECT_THAT(attempt.text, HasSubstr("no certificate authority that is trusted here"));
}

TEST(secure_options_c, a_start_that_fails_says_which_file) {
  const c_client client("mqtts://127.0.0.1");
  EXPECT_EQ(fault_of(client), "");
  EXPECT_EQ(nmqtt_client_set_tls_ca(client, "/nowhere/ca.pem", nullptr), 0);
  EXPECT_EQ(nmqtt_client_start(client), NNG_EINVAL);
  EXPECT_THAT(fault_of(client), HasSubstr("/nowhere/ca.pem"));
  EXPECT_EQ(nmqtt_client_set_tls_ca(client, nullptr, certificate_file("authorities").c_str()), 0);
  EXPECT_EQ(nmqtt_client_start(client), 0);
  EXPECT_EQ(fault_of(client), "");
  EXPECT_EQ(nmqtt_client_set_tls_verify(client, false), NNG_EBUSY);
}

TEST(secure_options_c, refuse_null_and_nonsense) {
  const c_client client("wss://127.0.0.1");
  EXPECT_EQ(nmqtt_client_set_tls_certificate(client, "a", nullptr, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_tls_psk(client, "a", nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_tls_version(client, 13), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_add_tls_protocol(client, ""), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_add_tls_protocol(client, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_ws_path(client, "mqtt"), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_add_ws_header(client, nullptr, "a"), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_add_ws_header(client, "a", nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_get_fault(client, nullptr), NNG_EINVAL);
  const nmqtt_client nobody = NMQTT_CLIENT_INITIALIZER;
  char* text = nullptr;
  EXPECT_EQ(nmqtt_client_get_fault(nobody, &text), NNG_ECLOSED);
  EXPECT_EQ(nmqtt_client_set_tls_verify(nobody, true), NNG_ECLOSED);
}

TEST(secure_options_c, are_looked_at_by_the_start) {
  const auto refused = [](auto set) {
    const c_client client("wss://127.0.0.1");
    EXPECT_EQ(set(client), 0);
    EXPECT_EQ(nmqtt_client_start(client), NNG_EINVAL);
    return fault_of(client);
  };
  EXPECT_THAT(refused([](nmqtt_client c) { return nmqtt_client_set_tls_psk(c, "me", "xyz"); }),
              HasSubstr("hexadecimal"));
  EXPECT_THAT(refused([](nmqtt_client c) { return nmqtt_client_set_tls_ciphers(c, "NONE"); }), HasSubstr("NONE"));
  EXPECT_THAT(refused([](nmqtt_client c) { return nmqtt_client_set_tls_crl(c, "/nowhere"); }), HasSubstr("/nowhere"));
  EXPECT_THAT(refused([](nmqtt_client c) { return nmqtt_client_add_ws_header(c, "a", "b\r\nc: d"); }),
              HasSubstr("WebSocket"));
}

}  // namespace
}  // namespace nanonng::testing
