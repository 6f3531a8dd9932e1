// The broker's figures under $SYS, and its events about clients.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class statistics : public broker_test {
 protected:
  static void SetUpTestSuite() { start_broker({"sys.interval=1s"}); }
};

TEST_F(statistics, figures_are_retained_under_the_usual_names) {
  for (const char* name :
       {"version", "uptime", "clients/connected", "clients/total", "clients/maximum", "messages/received",
        "messages/sent", "publish/messages/received", "publish/messages/sent", "publish/messages/dropped",
        "bytes/received", "bytes/sent", "subscriptions/count", "retained messages/count"}) {
    SCOPED_TRACE(name);
    raw_client client = join();
    // A figure may be published between the subscription and its retained copy: the flag is kept either way.
    client.subscribe(std::string("$SYS/broker/") + name, retain_as_published);
    EXPECT_TRUE(client.expect(PUBLISH).retain());
  }
}

TEST_F(statistics, figures_follow_what_happens) {
  raw_client client = join();
  client.subscribe("$SYS/broker/clients/connected");
  std::vector<raw_client> others;
  for (int i = 0; i < 5; ++i) others.push_back(join());
  while (client.expect(PUBLISH).payload != "6") {
  }
}

TEST_F(statistics, connecting_and_leaving_clients_are_told_as_json) {
  raw_client watcher = join();
  watcher.subscribe("$SYS/brokers/client_status/#");
  const std::string id = fresh_client_id();
  raw_client client = dial();
  client.connect({.client_id = id, .user_name = "say \"hi\""});
  const std::string topic = "$SYS/brokers/client_status/" + id;
  auto packet = watcher.expect(PUBLISH);
  while (packet.topic != topic) packet = watcher.expect(PUBLISH);
  EXPECT_EQ(packet.payload.front(), '{');
  EXPECT_EQ(packet.payload.back(), '}');
  EXPECT_NE(packet.payload.find("say \\\"hi\\\""), std::string::npos) << packet.payload;
  client.disconnect();
  packet = watcher.expect(PUBLISH);
  while (packet.topic != topic) packet = watcher.expect(PUBLISH);
  EXPECT_NE(packet.payload.find(id), std::string::npos);
}

// The event about its own end finds a client that is leaving.
TEST_F(statistics, client_may_listen_to_its_own_events) {
  for (const std::string filter : {"$SYS/brokers/client_status/#", "$share/g/$SYS/brokers/client_status/#"}) {
    for (const bool keeps : {false, true}) {
      const std::string id = fresh_client_id();
      const connect_packet as{.client_id = id,
                              .clean_start = false,
                              .props = properties().u32(property::session_expiry_interval, keeps ? 60 : 0)};
      raw_client client = dial();
      client.connect(as);
      client.subscribe(filter, 1);
      client.send(disconnect_packet{});
      client.drain_until_close();
      raw_client again = dial();
      EXPECT_EQ(again.connect(as).session_present, keeps);
      again.send(disconnect_packet{});
      again.drain_until_close();
    }
  }
  raw_client other = join();
  other.expect_silence();
}

// [MQTT-3.3.1-2] sent for the first time on this connection, and once
TEST_F(statistics, event_about_its_own_return_reaches_a_client_once) {
  const std::string id = fresh_client_id();
  const std::string topic = "$SYS/brokers/client_status/" + id;
  const connect_packet as{
      .client_id = id, .clean_start = false, .props = properties().u32(property::session_expiry_interval, 60)};
  raw_client client = dial();
  client.connect(as);
  client.subscribe(topic, 1);
  client.disconnect();
  raw_client again = dial();
  again.connect(as);
  for (const char* status : {"\"offline\"", "\"online\""}) {
    const auto event = again.expect(PUBLISH);
    EXPECT_NE(event.payload.find(status), std::string::npos) << event.payload;
    EXPECT_FALSE(event.dup());
    again.send(acknowledgement{.kind = PUBACK, .id = event.id});
  }
  again.expect_silence();
}

TEST_F(statistics, a_client_that_watches_itself_learns_afterwards_that_it_left) {
  const std::string id = fresh_client_id();
  const std::string topic = "$SYS/brokers/client_status/" + id;
  const properties lasting = properties().u32(property::session_expiry_interval, 100);
  for (const unsigned qos : {0U, 1U, 2U}) {
    SCOPED_TRACE(qos);
    raw_client client = dial();
    client.connect({.client_id = id, .clean_start = true, .props = lasting});
    client.subscribe(topic, qos);
    client.disconnect();
    client = dial();
    client.connect({.client_id = id, .clean_start = false, .props = lasting});
    if (qos == 0) continue;  // nothing is kept at QoS 0
    EXPECT_NE(client.expect(PUBLISH).payload.find("\"offline\""), std::string::npos);
  }
}

}  // namespace
