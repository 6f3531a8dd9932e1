// Configuration files as NanoMQ has them, in our words.
#include <gtest/gtest.h>

#include <algorithm>

#include "nanomq/config/configuration.hpp"

namespace nanomq::config {
namespace {

std::string complaint(std::string_view text) {
  configuration made;
  std::string why;
  return made.read_text(text, "f", why) ? "" : why;
}

constexpr std::string_view whole_file = R"(
# A broker at the edge of a plant.
system { num_taskq_thread = 0, max_taskq_thread = 0, parallel = 0, daemon = false, enable_ipc_internal = true }
mqtt {
  property_size = 32
  max_packet_size = 1MB
  max_mqueue_len = 2048
  retry_interval = 10s
  keepalive_multiplier = 1.25
  max_inflight_window = 2048
  max_awaiting_rel = 10s
  await_rel_timeout = 10s
}
listeners.tcp { bind = "127.0.0.1:1883" }
listeners.tcp.second { bind = "127.0.0.1:1884", enable = true }
listeners.ssl { bind = "127.0.0.1:8883", keyfile = "/k.pem", verify_peer = false }
listeners.ws { bind = "127.0.0.1:8083/mqtt" }
http_server { port = 8081, username = admin, password = public, auth_type = basic, jwt { public.keyfile = "/j.pem" } }
log { to = [file, console], level = warn, dir = "/tmp", file = "x.log", rotation { size = 10MB, count = 5 } }
sqlite { disk_cache_size = 102400, flush_mem_threshold = 100, resend_interval = 5000 }
auth { allow_anonymous = true, no_match = allow, deny_action = ignore }
webhook.sync { enable = false, events = [{event = "on_message_publish", topic = "a/b"}] }
bridges.mqtt.cloud { server = "mqtt-tcp://cloud:1883", forwards = [{remote_topic = "a/#", local_topic = "a/#"}] }
rules.sqlite { path = "/tmp/rules.db", rules = [{sql = "SELECT * FROM \"abc\"", table = x}] }
)";

TEST(foreign_keys, let_a_file_of_nanomq_through_with_a_warning_each) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_text(whole_file, "f", why)) << why;
  EXPECT_TRUE(made.values().allow_anonymous);
  EXPECT_EQ(made.values().broker.limits.max_packet_size, 1'048'576U);
  EXPECT_EQ(made.values().broker.limits.max_queue_messages, 2048U);
  EXPECT_EQ(made.values().broker.listeners.size(), 4U);
  const auto& lines = made.warnings();
  EXPECT_EQ(lines.size(), 16U);
  EXPECT_EQ(std::ranges::count(lines, "f:18:1: 'http_server' has no meaning here: there is no HTTP server here yet"),
            1);
  for (const auto& line : lines) EXPECT_NE(line.find(" has no meaning here: "), std::string::npos) << line;
}

// THREATS 76: what keeps somebody out is never passed over.
TEST(foreign_keys, keep_the_broker_from_starting_where_leaving_them_out_would_admit_somebody) {
  for (const std::string_view text :
       {"authentication = [{mechanism = password_based}]", "authorization { no_match = deny }"}) {
    EXPECT_NE(complaint(text).find("cannot be left out: "), std::string::npos) << text << complaint(text);
  }
}

TEST(foreign_keys, do_not_hide_what_is_spelt_wrong) {
  EXPECT_EQ(complaint("auth.acls { a = 1 }").substr(0, 33), "f:1:13: unknown setting 'auth.acl");
  EXPECT_EQ(complaint("bridge.x = 1"), "f:1:1: unknown setting 'bridge.x'");
}

}  // namespace
}  // namespace nanomq::config
