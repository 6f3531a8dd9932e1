// Races and confused states that other brokers had, as sequences. The number at a test's end is the row of the threat list.
#include <memory>
#include <random>

#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class threats_state : public broker_test {
 protected:
  void TearDown() override {
    raw_client other = join();
    other.publish({.topic = fresh_topic(), .payload = "alive", .qos = 1});
  }
  static properties expiry(std::uint32_t seconds) {
    return properties().u32(property::session_expiry_interval, seconds);
  }
};

TEST_F(threats_state, publish_to_a_client_that_is_closing_is_harmless_threat_15) {
  const std::string topic = fresh_topic();
  raw_client publisher = join();
  for (int round = 0; round < 100; ++round) {
    raw_client leaving = join();
    leaving.subscribe(topic, 1);
    octets burst;
    for (int i = 0; i < 20; ++i) burst.raw(publish_packet{.topic = topic, .payload = "x"}.encode(version::v5));
    publisher.send(burst);
    leaving.drop(round % 2 == 0);
  }
  publisher.expect_silence();
}

TEST_F(threats_state, plain_and_shared_unsubscribe_do_not_mix_threat_25) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  for (int round = 0; round < 20; ++round) {
    raw_client client = dial();
    client.connect({.client_id = id, .clean_start = false, .props = expiry(60)});
    const std::string shared = "$share/g/" + topic;
    client.subscribe(round % 2 == 0 ? shared : topic);
    client.send(unsubscribe_packet{.id = 900, .filters = {round % 2 == 0 ? topic : shared}});
    EXPECT_EQ(client.expect(UNSUBACK).codes, std::vector<unsigned>{0x11});
    client.publish({.topic = topic, .payload = "x"});
    client.expect_publish(topic, "x");
    client.send(unsubscribe_packet{.id = 901, .filters = {round % 2 == 0 ? shared : topic}});
    EXPECT_EQ(client.expect(UNSUBACK).codes, std::vector<unsigned>{0x00});
    client.publish({.topic = topic, .payload = "x"});
    client.expect_silence();
    client.drop(round % 3 == 0);
  }
}

TEST_F(threats_state, every_order_of_will_delay_and_session_end_publishes_one_will_threat_26) {
  const std::string topic = fresh_topic();
  struct order {
    std::uint32_t delay, expiry;
    bool take_over, clean;
  };
  for (const order& each :
       {order{0, 0, false, false}, order{5, 0, false, false}, order{0, 5, false, false}, order{5, 1, false, false},
        order{1, 5, false, false}, order{60, 60, true, true}, order{0, 60, true, false}, order{0, 60, true, true}}) {
    raw_client watcher = join();
    watcher.subscribe(topic);
    const std::string id = fresh_client_id();
    raw_client client = dial();
    client.connect(
        {.client_id = id,
         .props = expiry(each.expiry),
         .will = will_message{
             .topic = topic, .payload = "will", .props = properties().u32(property::will_delay_interval, each.delay)}});
    if (!each.take_over) client.drop();
    raw_client next = dial();
    if (each.take_over) next.connect({.client_id = id, .clean_start = each.clean});
    watcher.expect_publish(topic, "will");
    raw_client other = join();
    expect_nothing_but(other, watcher, topic);
  }
}

TEST_F(threats_state, flood_with_take_overs_and_changing_subscriptions_is_survived_threat_39) {
  const std::string topic = fresh_topic();
  std::mt19937 random(39);
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(fresh_client_id());
  std::vector<raw_client> clients;
  for (int round = 0; round < 600; ++round) {
    raw_client client = dial();
    const std::string& id = ids[random() % ids.size()];
    octets bytes =
        connect_packet{.client_id = id, .clean_start = random() % 2 == 0, .props = expiry(30)}.encode(version::v5);
    bytes.raw(subscribe_packet{.id = 1, .filters = {{topic + "/#", static_cast<unsigned>(random() % 3)}}}.encode(
        version::v5));
    for (unsigned i = 0; i < 10; ++i)
      bytes.raw(publish_packet{
          .topic = topic + "/" + std::to_string(i), .payload = "x", .qos = random() % 2 == 0 ? 0U : 1U, .id = 10 + i}
                    .encode(version::v5));
    if (random() % 2 == 0) bytes.raw(unsubscribe_packet{.id = 2, .filters = {topic + "/#"}}.encode(version::v5));
    client.send(bytes);
    clients.push_back(std::move(client));
    if (clients.size() > 40) clients.erase(clients.begin());
  }
}

TEST_F(threats_state, resumed_sessions_that_collide_keep_one_owner_threat_40) {
  const std::string id = fresh_client_id();
  const std::string topic = fresh_topic();
  std::vector<raw_client> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(dial());
    clients.back().send(connect_packet{.client_id = id, .clean_start = false, .props = expiry(60)});
  }
  std::size_t owners = 0;
  for (auto& each : clients) {
    EXPECT_EQ(each.expect(CONNACK).code, 0U);
    each.send(pingreq());
    const auto answer = each.next_or_close();
    if (answer && answer->kind == PINGRESP) ++owners;
  }
  EXPECT_GE(owners, 1U);
  raw_client last = dial();
  EXPECT_TRUE(last.connect({.client_id = id, .clean_start = false}).session_present);
  last.subscribe(topic);
  last.publish({.topic = topic, .payload = "mine"});
  last.expect_publish(topic, "mine");
}

TEST_F(threats_state, unsubscribing_during_a_fan_out_is_harmless_threat_41) {
  const std::string topic = fresh_topic();
  std::vector<raw_client> subscribers;
  for (int i = 0; i < 50; ++i) {
    subscribers.push_back(join());
    subscribers.back().subscribe(topic);
  }
  raw_client publisher = join();
  octets burst;
  for (int i = 0; i < 200; ++i)
    burst.raw(publish_packet{.topic = topic, .payload = std::to_string(i)}.encode(version::v5));
  publisher.send(burst);
  for (auto& each : subscribers) each.send(unsubscribe_packet{.id = 7, .filters = {topic}});
  publisher.expect_silence();
  publisher.publish({.topic = topic, .payload = "after", .qos = 1});
  for (auto& each : subscribers) {
    int expected = 0;
    for (auto packet = each.next(); packet.kind != UNSUBACK; packet = each.next())
      ASSERT_EQ(packet.payload, std::to_string(expected++));
  }
}

TEST_F(threats_state, storm_of_connections_that_reset_at_once_is_survived_threat_42) {
  for (int i = 0; i < 2000; ++i) {
    raw_client client = dial();
    if (i % 3 == 1) client.send(octets{0x10});
    if (i % 3 == 2) client.send(connect_packet{.client_id = "storm", .props = expiry(5)});
    client.drop(true);
  }
}

TEST_F(threats_state, take_over_leaves_one_live_session_threat_43) {
  const std::string id = fresh_client_id();
  const std::string topic = fresh_topic();
  raw_client victim = dial();
  victim.connect({.client_id = id});
  victim.subscribe(topic);
  raw_client taker = dial();
  taker.connect({.client_id = id});
  victim.expect_disconnect(0x8E);
  taker.subscribe(topic);
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "one"});
  taker.expect_publish(topic, "one");
  taker.expect_silence();
}

// A model of what QoS 2 promises runs beside the broker.
TEST_F(threats_state, qos_2_stays_exactly_once_through_repeats_and_reconnects_threat_44) {
  const std::string topic = fresh_topic();
  const connect_packet resume{.client_id = fresh_client_id(), .clean_start = false, .props = expiry(60)};
  raw_client subscriber = join();
  subscriber.subscribe(topic);
  std::mt19937 random(44);
  std::vector<std::string> expected;
  std::vector<bool> open(4, false);
  auto client = std::make_unique<raw_client>(where(), version::v5);
  client->connect(resume);
  for (int step = 0; step < 400; ++step) {
    const unsigned id = static_cast<unsigned>(random() % 3) + 1;
    switch (random() % 4) {
      case 0:
      case 1:
        client->send(
            publish_packet{.topic = topic, .payload = std::to_string(step), .qos = 2, .id = id, .dup = open[id]});
        client->expect(PUBREC);
        if (!open[id]) expected.push_back(std::to_string(step));
        open[id] = true;
        break;
      case 2:
        client->send(acknowledgement{.kind = PUBREL, .id = id});
        client->expect(PUBCOMP, id, open[id] ? 0U : 0x92U);
        open[id] = false;
        break;
      default:
        client->drop(random() % 2 == 0);
        client = std::make_unique<raw_client>(where(), version::v5);
        client->connect(resume);
    }
  }
  for (const std::string& each : expected) subscriber.expect_publish(topic, each);
  expect_nothing_but(*client, subscriber, topic);
}

TEST_F(threats_state, take_over_in_a_loop_is_survived_threat_45) {
  const std::string id = fresh_client_id();
  for (int i = 0; i < 1500; ++i) {
    raw_client client = dial();
    client.send(connect_packet{
        .client_id = id, .clean_start = i % 2 == 0, .will = will_message{.topic = "loop", .payload = "x"}});
    if (i % 5 == 0) client.expect(CONNACK);
  }
}

TEST_F(threats_state, one_clients_error_in_every_packet_closes_only_that_client_threat_47) {
  const std::string topic = fresh_topic();
  raw_client bystander = join();
  bystander.subscribe(topic);
  for (unsigned kind = 0; kind < 16; ++kind) {
    raw_client client = join();
    client.send(octets{static_cast<int>(kind << 4U | 0x0FU), 0x01, 0x00});
    client.drain_until_close();
  }
  raw_client other = join();
  expect_nothing_but(other, bystander, topic);
}

}  // namespace
