// An access object that refuses: what the client hears, and that nothing gets through.
#include "broker_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

using nanonng::mqtt::reason_code;

/// Refuses by name: clients called banned*, and topics that contain no-<operation>.
class by_name final : public access {
 public:
  explicit by_name(reason_code subscribe_refusal = reason_code::not_authorized) : refusal_(subscribe_refusal) {}
  std::optional<admission> authenticate(const principal& who, const credentials& given,
                                        const std::shared_ptr<admission_reply>&) const noexcept override {
    if (who.client_id.starts_with("banned")) return admission{reason_code::banned};
    if (!given.has_user_name) return admission{reason_code::success};
    const bool right = who.user_name == "user" && nanolib::as_text(given.password) == "secret";
    return admission{right ? reason_code::success : reason_code::bad_user_name_or_password};
  }
  permission authorize(const principal&, operation what, std::string_view topic) const noexcept override {
    if (what == operation::subscribe && topic.find("no-subscribe") != std::string_view::npos) return {refusal_};
    if (what == operation::publish && topic.find("no-publish") != std::string_view::npos) {
      return {reason_code::not_authorized};
    }
    return {};
  }

 private:
  reason_code refusal_;
};

class access_control : public ::testing::Test {
 protected:
  static running with(std::shared_ptr<const access> rights) {
    broker_options options = options_with(2);
    options.access = std::move(rights);
    return running(std::move(options));
  }
  static unsigned code_of(raw_client& client, const std::string& filter) {
    const unsigned id = client.fresh_id();
    client.send(subscribe_packet{.id = id, .filters = {{filter, 1}}});
    return client.expect(support::SUBACK).codes.at(0);
  }
  std::shared_ptr<const access> rights = std::make_shared<by_name>();
};

TEST_F(access_control, a_refused_subscription_gets_its_code_and_no_message) {
  running subject = with(rights);
  raw_client client = subject.join("c");
  EXPECT_EQ(code_of(client, "no-subscribe/a"), 0x87U);
  EXPECT_EQ(code_of(client, "free"), 1U);
  client.publish({.topic = "no-subscribe/a", .payload = "x", .qos = 1, .id = 1});
  client.expect_silence();
}

// [MQTT-3.9.3-2]
TEST_F(access_control, in_3_1_1_a_refused_subscription_gets_0x80) {
  running subject = with(rights);
  raw_client client = subject.join("c", {}, version::v3_1_1);
  EXPECT_EQ(code_of(client, "no-subscribe/a"), 0x80U);
}

TEST_F(access_control, the_code_of_the_refusal_is_the_objects_choice) {
  running subject = with(std::make_shared<by_name>(reason_code::unspecified_error));
  raw_client client = subject.join("c");
  EXPECT_EQ(code_of(client, "no-subscribe/a"), 0x80U);
}

TEST_F(access_control, a_refused_message_is_answered_and_reaches_nobody) {
  running subject = with(rights);
  raw_client reader = subject.join("reader");
  reader.subscribe("#", 2);
  raw_client writer = subject.join("writer");
  writer.send(publish_packet{.topic = "no-publish", .payload = "0"});
  writer.send(publish_packet{.topic = "no-publish", .payload = "1", .qos = 1, .id = 1, .retain = true});
  writer.expect(support::PUBACK, 1, 0x87);
  writer.send(publish_packet{.topic = "no-publish", .payload = "2", .qos = 2, .id = 2});
  writer.expect(support::PUBREC, 2, 0x87);
  // The identifier is free again: the same one may carry another message.
  writer.publish({.topic = "allowed", .payload = "3", .qos = 2, .id = 2});
  const auto seen = reader.expect(support::PUBLISH);
  EXPECT_EQ(seen.topic, "allowed");
}

TEST_F(access_control, in_3_1_1_a_refused_message_is_acknowledged_and_dropped) {
  running subject = with(rights);
  raw_client writer = subject.join("writer", {}, version::v3_1_1);
  writer.subscribe("#", 0);
  writer.publish({.topic = "no-publish", .payload = "x", .qos = 1, .id = 1});
  writer.publish({.topic = "no-publish", .payload = "x", .qos = 2, .id = 2});
  writer.expect_silence();
}

TEST_F(access_control, a_will_that_must_not_be_published_refuses_the_client) {
  running subject = with(rights);
  raw_client client = subject.dial();
  client.send(connect_packet{.client_id = "c", .will = support::will_message{.topic = "no-publish", .payload = "x"}});
  client.expect_refusal(0x87);
}

TEST_F(access_control, refuses_clients_by_their_name_and_password) {
  running subject = with(rights);
  raw_client banned = subject.dial();
  banned.send(connect_packet{.client_id = "banned-1"});
  banned.expect_refusal(0x8A);
  raw_client wrong = subject.dial();
  wrong.send(connect_packet{.client_id = "c", .user_name = "user", .password = "guess"});
  wrong.expect_refusal(0x86);
  raw_client old = subject.dial(version::v3_1_1);
  old.send(connect_packet{.client_id = "c", .user_name = "user", .password = "guess"});
  old.expect_refusal(4);
  static_cast<void>(subject.join("c", {.user_name = "user", .password = "secret"}));
}

// A client that is refused must not throw out the one that is connected under the same name.
TEST_F(access_control, a_refused_client_takes_no_session_over) {
  running subject = with(rights);
  raw_client inside = subject.join("c", {.user_name = "user", .password = "secret"});
  raw_client wrong = subject.dial();
  wrong.send(connect_packet{.client_id = "c", .user_name = "user", .password = "guess"});
  wrong.expect_refusal(0x86);
  inside.expect_silence();
}

}  // namespace
}  // namespace nanomq::broker::testing
