// The three files that NanoMQ brings along, in our words: they are read as they are.
#include <gtest/gtest.h>

#include <string>

#include "nanomq/config/configuration.hpp"

namespace nanomq::config {
namespace {

const std::string directory = NANOMQ_SOURCE_DIR "/tests/unit/nanomq/config/nanomq_files/";

TEST(nanomq_files, mean_what_they_mean_to_nanomq) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_file(directory + "nanomq.conf", why)) << why;
  const auto& values = made.values();
  EXPECT_TRUE(values.allow_anonymous);
  EXPECT_EQ(values.broker.limits.max_packet_size, 272'629'760U);
  EXPECT_EQ(values.broker.limits.max_queue_messages, 2048U);
  EXPECT_EQ(effective_listeners(values).size(), 2U);
  EXPECT_EQ(made.origin("auth.no_match"), directory + "nanomq.conf:67");
}

TEST(nanomq_files, are_warned_about_where_they_have_no_meaning_here) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_file(directory + "nanomq.conf", why)) << why;
  std::string lines;
  for (const auto& line : made.warnings()) lines += line.substr(directory.size()) + "\n";
  EXPECT_EQ(lines, R"(nanomq.conf:4:3: 'system.num_taskq_thread' has no meaning here: threads are set with system.shards
nanomq.conf:5:3: 'system.max_taskq_thread' has no meaning here: threads are set with system.shards
nanomq.conf:6:3: 'system.parallel' has no meaning here: threads are set with system.shards
nanomq.conf:14:3: 'mqtt.retry_interval' has no meaning here: messages are sent again when a client connects again, not while it is connected
nanomq.conf:15:3: 'mqtt.keepalive_multiplier' has no meaning here: it is 1.5, as the standard says
nanomq.conf:18:3: 'mqtt.max_inflight_window' has no meaning here: it is called mqtt.max_inflight here
nanomq.conf:19:3: 'mqtt.max_awaiting_rel' has no meaning here: it is called mqtt.receive_maximum here
nanomq.conf:20:3: 'mqtt.await_rel_timeout' has no meaning here: a QoS 2 message waits for its PUBREL as long as its session lives
nanomq.conf:40:1: 'http_server' has no meaning here: there is no HTTP server here yet
nanomq.conf:61:3: 'sqlite.flush_mem_threshold' has no meaning here: leave it out, changes are written within milliseconds
nanomq.conf:62:3: 'sqlite.resend_interval' has no meaning here: leave it out, what waits is sent as soon as its client can take it
nanomq.conf:70:3: 'auth.cache' has no meaning here: what rules say is found out in less time than remembering it takes
nanomq.conf:90:1: 'bridges.mqtt' has no meaning here: there are no bridges to other MQTT brokers here yet
nanomq.conf:75:14: passwords in plain text, for everybody to read who reads the file; nanomq passwd keeps hashes of them
)");
}

}  // namespace
}  // namespace nanomq::config
