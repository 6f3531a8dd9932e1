#include "start_options.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "pid_file.hpp"

namespace nanomq::program {
namespace {

// A variable with this value as long as this lives.
class variable {
 public:
  variable(const char* name, const char* text) : name_(name) { ::setenv(name, text, 1); }
  ~variable() { ::unsetenv(name_); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  const char* name_;
};

TEST(start_options, lets_flags_win_over_set_and_environment) {
  const variable level("NANOMQ_LOG_LEVEL", "debug");
  start_options options;
  options.assignments = {"system.shards=1", "system.poller=epoll"};
  options.shards = "3";
  options.urls = {"127.0.0.1:1", "mqtt://127.0.0.1:2"};
  options.allow_anonymous = true;
  const auto made = configure(options);
  ASSERT_TRUE(made.faults().empty()) << made.faults().front().text;
  EXPECT_EQ(made.values().broker.shards, 3U);
  EXPECT_EQ(made.values().broker.poller, nanonng::net::poller_kind::epoll);
  ASSERT_EQ(made.values().broker.listeners.size(), 1U);
  EXPECT_EQ(made.values().broker.listeners[0].bind.size(), 2U);
  EXPECT_EQ(made.values().log.levels.general, nanolib::log_level::debug);
  EXPECT_TRUE(made.values().allow_anonymous);
}

TEST(start_options, tell_everything_that_is_wrong_wherever_it_stands) {
  start_options options;
  options.conf = "/nonexistent.conf";
  options.shards = "999";
  options.assignments = {"log.levle=info"};
  const auto made = configure(options);
  ASSERT_EQ(made.faults().size(), 3U);
  EXPECT_TRUE(made.faults()[0].text.starts_with("/nonexistent.conf: ")) << made.faults()[0].text;
  EXPECT_EQ(made.faults()[0].key, "");
  EXPECT_EQ(made.faults()[1].text, "unknown setting 'log.levle'; did you mean log.level?");
  EXPECT_TRUE(made.faults()[2].text.starts_with("system.shards: ")) << made.faults()[2].text;
}

TEST(start_options, fills_in_what_the_environment_says) {
  const variable conf("NANOMQ_CONF_PATH", "/etc/x.conf");
  const variable daemon("NANOMQ_DAEMON", "true");
  start_options options;
  options.pid_file = "/run/mine";
  const variable pid("NANOMQ_PID_FILE", "/run/theirs");
  std::string why;
  ASSERT_TRUE(complete_from_environment(options, why));
  EXPECT_EQ(options.conf, "/etc/x.conf");
  EXPECT_EQ(options.pid_file, "/run/mine");
  EXPECT_TRUE(options.daemon);
  const variable wrong("NANOMQ_DAEMON", "perhaps");
  EXPECT_FALSE(complete_from_environment(options, why));
}

TEST(start_options, makes_paths_absolute) {
  const auto here = std::filesystem::current_path().string() + "/";
  start_options options;
  options.pid_file = "my.pid";
  options.log_file = "/var/log/mine";
  std::string why;
  ASSERT_TRUE(make_absolute(options, why)) << why;
  EXPECT_EQ(options.pid_file, here + "my.pid");
  EXPECT_EQ(options.log_file, "/var/log/mine");
  using nanonng::net::endpoint;
  std::vector<broker::listener_options> listeners{endpoint{endpoint::transport::unix_socket, "s", 0},
                                                  endpoint{endpoint::transport::tcp, "localhost", 1883}};
  listeners[1].certificate.key_file = "k.pem";
  listeners[1].more_certificates.push_back({"/c.pem", "l.pem", {}});
  ASSERT_TRUE(make_absolute(listeners, {}, why)) << why;
  EXPECT_EQ(listeners[0].bind[0].host, here + "s");
  EXPECT_EQ(listeners[1].bind[0].host, "localhost");
  EXPECT_EQ(listeners[1].certificate.key_file, here + "k.pem");
  EXPECT_EQ(listeners[1].more_certificates[0].certificate_file, "/c.pem");
  EXPECT_EQ(listeners[1].more_certificates[0].key_file, here + "l.pem");
  listeners[0].bind[0].host = std::string(107, 's');
  EXPECT_FALSE(make_absolute(listeners, {}, why));
  EXPECT_NE(why.find("too long"), std::string::npos) << why;
}

TEST(start_options, takes_the_default_pid_file_for_the_broker_of_this_machine_only) {
  const variable runtime("XDG_RUNTIME_DIR", "/run/user/7");
  const auto taken = [](const start_options& options) { return pid_file_to_take(options, configure(options)); };
  start_options options;
  EXPECT_EQ(taken(options), "/run/user/7/nanomq/nanomq.pid");
  options.urls = {"127.0.0.1:1884"};
  EXPECT_EQ(taken(options), "");
  options.daemon = true;
  EXPECT_EQ(taken(options), "/run/user/7/nanomq/nanomq.pid");
  options.pid_file = "/x";
  EXPECT_EQ(taken(options), "/x");
}

}  // namespace
}  // namespace nanomq::program
