#include "load_settings.hpp"

#include <gtest/gtest.h>

#include "machine_sizes.hpp"

namespace nanomq::program {
namespace {

start_options with(std::vector<std::string> assignments) {
  start_options made;
  made.directory = "/srv/broker";
  made.assignments = std::move(assignments);
  return made;
}

TEST(load_settings, begins_every_path_where_the_broker_was_started) {
  const auto made = load_settings(
      with({"auth.http_auth.tls.cacertfile=ca.pem", "auth.http_auth.tls.certfile=own.pem",
            "auth.http_auth.tls.keyfile=own.key", "webhook.ssl.cacertfile=w/ca.pem", "webhook.ssl.certfile=w/own.pem",
            "webhook.ssl.keyfile=w/own.key", "auth.password_file=users", "auth.acl_file=rules", "store.dir=store",
            "auth.jwt.secret_file=secret", "auth.jwt.public_key_file=/etc/key.pem", "control.socket=c.sock",
            "log.file=n.log", "log.uds_addr=ipc://log.sock"}));
  ASSERT_TRUE(made.faults.empty()) << made.faults.front().text;
  const auto& access = made.settings.access;
  EXPECT_EQ(access.http.ca_file, "/srv/broker/ca.pem");
  EXPECT_EQ(access.http.certificate_file, "/srv/broker/own.pem");
  EXPECT_EQ(access.http.key_file, "/srv/broker/own.key");
  EXPECT_EQ(made.settings.webhook.ca_file, "/srv/broker/w/ca.pem");
  EXPECT_EQ(made.settings.webhook.certificate_file, "/srv/broker/w/own.pem");
  EXPECT_EQ(made.settings.webhook.key_file, "/srv/broker/w/own.key");
  EXPECT_EQ(access.password_file, "/srv/broker/users");
  EXPECT_EQ(access.acl_file, "/srv/broker/rules");
  EXPECT_EQ(access.tokens.secret_file, "/srv/broker/secret");
  EXPECT_EQ(access.tokens.public_key_file, "/etc/key.pem");
  EXPECT_EQ(made.settings.broker.durability.directory, "/srv/broker/store");
  EXPECT_EQ(made.settings.control_socket, "/srv/broker/c.sock");
  EXPECT_EQ(made.settings.log.file, "/srv/broker/n.log");
  EXPECT_EQ(made.settings.log.socket, "/srv/broker/log.sock");
}

TEST(load_settings, tells_what_is_wrong_with_each_listener) {
  const auto made = load_settings(with({"listeners.ssl.a.crlfile=crl.pem", "listeners.ssl.b.fail_if_no_peer_cert=true",
                                        "listeners.ssl.b.verify_peer=false", "listeners.tcp.bind=0.0.0.0:0"}));
  ASSERT_EQ(made.faults.size(), 2U);
  EXPECT_TRUE(made.faults[0].text.starts_with("ssl:a: crlfile does nothing")) << made.faults[0].text;
  EXPECT_TRUE(made.faults[1].text.starts_with("ssl:b: fail_if_no_peer_cert does nothing")) << made.faults[1].text;
  EXPECT_EQ(made.code, exit_code::usage);
  EXPECT_TRUE(config_is_sound(made.faults, "auth."));
  EXPECT_TRUE(config_is_sound(made.faults, "listeners.ssl.c."));
  EXPECT_FALSE(config_is_sound(made.faults, "listeners.ssl.a."));
}

TEST(load_settings, asks_who_may_come_in_when_all_else_is_right) {
  EXPECT_EQ(load_settings(with({"listeners.tcp.bind=0.0.0.0:0"})).code, exit_code::unsafe);
  EXPECT_EQ(load_settings(with({"listeners.tcp.bind=0.0.0.0:0", "auth.pasword_file=users"})).code, exit_code::usage);
}

TEST(load_settings, makes_sizes_of_shares) {
  const auto made = load_settings(with({"mqtt.max_retained_bytes=50%", "store.max_bytes=10%", "store.dir=/"}));
  ASSERT_TRUE(made.faults.empty()) << made.faults.front().text;
  const auto there_is = find_machine_sizes(made.settings);
  ASSERT_GT(there_is.memory, 0U);
  ASSERT_GT(there_is.store_disk, 0U);
  EXPECT_EQ(made.settings.broker.limits.max_retained_bytes, there_is.memory / 100 * 50);
  EXPECT_EQ(made.settings.broker.durability.max_bytes, there_is.store_disk / 100 * 10);
}

}  // namespace
}  // namespace nanomq::program
