// Clients that authenticate themselves with AUTH packets, before they enter and once more while they are there.
#include "broker_fixture.hpp"
#include "nanomq/access/access_control.hpp"

namespace nanomq::broker::testing {
namespace {

using nanonng::mqtt::reason_code;
using support::auth_packet;

/// Asks "who?", admits whoever answers with a name that begins with u, and says "welcome". What a client says at first is
/// asked back; a first word "at once" needs no question.
class who_exchange final : public exchange {
 public:
  outcome hear(nanolib::bytes data, std::string& answer) noexcept override {
    const std::string_view word = nanolib::as_text(data);
    if (!asked_ && word != "at once") {
      asked_ = true;
      answer = "who?" + std::string(word);
      return outcome::goes_on;
    }
    user_ = word == "at once" ? "u0" : word;
    const bool known = user_.starts_with('u');
    said_ = {known ? reason_code::success : reason_code::not_authorized};
    if (known) answer = "welcome";
    return outcome::ended;
  }
  const admission& admitted() const noexcept override { return said_; }
  std::string_view user_name() const noexcept override { return user_; }

 private:
  bool asked_ = false;
  std::string user_;
  admission said_;
};

/// Knows the method WHO; everybody else may not enter. A user may publish below their own name.
class asking_access final : public access {
 public:
  std::optional<admission> authenticate(const principal&, const credentials&,
                                        const std::shared_ptr<admission_reply>&) const noexcept override {
    return admission{reason_code::bad_user_name_or_password};
  }
  std::unique_ptr<exchange> begin_exchange(const principal&, std::string_view method) const override {
    return method == "WHO" ? std::make_unique<who_exchange>() : nullptr;
  }
  permission authorize(const principal& who, operation what, std::string_view topic) const noexcept override {
    const bool own = what != operation::publish || topic.starts_with(who.user_name);
    return {own ? reason_code::success : reason_code::not_authorized};
  }
};

class an_exchange : public ::testing::Test {
 protected:
  static broker_options asking(std::uint32_t shards = 2) {
    broker_options options = options_with(shards);
    options.access = std::make_shared<asking_access>();
    return options;
  }
  static connect_packet hello(const std::string& id, const std::string& first = "", const std::string& method = "WHO") {
    connect_packet packet{.client_id = id};
    packet.props.text(property::authentication_method, method);
    if (!first.empty()) packet.props.text(property::authentication_data, first);
    return packet;
  }
  static auth_packet auth(unsigned code, const std::string& data, const std::string& method = "WHO") {
    return {
        .code = code,
        .props = properties().text(property::authentication_method, method).text(property::authentication_data, data)};
  }
  static void expect_auth(raw_client& client, unsigned code, const std::string& data) {
    const auto packet = client.expect(support::AUTH);
    EXPECT_EQ(packet.code, code);
    EXPECT_EQ(packet.props.text(property::authentication_method), "WHO");
    EXPECT_EQ(packet.props.text(property::authentication_data), data);
  }
  static void expect_welcome(raw_client& client) {
    const auto packet = client.expect(support::CONNACK);
    EXPECT_EQ(packet.code, 0U);
    EXPECT_EQ(packet.props.text(property::authentication_method), "WHO");
    EXPECT_EQ(packet.props.text(property::authentication_data), "welcome");
  }
  static raw_client entered(const running& subject, const std::string& id, const std::string& user = "u1") {
    raw_client client = subject.dial();
    client.send(hello(id, "!"));
    expect_auth(client, 0x18, "who?!");
    client.send(auth(0x18, user));
    expect_welcome(client);
    return client;
  }
};

// [MQTT-4.12.0-2] [MQTT-4.12.0-3] [MQTT-4.12.0-5]
TEST_F(an_exchange, on_every_shard_ends_with_who_the_client_is) {
  const running subject(asking(3));
  for (int i = 0; i < 9; ++i) {
    raw_client client = entered(subject, "c" + std::to_string(i), "u" + std::to_string(i));
    client.publish({.topic = "u" + std::to_string(i), .payload = "x", .qos = 1, .id = 1});
    client.send(publish_packet{.topic = "v", .payload = "x", .qos = 1, .id = 2});
    client.expect(support::PUBACK, 2, 0x87);
  }
}

TEST_F(an_exchange, may_need_no_question) {
  const running subject(asking());
  raw_client client = subject.dial();
  client.send(hello("c", "at once"));
  expect_welcome(client);
  client.publish({.topic = "u0", .payload = "x", .qos = 1, .id = 1});
}

// [MQTT-4.12.0-1] [MQTT-4.12.0-4]
TEST_F(an_exchange, by_a_method_that_is_not_known_is_refused) {
  const running subject(asking());
  for (const char* method : {"who", "WHO ", "SCRAM-SHA-256", "x"}) {
    raw_client client = subject.dial();
    client.send(hello("c", "!", method));
    client.expect_refusal(0x8C);
  }
}

// [MQTT-4.12.0-4]
TEST_F(an_exchange, that_shows_nobody_ends_the_connection) {
  const running subject(asking());
  raw_client client = subject.dial();
  client.send(hello("c"));
  expect_auth(client, 0x18, "who?");
  client.send(auth(0x18, "nobody"));
  client.expect_refusal(0x87);
}

TEST_F(an_exchange, counts_only_for_the_user_name_that_connect_says) {
  const running subject(asking());
  for (const bool same : {true, false}) {
    raw_client client = subject.dial();
    connect_packet packet = hello("c");
    packet.user_name = same ? "u1" : "u2";
    client.send(packet);
    expect_auth(client, 0x18, "who?");
    client.send(auth(0x18, "u1"));
    if (same) {
      expect_welcome(client);
    } else {
      client.expect_refusal(0x87);
    }
  }
}

// [MQTT-3.1.2-30], THREATS 84: nothing is done before it is clear who asks.
TEST_F(an_exchange, is_not_gone_past_by_other_packets) {
  const running subject(asking());
  raw_client watcher = entered(subject, "watcher");
  watcher.subscribe("#");
  raw_client client = subject.dial();
  client.send(hello("c"));
  expect_auth(client, 0x18, "who?");
  client.send(publish_packet{.topic = "u1", .payload = "too early"});
  client.expect_refusal(0x82);
  watcher.expect_silence();
}

TEST_F(an_exchange, keeps_what_came_behind_its_last_word) {
  const running subject(asking());
  raw_client client = subject.dial();
  support::octets all = hello("c").encode(version::v5);
  all.raw(auth(0x18, "u1").encode(version::v5));
  all.raw(subscribe_packet{.id = 1, .filters = {{"u1", 0}}}.encode(version::v5));
  all.raw(publish_packet{.topic = "u1", .payload = "behind"}.encode(version::v5));
  client.send(all);
  expect_auth(client, 0x18, "who?");
  expect_welcome(client);
  client.expect(support::SUBACK);
  client.expect_publish("u1", "behind");
}

TEST_F(an_exchange, that_comes_in_pieces_is_put_together) {
  const running subject(asking());
  raw_client client = subject.dial();
  for (const auto& packet : {hello("c").encode(version::v5), auth(0x18, "u1").encode(version::v5)}) {
    for (std::size_t i = 0; i < packet.size(); ++i) client.send(support::octets().u8(packet[i]));
  }
  expect_auth(client, 0x18, "who?");
  expect_welcome(client);
}

TEST_F(an_exchange, can_be_given_up) {
  const running subject(asking());
  raw_client client = subject.dial();
  client.send(hello("c"));
  expect_auth(client, 0x18, "who?");
  client.disconnect();
}

// THREATS 64: who has not said who it is gets no more than any other that has not.
TEST_F(an_exchange, that_never_ends_is_cut_off) {
  broker_options options = asking(1);
  options.limits.connect_timeout = nanolib::duration(3'000);
  const running subject(options);
  raw_client client = subject.dial();
  client.send(hello("c"));
  expect_auth(client, 0x18, "who?");
  client.expect_close();
}

TEST_F(an_exchange, has_a_bound_for_what_it_keeps) {
  broker_options options = asking(1);
  options.limits.max_unauthenticated_bytes = 8'192;
  const running subject(options);
  raw_client client = subject.dial();
  client.send(hello("c", std::string(16'000, 'x')));
  EXPECT_LE(client.drain_until_close(), 1U);
}

// [MQTT-4.12.1-1] [MQTT-4.12.1-2]
TEST_F(an_exchange, is_repeated_while_everything_goes_on) {
  const running subject(asking());
  raw_client client = entered(subject, "c");
  client.subscribe("u1");
  for (int i = 0; i < 3; ++i) {
    client.send(auth(0x19, "again"));
    expect_auth(client, 0x18, "who?again");
    client.send(publish_packet{.topic = "u1", .payload = "meanwhile"});
    client.expect_publish("u1", "meanwhile");
    client.send(auth(0x18, "u1"));
    expect_auth(client, 0x00, "welcome");
  }
  client.send(auth(0x19, "again"));
  expect_auth(client, 0x18, "who?again");
  client.send(auth(0x18, "nobody"));
  client.expect_disconnect(0x87);
}

// [MQTT-4.12.1-2]
TEST_F(an_exchange, that_is_repeated_does_not_change_who_the_client_is) {
  const running subject(asking());
  raw_client client = entered(subject, "c");
  client.send(auth(0x19, "again"));
  expect_auth(client, 0x18, "who?again");
  client.send(auth(0x18, "u2"));
  client.expect_disconnect(0x87);
}

// [MQTT-4.12.1-1]
TEST_F(an_exchange, is_not_repeated_by_another_method_or_out_of_turn) {
  const running subject(asking());
  for (const auto& wrong : {auth(0x19, "", "OTHER"), auth(0x18, "u1"), auth(0x00, "u1")}) {
    raw_client client = entered(subject, "c");
    client.send(wrong);
    client.expect_disconnect(0x82);
  }
}

TEST_F(an_exchange, begun_under_other_rights_does_not_count) {
  running subject(asking());
  raw_client client = subject.dial();
  client.send(hello("c"));
  expect_auth(client, 0x18, "who?");
  subject->set_access(std::make_shared<asking_access>());
  client.send(auth(0x18, "u1"));
  client.expect_refusal(0x89);
}

// The session is who the client has shown to be.
TEST_F(an_exchange, takes_its_session_over) {
  const running subject(asking());
  raw_client first = entered(subject, "same");
  raw_client second = entered(subject, "same");
  first.expect_disconnect(0x8E);
  second.publish({.topic = "u1", .payload = "x", .qos = 1, .id = 1});
}

}  // namespace
}  // namespace nanomq::broker::testing
