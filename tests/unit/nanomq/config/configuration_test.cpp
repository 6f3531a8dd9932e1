#include "nanomq/config/configuration.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace nanomq::config {
namespace {

TEST(configuration, has_the_defaults_of_the_broker_when_nothing_is_set) {
  const configuration empty;
  EXPECT_TRUE(empty.values().broker.listeners.empty());
  EXPECT_EQ(empty.values().broker.limits.max_packet_size, broker::limits{}.max_packet_size);
  EXPECT_FALSE(empty.values().allow_anonymous);
  for (const auto& one : options()) EXPECT_EQ(empty.origin(one.key), "default");
}

TEST(configuration, lets_the_environment_win_over_the_file_and_the_command_line_over_both) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_text("mqtt.receive_maximum = 1\nmqtt.max_inflight = 1\nsystem.shards = 1\n", "f.conf", why))
      << why;
  const std::array environment{"NANOMQ_MQTT__MAX_INFLIGHT=2", "NANOMQ_SYSTEM__SHARDS=2", "HOME=/root"};
  ASSERT_TRUE(made.read_environment(environment, why)) << why;
  ASSERT_TRUE(made.assign("system.shards=3", why)) << why;
  EXPECT_EQ(made.values().broker.limits.receive_maximum, 1);
  EXPECT_EQ(made.values().broker.limits.max_inflight, 2);
  EXPECT_EQ(made.values().broker.shards, 3U);
  EXPECT_EQ(made.origin("mqtt.receive_maximum"), "f.conf:1");
  EXPECT_EQ(made.origin("mqtt.max_inflight"), "NANOMQ_MQTT__MAX_INFLIGHT");
  EXPECT_EQ(made.origin("system.shards"), "command line");
}

TEST(configuration, sets_seconds_and_milliseconds_alike) {
  configuration made;
  std::string why;
  ASSERT_TRUE(
      made.read_text("mqtt.max_keepalive = 1m\nmqtt.max_session_expiry = 1h\nmqtt.connect_timeout = 500ms\n"
                     "sys.interval = 1m\nsys.client_status_events = false",
                     "f", why))
      << why;
  EXPECT_EQ(made.values().broker.limits.max_keepalive_s, 60);
  EXPECT_EQ(made.values().broker.limits.max_session_expiry_s, 3600U);
  EXPECT_EQ(made.values().broker.limits.connect_timeout.count(), 500);
  EXPECT_EQ(made.values().broker.sys_interval.count(), 60'000);
  EXPECT_FALSE(made.values().broker.client_status_events);
}

TEST(configuration, names_file_line_and_column_of_what_is_wrong) {
  const auto complaint = [](std::string_view text) {
    configuration made;
    std::string why;
    return made.read_text(text, "f.conf", why) ? "" : why;
  };
  EXPECT_EQ(complaint("\n  mqtt.max_paket_size = 1KB"),
            "f.conf:2:3: unknown setting 'mqtt.max_paket_size'; did you mean mqtt.max_packet_size?");
  EXPECT_EQ(complaint("mqtt.receive_maximum =  0"),
            "f.conf:1:25: mqtt.receive_maximum: \"0\" is out of range: 1 to 65535");
  EXPECT_EQ(complaint("log.level = {a=1}"), "f.conf:1:13: log.level: takes a value, not an object");
  EXPECT_EQ(complaint("listeners.tcp.bind = [[1]]"),
            "f.conf:1:23: listeners.tcp.bind: a list of texts, not of lists or objects");
  EXPECT_EQ(complaint("mqtt { max_paket_size = 1 }"),
            "f.conf:1:8: unknown setting 'mqtt.max_paket_size'; did you mean mqtt.max_packet_size?");
  EXPECT_EQ(complaint("\"mqtt.max_packet_size\" = 1").substr(0, 27), "f.conf:1:1: unknown setting");
  EXPECT_EQ(complaint("mqtt.max_mqueue_len = 5\nmqtt.max_queue_messages = 6"),
            "f.conf:2:1: mqtt.max_queue_messages is set already in line 1");
  EXPECT_EQ(complaint("log.level = \"info"), "f.conf:1:13: a string without its closing quote");
  EXPECT_TRUE(complaint("listeners.tcp.bind = [\"ftp://x\"]").starts_with("f.conf:1:22: listeners.tcp.bind: "));
}

TEST(configuration, takes_nanomqs_variables_and_prefers_its_own) {
  configuration made;
  std::string why;
  const std::array environment{"NANOMQ_MQTT__MAX_PACKET_SIZE=2048",
                               "NANOMQ_MAX_PACKET_SIZE=1024",
                               "NANOMQ_LOG_LEVEL=error",
                               "NANOMQ_BROKER_URL=nmq-tcp://127.0.0.1:1884",
                               "NANOMQ_TLS_ENABLE=false",
                               "NANOMQ_",
                               "X"};
  ASSERT_TRUE(made.read_environment(environment, why)) << why;
  EXPECT_EQ(made.values().broker.limits.max_packet_size, 2048U);
  EXPECT_EQ(made.values().log.levels.general, nanolib::log_level::error);
  ASSERT_EQ(made.values().broker.listeners.size(), 2U);
  EXPECT_EQ(made.values().broker.listeners[0].bind[0].port, 1884);
  EXPECT_FALSE(made.values().broker.listeners[1].enable);
}

TEST(configuration, refuses_a_variable_that_looks_like_a_setting_but_is_none) {
  configuration made;
  std::string why;
  EXPECT_FALSE(made.read_environment(std::array{"NANOMQ_MQTT__MAX_PAKET=1"}, why));
  EXPECT_TRUE(why.starts_with("NANOMQ_MQTT__MAX_PAKET: no setting has this name")) << why;
  EXPECT_FALSE(made.read_environment(std::array{"NANOMQ_LOG_LEVEL=loud"}, why));
  EXPECT_TRUE(why.starts_with("NANOMQ_LOG_LEVEL: log.level: \"loud\" is not one of")) << why;
}

TEST(configuration, says_what_is_not_there_yet) {
  const auto complaint = [](std::string_view assignment) {
    std::string why;
    return configuration().assign(assignment, why) ? "" : why;
  };
  EXPECT_EQ(complaint("sqlite.flush_mem_threshold=100"),
            "unknown setting 'sqlite.flush_mem_threshold': leave it out, changes are written within milliseconds");
  EXPECT_EQ(
      complaint("sqlite.resend_interval=5s"),
      "unknown setting 'sqlite.resend_interval': leave it out, what waits is sent as soon as its client can take it");
  EXPECT_EQ(complaint("listeners.quic.bind=x").substr(0, 39), "unknown setting 'listeners.quic.bind': ");
}

TEST(configuration, finds_the_variables_that_have_no_effect) {
  const std::array environment{
      "NANOMQ_TLS_ENABLE=true", "NANOMQ_BROKER_URL=x",        "NANOMQ_MQTT__MAX_INFLIGHT=1", "NANOMQ_MINE=1", "HOME=/",
      "NANOMQ_PAKET=1",         "NANOMQ_WEBSOCKET_TLS_URL=x", "NANOMQ_HTTP_SERVER_PORT=1"};
  const auto lines = unknown_variables(environment, std::array<std::string_view, 1>{"NANOMQ_MINE"});
  const std::vector<std::string> expected{"NANOMQ_PAKET has no effect: no setting has this name",
                                          "NANOMQ_HTTP_SERVER_PORT has no effect: there is no HTTP server here yet"};
  EXPECT_EQ(lines, expected);
}

TEST(configuration, says_which_variable_was_probably_meant) {
  const auto hint = [](const char* variable) {
    const auto lines = unknown_variables(std::array{variable}, std::array<std::string_view, 1>{"NANOMQ_CONF_PATH"});
    return lines.empty() ? std::string() : lines.front().substr(lines.front().find(": ") + 2);
  };
  const std::string unknown = "no setting has this name; did you mean ";
  EXPECT_EQ(hint("NANOMQ_LOG_LEVLE=info"), unknown + "NANOMQ_LOG_LEVEL?");
  EXPECT_EQ(hint("NANOMQ_CONF_PAHT=/x"), unknown + "NANOMQ_CONF_PATH?");
  EXPECT_EQ(hint("NANOMQ_TLS_CERT_PAT=/x"), unknown + "NANOMQ_TLS_CERT_PATH?");
  EXPECT_EQ(hint("NANOMQ_MQTT_MAX_INFLIGHT=3"), unknown + "NANOMQ_MQTT__MAX_INFLIGHT?");
  EXPECT_EQ(hint("NANOMQ_PARALLEL=8"), "threads are set with NANOMQ_SYSTEM__SHARDS");
  configuration made;
  std::string why;
  EXPECT_FALSE(made.read_environment(std::array{"NANOMQ_MQTT__MAX_INFLIHGT=1"}, why));
  EXPECT_EQ(why, "NANOMQ_MQTT__MAX_INFLIHGT: " + unknown + "NANOMQ_MQTT__MAX_INFLIGHT?");
  EXPECT_FALSE(made.read_environment(std::array{"NANOMQ_LISTENER__SSL__BIND=x"}, why));
  EXPECT_EQ(why, "NANOMQ_LISTENER__SSL__BIND: " + unknown + "NANOMQ_LISTENERS__SSL__BIND?");
}

TEST(configuration, takes_nanomqs_length_of_queues) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_environment(std::array{"NANOMQ_MSQ_LEN=64"}, why)) << why;
  EXPECT_EQ(made.values().broker.limits.max_queue_messages, 64U);
}

TEST(configuration, says_which_endpoints_were_probably_meant) {
  const auto complaint = [](std::string_view text) {
    configuration made;
    std::string why;
    EXPECT_FALSE(made.read_text(text, "n", why));
    return why;
  };
  EXPECT_EQ(complaint("brdges.nng.push.x.listen = [a]"),
            "n:1:1: unknown setting 'brdges.nng.push.x.listen'; did you mean bridges.nng.push.x.listen?");
  EXPECT_EQ(complaint("bridges { ngn { pub.x.dial = [a] } }"),
            "n:1:17: unknown setting 'bridges.ngn.pub.x.dial'; did you mean bridges.nng.pub.x.dial?");
}

TEST(configuration, takes_lists_of_listeners_in_both_forms) {
  for (const std::string_view text :
       {"listeners.tcp.bind=127.0.0.1:0,unix:///tmp/s", "listeners.tcp.bind=[\"127.0.0.1:0\", \"unix:///tmp/s\"]"}) {
    configuration made;
    std::string why;
    ASSERT_TRUE(made.assign(text, why)) << why;
    ASSERT_EQ(made.values().broker.listeners.size(), 1U);
    const auto& bind = made.values().broker.listeners[0].bind;
    ASSERT_EQ(bind.size(), 2U);
    EXPECT_EQ(bind[0].host, "127.0.0.1");
    EXPECT_EQ(bind[1].kind, nanonng::net::endpoint::transport::unix_socket);
  }
}

TEST(configuration, never_takes_an_empty_address_for_every_address) {
  configuration made;
  std::string why;
  for (const char* text : {"listeners.tcp.bind = \"\"", "listeners.tcp.bind = [\"127.0.0.1:0\", \"\"]",
                           "listeners.tcp.bind = \":1883\"", "listeners.tcp.bind = \"tcp://\""}) {
    EXPECT_FALSE(made.read_text(text, "f", why)) << text;
    EXPECT_NE(why.find("every address of this machine is *"), std::string::npos) << why;
  }
  EXPECT_FALSE(made.assign("listeners.tcp.bind=", why));
  EXPECT_FALSE(made.assign("listeners.tcp.bind=127.0.0.1:0,,[::1]:0", why));
  ASSERT_TRUE(made.assign("listeners.tcp.bind=*:1883", why)) << why;
  EXPECT_EQ(made.values().broker.listeners[0].bind[0].host, "");
}

TEST(configuration, takes_an_empty_variable_for_one_that_is_not_set) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.assign("listeners.tcp.bind=127.0.0.1:1884", why)) << why;
  ASSERT_TRUE(made.read_environment(std::array{"NANOMQ_BROKER_URL=", "NANOMQ_LISTENERS__TCP__BIND="}, why)) << why;
  ASSERT_EQ(made.values().broker.listeners.size(), 1U);
  EXPECT_EQ(made.values().broker.listeners[0].bind[0].port, 1884);
}

TEST(configuration, refuses_an_assignment_without_key_or_value) {
  configuration made;
  std::string why;
  EXPECT_FALSE(made.assign("log.level", why));
  EXPECT_EQ(why, "'log.level' is not key=value");
  EXPECT_FALSE(made.assign("=1", why));
  EXPECT_FALSE(made.assign("system.shards=", why));
  EXPECT_FALSE(made.assign("listeners.tcp.bind=[\"a\"", why));
}

TEST(configuration, keeps_what_was_set_before_when_a_value_is_refused) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.assign("system.shards=4", why));
  EXPECT_FALSE(made.assign("system.shards=256", why));
  EXPECT_EQ(made.values().broker.shards, 4U);
}

TEST(configuration, lets_what_stands_later_win) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_text("log.level = info\nlog { level = error }\nmqtt.max_keepalive = 2 minutes", "f", why))
      << why;
  EXPECT_EQ(made.values().log.levels.general, nanolib::log_level::error);
  EXPECT_EQ(made.origin("log.level"), "f:2");
  EXPECT_EQ(made.values().broker.limits.max_keepalive_s, 120);
}

TEST(configuration, takes_listeners_with_names) {
  configuration made;
  std::string why;
  ASSERT_TRUE(
      made.read_text("listeners.tcp { bind = \"127.0.0.1:1\", a { bind = \"127.0.0.1:2\" }\n"
                     "b { bind = \"127.0.0.1:3\", enable = false }, c.bind = \"127.0.0.1:4\", c.enable = true }",
                     "f", why))
      << why;
  const auto& all = made.values().broker.listeners;
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[1].bind[0].port, 2);
  EXPECT_EQ(all[1].name, "a");
  EXPECT_FALSE(all[2].enable);
  EXPECT_EQ(all[3].bind[0].port, 4);
  EXPECT_EQ(all[3].id(), "tcp:c");
  EXPECT_FALSE(made.read_text("listeners.tcp.a.bint = 1", "f", why));
  EXPECT_FALSE(made.read_text("listeners.tcp.enable = maybe", "f", why));
}

class temporary_directory {
 public:
  temporary_directory() {
    std::string pattern = ::testing::TempDir() + "nanomq_configXXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~temporary_directory() {
    for (const char* name : {"/file", "/more", "/fifo"}) ::unlink((path_ + name).c_str());
    ::rmdir(path_.c_str());
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(configuration, reads_regular_files_only_and_none_without_end) {
  const temporary_directory where;
  configuration made;
  std::string why;
  EXPECT_FALSE(made.read_file(where.path() + "/file", why));
  EXPECT_EQ(why, where.path() + "/file: No such file or directory");
  EXPECT_FALSE(made.read_file(where.path(), why));
  EXPECT_EQ(why, where.path() + ": not a regular file");
  ASSERT_EQ(::mkfifo((where.path() + "/fifo").c_str(), 0600), 0);
  EXPECT_FALSE(made.read_file(where.path() + "/fifo", why));
  std::ofstream(where.path() + "/file") << std::string(2'000'000, '\n');
  EXPECT_FALSE(made.read_file(where.path() + "/file", why));
  EXPECT_EQ(why, where.path() + "/file: larger than 1 MiB");
  std::ofstream(where.path() + "/file") << "log.level = debug\n";
  EXPECT_TRUE(made.read_file(where.path() + "/file", why)) << why;
  EXPECT_EQ(made.values().log.levels.general, nanolib::log_level::debug);
  std::ofstream(where.path() + "/file") << "include \"more\"\n";
  EXPECT_FALSE(made.read_file(where.path() + "/file", why));
  EXPECT_EQ(why, where.path() + "/file:1:1: " + where.path() + "/more: No such file or directory");
  std::ofstream(where.path() + "/more") << "log.level = error\n";
  EXPECT_TRUE(made.read_file(where.path() + "/file", why)) << why;
  EXPECT_EQ(made.origin("log.level"), where.path() + "/more:1");
}

}  // namespace
}  // namespace nanomq::config
