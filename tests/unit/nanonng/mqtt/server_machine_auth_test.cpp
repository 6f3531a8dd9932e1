// Enhanced authentication on the server's side: whose turn it is, and what may stand in an AUTH.
#include "machine_fixture.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum reason_code;
using kind = action::kind;

octets method(std::string_view name) { return join({{0x15}, text(name)}); }

octets auth(std::uint8_t reason, const octets& properties) { return packet(0xF0, join({{reason}, block(properties)})); }

class server_authentication : public server_machine_test {
 protected:
  action begin(const octets& more = {}) { return feed(connect_bytes({.properties = join({method("m"), more})})); }
  octets challenged(std::string_view data = {}) {
    buffer out;
    EXPECT_TRUE(machine.challenge(nanolib::as_bytes(data), out));
    return written(out);
  }
  void enter() { machine.accept(into.connect, unreleased, start); }
};

// [MQTT-4.12.0-2] [MQTT-4.12.0-3] [MQTT-4.12.0-5]
TEST_F(server_authentication, is_said_in_turns_until_the_owner_accepts) {
  ASSERT_EQ(begin().what, kind::open);
  EXPECT_EQ(machine.authentication_method(), "m");
  EXPECT_EQ(challenged("one"), auth(0x18, join({method("m"), {0x16, 0, 3, 'o', 'n', 'e'}})));
  ASSERT_EQ(feed(auth(0x18, join({method("m"), {0x16, 0, 1, 'x'}}))).what, kind::authenticate);
  EXPECT_EQ(nanolib::as_text(into.reason.props.authentication_data), "x");
  EXPECT_EQ(challenged(), auth(0x18, method("m")));
  ASSERT_EQ(feed(auth(0x18, method("m"))).what, kind::authenticate);
  EXPECT_FALSE(machine.is_open());
  EXPECT_EQ(machine.how_to_part(), server_machine::parting::connack);
  enter();
  EXPECT_TRUE(machine.is_open());
}

// [MQTT-4.12.0-5]
TEST_F(server_authentication, has_its_method_in_the_connack) {
  ASSERT_EQ(begin().what, kind::open);
  connack_choice choice;
  choice.authentication_data = nanolib::as_bytes("end");
  const buffer all = connack_properties(settings, machine, into.connect, choice);
  const octets expected = join({method("m"), {0x16, 0, 3, 'e', 'n', 'd'}});
  EXPECT_EQ(written(nanolib::bytes(all).last(expected.size())), expected);
  EXPECT_EQ(written(indispensable_connack_properties(machine, choice)), expected);
}

// [MQTT-4.12.0-6]
TEST_F(server_authentication, without_a_method_in_connect_says_nothing_of_one) {
  ASSERT_EQ(feed(connect_bytes({})).what, kind::open);
  connack_choice choice;
  choice.authentication_data = nanolib::as_bytes("end");
  EXPECT_TRUE(indispensable_connack_properties(machine, choice).empty());
}

// [MQTT-3.1.2-30]
TEST_F(server_authentication, lets_nothing_in_between) {
  const octets others[] = {{0xC0, 0x00},
                           connect_bytes({.properties = method("m")}),
                           publish_bytes(protocol_version::v5, 0, 0, "t"),
                           acknowledgement_bytes(0x40, 1)};
  for (const octets& other : others) {
    machine = server_machine(settings, start);
    ASSERT_EQ(begin().what, kind::open);
    static_cast<void>(challenged());
    EXPECT_EQ(refusal(other), protocol_error);
    EXPECT_EQ(machine.how_to_part(), server_machine::parting::connack);
  }
}

TEST_F(server_authentication, can_be_given_up_with_disconnect) {
  ASSERT_EQ(begin().what, kind::open);
  static_cast<void>(challenged());
  EXPECT_EQ(feed({0xE0, 0x00}).what, kind::end);
}

// [MQTT-4.12.0-5] [MQTT-4.12.0-3]
TEST_F(server_authentication, refuses_what_is_no_answer) {
  const octets wrong[] = {auth(0x18, method("other")), auth(0x18, {}), auth(0x19, method("m")),
                          auth(0x00, method("m")),     {0xF0, 0x00},   {0xF0, 0x01, 0x18}};
  for (const octets& one : wrong) {
    machine = server_machine(settings, start);
    ASSERT_EQ(begin().what, kind::open);
    static_cast<void>(challenged());
    EXPECT_TRUE(is_error(refusal(one)));
    EXPECT_FALSE(machine.is_open());
  }
}

// [MQTT-4.12.1-1]
TEST_F(server_authentication, is_repeated_with_the_same_method_only) {
  for (const bool same : {true, false}) {
    machine = server_machine(settings, start);
    ASSERT_EQ(begin().what, kind::open);
    enter();
    const octets again = auth(0x19, method(same ? "m" : "other"));
    EXPECT_EQ(refusal(again), same ? success : protocol_error);
    EXPECT_EQ(machine.how_to_part(), server_machine::parting::disconnect);
  }
}

// §4.12.1: what was shown before holds meanwhile.
TEST_F(server_authentication, goes_on_beside_everything_else_when_it_is_repeated) {
  ASSERT_EQ(begin().what, kind::open);
  enter();
  EXPECT_EQ(refusal(auth(0x18, method("m"))), protocol_error) << "nobody has asked";
  ASSERT_EQ(feed(auth(0x19, method("m"))).what, kind::authenticate);
  EXPECT_EQ(into.reason.reason, reauthenticate);
  static_cast<void>(challenged());
  EXPECT_EQ(feed({0xC0, 0x00}).what, kind::ping);
  EXPECT_EQ(feed(publish_bytes(protocol_version::v5, 0, 0, "t")).what, kind::deliver);
  EXPECT_EQ(refusal(auth(0x19, method("m"))), protocol_error) << "it has begun already";
  ASSERT_EQ(feed(auth(0x18, method("m"))).what, kind::authenticate);
  buffer out;
  EXPECT_TRUE(machine.authenticated(nanolib::as_bytes("v"), out));
  EXPECT_EQ(written(out), auth(0x00, join({method("m"), {0x16, 0, 1, 'v'}})));
  ASSERT_EQ(feed(auth(0x19, method("m"))).what, kind::authenticate);
}

// [MQTT-3.1.2-24] [MQTT-3.15.2-2] [MQTT-3.15.2-3]
TEST_F(server_authentication, sends_nothing_larger_than_the_client_takes) {
  ASSERT_EQ(begin({0x27, 0, 0, 0, 12}).what, kind::open);
  buffer out;
  EXPECT_FALSE(machine.challenge(nanolib::as_bytes("0123456789"), out));
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(machine.challenge(nanolib::as_bytes("0"), out));
  EXPECT_EQ(out.size(), 12U);
}

TEST_F(server_authentication, is_not_for_clients_before_5) {
  ASSERT_EQ(feed(connect_bytes({.version = protocol_version::v3_1_1})).what, kind::open);
  EXPECT_TRUE(machine.authentication_method().empty());
  enter();
  EXPECT_EQ(refusal(auth(0x19, method("m"))), malformed_packet);
}

}  // namespace

}  // namespace nanonng::mqtt::testing
