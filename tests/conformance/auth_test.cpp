// Enhanced authentication, which is refused as long as none is configured. Spec: MQTT 5.0 §3.15, §4.12.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class auth : public broker_test {};

// [MQTT-4.12.0-1] [MQTT-4.12.0-4]
TEST_F(auth, unknown_method_is_refused) {
  raw_client client = dial();
  client.send(connect_packet{.client_id = fresh_client_id(),
                             .props = properties()
                                          .text(property::authentication_method, "GS2-KRB5")
                                          .text(property::authentication_data, "ticket")});
  client.expect_refusal(0x8C);
}

// §3.1.2.11.10
TEST_F(auth, data_without_a_method_is_a_protocol_error) {
  raw_client client = dial();
  client.send(
      connect_packet{.client_id = fresh_client_id(), .props = properties().text(property::authentication_data, "x")});
  client.expect_rejection({0x82, 0x81});
}

// [MQTT-4.12.0-6]
TEST_F(auth, no_method_in_connack_without_one_in_connect) {
  raw_client client = dial();
  const auto answer = client.connect({.client_id = fresh_client_id()});
  EXPECT_FALSE(answer.props.has(property::authentication_method));
  EXPECT_FALSE(answer.props.has(property::authentication_data));
}

// [MQTT-4.12.0-7]
TEST_F(auth, packet_without_a_method_in_connect_is_a_protocol_error) {
  for (unsigned code : {0x18U, 0x19U}) {
    raw_client client = join();
    client.send(auth_packet{.code = code, .props = properties().text(property::authentication_method, "x")});
    client.expect_disconnect(0x82);
  }
}

// [MQTT-4.12.1-1] there is no method that could be repeated
TEST_F(auth, short_form_is_a_protocol_error) {
  raw_client client = join();
  client.send({0xF0, 0x00});
  client.expect_disconnect(0x82);
}

// [MQTT-3.15.1-1]
TEST_F(auth, reserved_bits_are_malformed) {
  raw_client client = join();
  client.send({0xF1, 0x00});
  client.expect_disconnect(0x81);
}

// [MQTT-3.15.2-1]
TEST_F(auth, code_of_another_packet_is_refused) {
  raw_client client = join();
  client.send(auth_packet{.code = 0x80, .props = properties().text(property::authentication_method, "x")});
  client.expect_disconnect_with_any({0x81, 0x82});
}

// Type 15 is reserved before 5.0.
TEST_F(auth, packet_ends_a_3_1_1_connection) {
  raw_client client = join(version::v3_1_1);
  client.send({0xF0, 0x00});
  client.expect_close();
}

}  // namespace
