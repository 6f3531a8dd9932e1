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
    client.subscribe(std::string("$SYS/broker/") + name);
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
