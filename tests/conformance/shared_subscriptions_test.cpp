// Shared subscriptions. Spec: MQTT 5.0 §4.8.2.
#include <array>

#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class shared_subscriptions : public broker_test {
 protected:
  static connect_packet keeping(const std::string& id) {
    return {.client_id = id, .clean_start = false, .props = properties().u32(property::session_expiry_interval, 60)};
  }
  /// Which of the two has something to read first; fails if neither does.
  static std::size_t first_ready(std::array<raw_client*, 2> members) {
    using namespace std::chrono_literals;
    const auto until = std::chrono::steady_clock::now() + 100s;
    while (std::chrono::steady_clock::now() < until)
      for (std::size_t i = 0; i < 2; ++i)
        if (members[i]->wait_readable(10ms)) return i;
    throw expectation_failed("no member received the message");
  }
};
class shared_subscriptions_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, shared_subscriptions_in_every_version, versions_since_3_1_1(), version_name);

// [MQTT-4.8.2-1] [MQTT-4.8.2-2]
TEST_P(shared_subscriptions_in_every_version, malformed_share_filters_are_refused) {
  for (const char* filter : {"$share", "$share/", "$share//t", "$share/g", "$share/g/", "$share/+/t", "$share/#/t",
                             "$share/a+/t", "$share/a#b/t", "$share/g/#/x", "$share/g/a+"}) {
    SCOPED_TRACE(filter);
    raw_client client = join(v());
    client.send(subscribe_packet{.id = 1, .filters = {{filter, 0}}});
    const auto answer = client.next_or_close();
    if (answer && answer->kind == SUBACK) {
      EXPECT_EQ(answer->codes, std::vector<unsigned>{five() ? 0x8FU : 0x80U});
    } else if (answer) {
      EXPECT_EQ(answer->kind, DISCONNECT);
    }
  }
}

TEST_F(shared_subscriptions, each_message_goes_to_one_member_and_every_member_gets_some) {
  const std::string topic = fresh_topic();
  std::array<raw_client, 4> members{join(), join(), join(), join()};
  for (auto& each : members) {
    each.subscribe("$share/group/" + topic + "/work");
    each.subscribe(topic + "/end");
  }
  raw_client publisher = join();
  for (int i = 0; i < 400; ++i) publisher.send(publish_packet{.topic = topic + "/work", .payload = std::to_string(i)});
  publisher.publish({.topic = topic + "/end", .payload = "end"});
  std::vector<int> seen(400, 0);
  for (auto& each : members) {
    int count = 0;
    for (auto packet = each.expect(PUBLISH); packet.payload != "end"; packet = each.expect(PUBLISH)) {
      ++seen.at(std::stoul(packet.payload));
      ++count;
    }
    EXPECT_GT(count, 20) << "unfair";
  }
  EXPECT_EQ(seen, std::vector<int>(400, 1));
}

TEST_F(shared_subscriptions, groups_and_plain_subscribers_get_a_copy_each) {
  const std::string topic = fresh_topic();
  raw_client one = join();
  raw_client two = join();
  raw_client plain = join();
  one.subscribe("$share/one/" + topic);
  two.subscribe("$share/two/" + topic);
  plain.subscribe(topic);
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "x"});
  for (raw_client* each : {&one, &two, &plain}) each->expect_publish(topic, "x");
}

// A client that has both a shared and a plain subscription gets a copy for each (§4.8.2).
TEST_F(shared_subscriptions, member_with_a_plain_subscription_gets_both_copies) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.subscribe("$share/g/" + topic, 0, properties().variable(property::subscription_identifier, 1));
  client.subscribe(topic, 0, properties().variable(property::subscription_identifier, 2));
  client.publish({.topic = topic, .payload = "x"});
  std::uint32_t sum = 0;
  for (int i = 0; i < 2; ++i)
    sum += client.expect_publish(topic, "x").props.number(property::subscription_identifier).value_or(0);
  EXPECT_EQ(sum, 3U);
  client.expect_silence();
}

// [MQTT-4.8.2-3]
TEST_F(shared_subscriptions, granted_qos_of_the_member_is_respected) {
  const std::string topic = fresh_topic();
  raw_client low = join();
  raw_client high = join();
  low.subscribe("$share/g/" + topic, 0);
  high.subscribe("$share/g/" + topic, 1);
  raw_client publisher = join();
  for (int i = 0; i < 10; ++i) {
    publisher.publish({.topic = topic, .payload = "x", .qos = 2});
    const std::size_t member = first_ready({&low, &high});
    const auto packet = (member == 0 ? low : high).expect_publish(topic, "x");
    EXPECT_EQ(packet.qos(), member);
    if (member == 1) high.send(acknowledgement{.kind = PUBACK, .id = packet.id});
  }
}

// §4.8.2 non-normative, and the house's rule: offline members don't swallow messages while others are online
TEST_F(shared_subscriptions, offline_members_swallow_nothing_while_others_are_online) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client offline = dial();
  offline.connect(keeping(id));
  offline.subscribe("$share/g/" + topic, 1);
  offline.disconnect();
  raw_client online = join();
  online.subscribe("$share/g/" + topic, 1);
  raw_client publisher = join();
  for (int i = 0; i < 10; ++i) {
    publisher.publish({.topic = topic, .payload = std::to_string(i), .qos = 1});
    online.send(acknowledgement{.kind = PUBACK, .id = online.expect_publish(topic, std::to_string(i)).id});
  }
  raw_client back = dial();
  back.connect(keeping(id));
  back.expect_silence();
}

TEST_F(shared_subscriptions, message_waits_in_a_session_when_every_member_is_offline) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client only = dial();
  only.connect(keeping(id));
  only.subscribe("$share/g/" + topic, 1);
  only.disconnect();
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "waits", .qos = 1});
  raw_client back = dial();
  back.connect(keeping(id));
  back.expect_publish(topic, "waits");
}

// [MQTT-4.4.0-1]
TEST_F(shared_subscriptions, message_that_nobody_else_can_take_is_sent_again_under_its_identifier) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client only = dial();
  only.connect(keeping(id));
  only.subscribe("$share/g/" + topic, 1);
  only.subscribe(topic + "/own", 1);
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "job", .qos = 1});
  const unsigned packet_id = only.expect_publish(topic, "job").id;
  publisher.publish({.topic = topic + "/own", .payload = "own", .qos = 1});
  only.expect_publish(topic + "/own", "own");
  only.drop();
  raw_client back = dial();
  back.connect(keeping(id));
  const auto again = back.expect_publish(topic, "job");
  EXPECT_EQ(again.id, packet_id);
  EXPECT_TRUE(again.dup());
  back.expect_publish(topic + "/own", "own");
}

// QoS 1 that a member left unacknowledged goes to another member when its session ends (§4.8.2)
TEST_F(shared_subscriptions, unacknowledged_qos_1_message_goes_to_another_member) {
  const std::string topic = fresh_topic();
  std::array<raw_client, 2> members{join(), join()};
  for (auto& each : members) each.subscribe("$share/g/" + topic, 1);
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "job", .qos = 1});
  const std::size_t chosen = first_ready({&members[0], &members[1]});
  members[chosen].expect_publish(topic, "job");
  members[chosen].drop();
  members[1 - chosen].expect_publish(topic, "job");
}

// [MQTT-4.8.2-4]
TEST_F(shared_subscriptions, qos_2_exchange_is_finished_with_the_same_member) {
  const std::string topic = fresh_topic();
  const std::array<std::string, 2> ids{fresh_client_id(), fresh_client_id()};
  std::array<raw_client, 2> members{dial(), dial()};
  for (std::size_t i = 0; i < 2; ++i) {
    members[i].connect(keeping(ids[i]));
    members[i].subscribe("$share/g/" + topic, 2);
  }
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "job", .qos = 2});
  const std::size_t chosen = first_ready({&members[0], &members[1]});
  const unsigned packet_id = members[chosen].expect_publish(topic, "job").id;
  members[chosen].drop();
  members[1 - chosen].expect_silence();
  raw_client back = dial();
  back.connect(keeping(ids[chosen]));
  const auto again = back.expect_publish(topic, "job");
  EXPECT_EQ(again.id, packet_id);
  EXPECT_TRUE(again.dup());
  members[1 - chosen].expect_silence();
}

// [MQTT-4.8.2-5]
TEST_F(shared_subscriptions, qos_2_message_of_an_ended_session_goes_to_nobody_else) {
  const std::string topic = fresh_topic();
  std::array<raw_client, 2> members{join(), join()};
  for (auto& each : members) {
    each.subscribe("$share/g/" + topic, 2);
    each.subscribe(topic + "/barrier");
  }
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "job", .qos = 2});
  const std::size_t chosen = first_ready({&members[0], &members[1]});
  members[chosen].expect_publish(topic, "job");
  members[chosen].disconnect();
  expect_nothing_but(publisher, members[1 - chosen], topic + "/barrier");
}

// [MQTT-4.8.2-6]
TEST_F(shared_subscriptions, message_that_a_member_refuses_goes_to_nobody_else) {
  const std::string topic = fresh_topic();
  std::array<raw_client, 2> members{join(), join()};
  for (auto& each : members) {
    each.subscribe("$share/g/" + topic, 2);
    each.subscribe(topic + "/barrier");
  }
  raw_client publisher = join();
  for (unsigned qos = 1; qos < 3; ++qos) {
    publisher.publish({.topic = topic, .payload = "job", .qos = qos});
    const std::size_t chosen = first_ready({&members[0], &members[1]});
    const unsigned id = members[chosen].expect_publish(topic, "job").id;
    members[chosen].send(acknowledgement{.kind = qos == 1 ? PUBACK : PUBREC, .id = id, .code = 0x83});
    members[chosen].expect_silence();
    publisher.publish({.topic = topic + "/barrier", .payload = "barrier"});
    for (auto& each : members) each.expect_publish(topic + "/barrier", "barrier");
  }
}

TEST_F(shared_subscriptions, member_that_unsubscribed_gets_nothing) {
  const std::string topic = fresh_topic();
  raw_client leaving = join();
  raw_client staying = join();
  leaving.subscribe("$share/g/" + topic);
  staying.subscribe("$share/g/" + topic);
  leaving.send(unsubscribe_packet{.id = 50, .filters = {"$share/g/" + topic}});
  EXPECT_EQ(leaving.expect(UNSUBACK).codes, std::vector<unsigned>{0});
  raw_client publisher = join();
  for (int i = 0; i < 10; ++i) publisher.publish({.topic = topic, .payload = std::to_string(i)});
  for (int i = 0; i < 10; ++i) staying.expect_publish(topic, std::to_string(i));
  leaving.expect_silence();
}

// Filters behind the share name follow the rules of every filter.
TEST_F(shared_subscriptions, wildcards_work_behind_the_share_name) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.subscribe("$share/g/" + topic + "/+/x");
  client.subscribe("$share/h//" + topic);
  client.publish({.topic = topic + "/1/x", .payload = "plus"});
  client.publish({.topic = "/" + topic, .payload = "slash"});
  client.expect_publish(topic + "/1/x", "plus");
  client.expect_publish("/" + topic, "slash");
}

}  // namespace
