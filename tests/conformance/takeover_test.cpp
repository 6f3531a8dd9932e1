// Two connections with one client identifier. Spec: MQTT 5.0 §3.1.4, §4.1.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class takeover : public broker_test {};
class takeover_in_every_version : public every_version {
 protected:
  static properties expiry() { return five() ? properties().u32(property::session_expiry_interval, 60) : properties(); }
};
INSTANTIATE_TEST_SUITE_P(versions, takeover_in_every_version, all_versions(), version_name);

// [MQTT-3.1.4-3] [MQTT-3.2.0-1]
TEST_P(takeover_in_every_version, old_connection_is_told_and_closed) {
  const std::string id = fresh_client_id();
  raw_client first = dial(v());
  first.connect({.client_id = id});
  raw_client second = dial(v());
  second.connect({.client_id = id});
  first.expect_disconnect(0x8E);
  second.expect_silence();
}

// [MQTT-3.1.2-5] [MQTT-4.4.0-1]
TEST_P(takeover_in_every_version, new_connection_resumes_the_session) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client first = dial(v());
  first.connect({.client_id = id, .clean_start = false, .props = expiry()});
  first.subscribe(topic, 1);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "held", .qos = 1});
  const unsigned packet_id = first.expect_publish(topic, "held").id;
  raw_client second = dial(v());
  second.connect({.client_id = id, .clean_start = false, .props = expiry()});
  first.expect_disconnect(0x8E);
  const auto again = second.expect_publish(topic, "held");
  EXPECT_EQ(again.id, packet_id);
  EXPECT_TRUE(again.dup());
}

// [MQTT-3.1.4-4] [MQTT-3.1.2-4]
TEST_P(takeover_in_every_version, clean_start_leaves_nothing_of_the_old_session) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client first = dial(v());
  first.connect({.client_id = id, .clean_start = false, .props = expiry()});
  first.subscribe(topic, 1);
  raw_client second = dial(v());
  EXPECT_FALSE(second.connect({.client_id = id}).session_present);
  first.expect_disconnect(0x8E);
  second.publish({.topic = topic, .payload = "x", .qos = 1});
  second.expect_silence();
}

TEST_P(takeover_in_every_version, chain_of_take_overs_leaves_the_last_one_alone) {
  const std::string id = fresh_client_id();
  const std::string topic = fresh_topic();
  std::vector<raw_client> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(dial(v()));
    clients.back().connect({.client_id = id, .clean_start = false, .props = expiry()});
    clients.back().subscribe(topic, 1);
  }
  for (int i = 0; i < 19; ++i) clients[static_cast<std::size_t>(i)].expect_disconnect(0x8E);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "x", .qos = 1});
  clients.back().expect_publish(topic, "x");
  clients.back().expect_silence();
}

TEST_F(takeover, works_between_versions) {
  const std::string id = fresh_client_id();
  raw_client old = dial(version::v3_1_1);
  old.connect({.client_id = id, .clean_start = false});
  raw_client fresh = dial();
  EXPECT_TRUE(fresh.connect({.client_id = id, .clean_start = false}).session_present);
  old.expect_close();
  raw_client older = dial(version::v3_1);
  older.connect({.client_id = id});
  fresh.expect_disconnect(0x8E);
}

// Whole identifiers are compared: no prefix, no folding of case, no end at a NUL.
TEST_F(takeover, similar_identifiers_are_strangers) {
  const std::string id = fresh_client_id();
  raw_client first = dial();
  first.connect({.client_id = id + "a"});
  for (const std::string& other : {id + "A", id, id + "ab", id + "a ", "a" + id}) {
    raw_client stranger = dial();
    stranger.connect({.client_id = other});
  }
  first.expect_silence();
}

}  // namespace
