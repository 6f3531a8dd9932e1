// Every setting of the table at a reload of a broker that runs: what can change is said to have changed, what cannot is
// said to need a restart and stays, and taking either back leaves nothing.
#include "reload.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include "option_samples.hpp"
#include "sp_endpoints.hpp"

namespace nanomq::program {
namespace {

class reload_of_settings : public ::testing::Test {
 protected:
  reload_of_settings() {
    std::string pattern = ::testing::TempDir() + "nanomq_reloadXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    options_.conf = directory_ + "/n.conf";
    options_.directory = directory_;
    write(base);
  }
  ~reload_of_settings() override {
    if (broker_) broker_->stop();
    if (events_) events_->stop();
    std::filesystem::remove_all(directory_);
  }

  static constexpr std::string_view base =
      "listeners.tcp.bind = \"127.0.0.1:0\"\nlisteners.ws.bind = \"127.0.0.1:0\"\nsystem.shards = 1\nlog.to = []\n";

  void write(std::string_view text) const { std::ofstream(options_.conf) << text; }

  void start() {
    made_.emplace(prepare(options_, nullptr, purpose::use));
    ASSERT_TRUE(made_->is_good()) << made_->faults.front().text;
    log_ = std::make_unique<program_log>(made_->settings.log.levels);
    events_ = std::make_unique<webhook::webhook>(*log_, nanolib::system_clock());
    auto how = made_->settings.broker;
    how.access = made_->rights;
    how.log = log_.get();
    std::string why;
    auto opened = broker::broker::open(std::move(how), why);
    ASSERT_TRUE(opened) << why;
    broker_ = std::move(*opened);
    ASSERT_TRUE(attach_sp_endpoints(made_->settings.sp_endpoints, *broker_, *log_, why)) << why;
    ASSERT_TRUE(broker_->start());
    reloader_ = std::make_unique<reloader>(options_, *made_, *broker_, *events_, *log_);
  }

  reload_report reload(const std::string& text) {
    write(text);
    return reloader_->reload();
  }

  static bool has_line(const reload_report& in, std::string_view beginning) {
    return std::ranges::any_of(in.lines, [&](const auto& line) { return line.starts_with(beginning); });
  }
  static std::string all_of(const reload_report& of) {
    std::string out;
    for (const auto& line : of.lines) {
      if (!line.starts_with("warning: ")) out += line + "\n";  // of the environment that the test runs in
    }
    return out;
  }

  std::string directory_;
  start_options options_;
  std::optional<preparation> made_;
  std::unique_ptr<program_log> log_;
  std::unique_ptr<webhook::webhook> events_;
  std::unique_ptr<broker::broker> broker_;
  std::unique_ptr<reloader> reloader_;
};

// Files that are not there and parts of what is only good as a whole: refused, and then nothing has changed.
bool may_be_refused(const std::string& key) {
  return key.starts_with("auth.") || key.ends_with(".bind_interface") || key.ends_with(".bind") ||
         key.starts_with("webhook.") || key.starts_with("log.") || key.ends_with(".proxy_protocol") ||
         key == "listeners.tcp.enable";
}

TEST_F(reload_of_settings, is_told_for_each_of_them) {
  start();
  int refused = 0;
  for (const auto& one : config::all_settings()) {
    const auto key = one.key();
    if (key.starts_with("listeners.ssl.") || key.starts_with("listeners.wss."))
      continue;                                                                  // the same rows as of tcp and ws
    if (key == "log.dir") continue;                                              // told as log.file
    if (one.get(reloader_->running()) != one.get(config::settings{})) continue;  // the file above says it
    const auto text = std::string(base) + config::in_a_file(one, *config::another_value(one, {}));
    const auto report = reload(text);
    if (report.refused) {
      EXPECT_TRUE(may_be_refused(key)) << key << ": " << all_of(report);
      ++refused;
    } else {
      EXPECT_TRUE(has_line(report, (one.reloadable() ? "changed: " : "needs a restart: ") + key + " = "))
          << key << ": " << all_of(report);
      const bool has_changed = one.get(reloader_->running()) != one.get(config::settings{});
      EXPECT_EQ(has_changed, one.reloadable()) << key;
    }
    const auto back = reload(std::string(base));
    ASSERT_FALSE(back.refused) << key << ": " << all_of(back);
    EXPECT_EQ(has_line(back, "changed: " + key + " = "), !report.refused && one.reloadable()) << all_of(back);
    EXPECT_EQ(one.get(reloader_->running()), one.get(config::settings{})) << key;
  }
  EXPECT_LT(refused, 60);
}

TEST_F(reload_of_settings, tells_every_mistake_and_changes_nothing) {
  start();
  const auto report =
      reload(std::string(base) + "log.levle = info\nmqtt.max_inflight = none\nmqtt.max_packet_size = 1KB\n");
  EXPECT_TRUE(report.refused);
  ASSERT_EQ(report.lines.size(), 2U);
  EXPECT_NE(report.lines[0].find("n.conf:5:1: unknown setting"), std::string::npos) << report.lines[0];
  EXPECT_NE(report.lines[1].find("n.conf:6:21: "), std::string::npos) << report.lines[1];
  EXPECT_EQ(all_of(reload(std::string(base))), "nothing has changed\n");
}

TEST_F(reload_of_settings, refuses_a_file_that_was_emptied_and_takes_one_that_never_said_anything) {
  start();
  EXPECT_TRUE(reload("").refused);
  EXPECT_TRUE(reload("# listeners.tcp.bind = \"127.0.0.1:0\"\n").refused);
  EXPECT_FALSE(reload(std::string(base)).refused);
}

TEST_F(reload_of_settings, of_a_bound_on_connections_holds_at_once) {
  start();
  EXPECT_FALSE(reload(std::string(base) + "limits.max_connections = 7\n").refused);
  EXPECT_EQ(broker_->figures().max_connections, 7U);
}

class with_descriptors {
 public:
  explicit with_descriptors(rlim_t number) {
    static_cast<void>(::getrlimit(RLIMIT_NOFILE, &before_));
    const rlimit few{number, before_.rlim_max};
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &few));
  }
  with_descriptors(const with_descriptors&) = delete;
  with_descriptors& operator=(const with_descriptors&) = delete;
  ~with_descriptors() { static_cast<void>(::setrlimit(RLIMIT_NOFILE, &before_)); }

 private:
  rlimit before_{};
};

TEST_F(reload_of_settings, keeps_descriptors_back_from_a_higher_bound_on_connections) {
  const with_descriptors few(200);
  start();
  auto report = reload(std::string(base) + "limits.max_connections = 5000\n");
  EXPECT_TRUE(has_line(report, "changed: limits.max_connections = 5000")) << all_of(report);
  EXPECT_TRUE(has_line(report, "warning: there are descriptors for 150 connections only"));
  EXPECT_EQ(broker_->figures().max_connections, 150U);
  report = reload(std::string(base) + "limits.max_connections = 149\n");
  EXPECT_FALSE(has_line(report, "warning: there are descriptors"));
  EXPECT_EQ(broker_->figures().max_connections, 149U);
}

class reload_of_endpoints : public reload_of_settings {
 protected:
  static std::string endpoint(const std::string& name, const std::string& url, const std::string& filter = "a/#") {
    return "bridges.nng.push." + name + " { listen = [\"" + url + "\"], forwards = [{ local_topic = \"" + filter +
           "\" }] }\n";
  }
  [[nodiscard]] std::string socket(const std::string& name) const { return "ipc://" + directory_ + "/" + name; }
  [[nodiscard]] std::vector<std::string> peers() const {
    std::vector<std::string> names;
    for (const auto& one : broker_->figures().peers) names.push_back(one.name);
    std::ranges::sort(names);
    return names;
  }
};

TEST_F(reload_of_endpoints, opens_closes_and_changes_only_what_differs) {
  write(std::string(base) + endpoint("kept", socket("kept")) + endpoint("gone", socket("gone")));
  start();
  EXPECT_EQ(peers(), (std::vector<std::string>{"bridges/nng/push/gone", "bridges/nng/push/kept"}));
  auto report = reload(std::string(base) + endpoint("kept", socket("kept")) + endpoint("new", socket("new")));
  EXPECT_EQ(all_of(report), "closed: bridges.nng.push.gone\nopened: bridges.nng.push.new\n");
  EXPECT_EQ(peers(), (std::vector<std::string>{"bridges/nng/push/kept", "bridges/nng/push/new"}));
  // The same address with another rule: the old one lets go of it first.
  report = reload(std::string(base) + endpoint("kept", socket("kept"), "b/#") + endpoint("new", socket("new")));
  EXPECT_EQ(all_of(report), "changed: bridges.nng.push.kept\n");
  report = reload(std::string(base) + endpoint("kept", socket("kept"), "b/#") +
                  "bridges.nng.push.new { enable = false, listen = [\"" + socket("new") +
                  "\"], forwards = [{ local_topic = \"a/#\" }] }\n");
  EXPECT_EQ(all_of(report), "closed: bridges.nng.push.new\n");
  EXPECT_EQ(all_of(reload(std::string(base))), "closed: bridges.nng.push.kept\n");
  EXPECT_TRUE(peers().empty());
  EXPECT_EQ(broker_->figures().sessions, 0U);
}

TEST_F(reload_of_endpoints, puts_back_what_cannot_be_opened_as_it_is_wanted) {
  write(std::string(base) + endpoint("one", socket("one")) + endpoint("two", socket("two")));
  start();
  const auto wanted = std::string(base) + endpoint("one", socket("two")) + endpoint("two", socket("two"));
  for (int again = 0; again < 2; ++again) {
    const auto report = reload(wanted + "mqtt.max_packet_size = 1MB\n");
    EXPECT_FALSE(report.refused);
    EXPECT_TRUE(report.incomplete);
    EXPECT_TRUE(has_line(report, "not opened: bridges.nng.push.one: bridges/nng/push/one: cannot listen on "))
        << all_of(report);
    EXPECT_NE(report.lines.back().find("; it is as it was before"), std::string::npos) << all_of(report);
    EXPECT_EQ(has_line(report, "changed: mqtt.max_packet_size"), again == 0) << all_of(report);
    EXPECT_EQ(peers().size(), 2U);
    EXPECT_EQ(broker_->figures().sessions, 2U);
  }
  const auto report = reload(std::string(base) + endpoint("fresh", socket("two")) + endpoint("two", socket("two")));
  EXPECT_TRUE(report.incomplete);
  EXPECT_TRUE(has_line(report, "not opened: bridges.nng.push.fresh: ")) << all_of(report);
  EXPECT_EQ(peers(), std::vector<std::string>{"bridges/nng/push/two"});
}

TEST_F(reload_of_endpoints, lets_figures_be_asked_for_meanwhile) {
  start();
  std::atomic<bool> over{false};
  std::jthread asks([&] {
    while (!over) EXPECT_LE(broker_->figures().peers.size(), 1U);
  });
  for (int again = 0; again < 10; ++again) {
    EXPECT_EQ(all_of(reload(std::string(base) + endpoint("one", socket("one")))), "opened: bridges.nng.push.one\n");
    EXPECT_EQ(all_of(reload(std::string(base))), "closed: bridges.nng.push.one\n");
  }
  over = true;
}

TEST_F(reload_of_endpoints, refuses_what_is_wrong_before_anything_changes) {
  write(std::string(base) + endpoint("one", socket("one")));
  start();
  EXPECT_TRUE(reload(std::string(base) + "bridges.nng.push.one.listen = [\"" + socket("one") + "\"]\n").refused);
  EXPECT_EQ(peers().size(), 1U);
}

}  // namespace
}  // namespace nanomq::program
