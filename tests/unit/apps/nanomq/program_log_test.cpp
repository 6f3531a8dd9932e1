#include "program_log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <sstream>
#include <thread>

#include "file_size_limit.hpp"
#include "log_sockets.hpp"
#include "nanolib/base/json_writer.hpp"

namespace nanomq::program {
namespace {

using config::log_format;
using config::log_place;
using config::log_settings;
using nanolib::log_component;
using nanolib::log_level;

// stderr is something else as long as this lives.
class other_stderr {
 public:
  explicit other_stderr(int descriptor) : saved_(::dup(STDERR_FILENO)) { ::dup2(descriptor, STDERR_FILENO); }
  ~other_stderr() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
  }
  other_stderr(const other_stderr&) = delete;
  other_stderr& operator=(const other_stderr&) = delete;

 private:
  int saved_;
};

log_settings to_file(const std::string& path, log_level level = log_level::info) {
  log_settings settings;
  settings.levels.general = level;
  settings.to = {log_place::file};
  settings.file = path;
  return settings;
}

std::unique_ptr<program_log> opened(const log_settings& settings) {
  std::string why;
  auto log = open_log(settings, why);
  EXPECT_TRUE(log) << why;
  return log ? std::move(*log) : nullptr;
}

// "2026-11-22T13:58:02.780+00:00 " is not looked at.
std::string without_time(const std::string& line) { return line.substr(line.find(' ') + 1); }

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream from(text);
  std::vector<std::string> all;
  for (std::string line; std::getline(from, line);) all.push_back(line);
  return all;
}

TEST(program_log, writes_one_line_per_event_from_its_level_on) {
  const scratch_directory here;
  const auto log = opened(to_file(here / "log"));
  log->event(log_level::debug, "hidden");
  log->event(log_component::tls, log_level::info, "connected", {{"client", "a\nb"}});
  log->event(log_level::fatal, "failed");
  const auto text = contents(here / "log");
  EXPECT_NE(text.find(" info tls connected client=\"a\\nb\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" fatal broker failed\n"), std::string::npos) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}

TEST(program_log, has_levels_of_their_own_for_components) {
  const scratch_directory here;
  auto settings = to_file(here / "log", log_level::warn);
  settings.levels.own[static_cast<std::size_t>(log_component::store)] = log_level::debug;
  const auto log = opened(settings);
  log->event(log_component::store, log_level::debug, "seen");
  log->event(log_component::tls, log_level::info, "unseen");
  EXPECT_TRUE(without_time(contents(here / "log")) == "debug store seen\n");
}

TEST(program_log, says_what_cannot_be_opened) {
  std::string why;
  EXPECT_FALSE(open_log(to_file("/nonexistent/log"), why));
  EXPECT_TRUE(why.starts_with("cannot open the log file /nonexistent/log: ")) << why;
  log_settings settings;
  settings.to = {log_place::uds};
  EXPECT_FALSE(open_log(settings, why));
  EXPECT_EQ(why, "log.to has uds, but log.uds_addr does not say which socket");
  settings.socket = "/" + std::string(200, 'x');
  EXPECT_FALSE(open_log(settings, why));
  settings.to = {log_place::syslog};
  settings.syslog_socket.clear();
  EXPECT_FALSE(open_log(settings, why));
}

// F22: a full log disk.
TEST(program_log, goes_on_when_the_disk_is_full_and_counts_what_it_dropped) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "there is no /dev/full here";
  const auto log = opened(to_file("/dev/full"));
  for (int i = 0; i < 100; ++i) log->event(log_level::info, "event", {{"n", i}});
  ASSERT_EQ(log->dropped().size(), 1U);
  EXPECT_EQ(log->dropped()[0], (std::pair{log_place::file, std::uint64_t{100}}));
}

// F22: what began to be written while there was room is finished when there is room again.
TEST(program_log, leaves_no_half_line_in_a_file_when_the_disk_was_full) {
  for (const auto format : {log_format::text, log_format::json}) {
    const scratch_directory here;
    auto settings = to_file(here / "log");
    settings.format = format;
    const auto log = opened(settings);
    log->event(log_level::info, "before", {{"n", 0}});
    const auto size = contents(here / "log").size();
    {
      const nanomq::test::file_size_limit full(size + size / 2);
      for (int i = 1; i <= 10; ++i) log->event(log_level::info, "before", {{"n", i}});
      EXPECT_EQ(contents(here / "log").size(), size + size / 2);
    }
    EXPECT_EQ(log->dropped()[0].second, 9U);
    log->event(log_level::info, "after");
    const auto text = contents(here / "log");
    const auto all = lines_of(text);
    ASSERT_EQ(all.size(), 4U) << text;
    const std::array wanted{"n=0", "n=1", "log_lines_dropped count=9", "after"};
    const std::array wanted_json{"\"n\":0}", "\"n\":1}", "\"event\":\"log_lines_dropped\",\"count\":9}",
                                 "\"event\":\"after\"}"};
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_TRUE(all[i].ends_with(format == log_format::text ? wanted[i] : wanted_json[i])) << all[i];
      EXPECT_EQ(all[i].starts_with('{'), format == log_format::json) << all[i];
    }
  }
}

TEST(program_log, says_what_was_dropped_as_soon_as_there_is_room) {
  const scratch_directory here;
  const auto log = opened(to_file(here / "log"));
  log->event(log_level::info, "before");
  {
    const nanomq::test::file_size_limit full(contents(here / "log").size() + 5);
    for (int i = 0; i < 3; ++i) log->event(log_level::info, "unfinished", {{"n", i}});
    log->keep_house();
    EXPECT_EQ(lines_of(contents(here / "log")).size(), 2U);
  }
  log->keep_house();
  log->keep_house();
  const auto all = lines_of(contents(here / "log"));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(without_time(all[1]), "info broker unfinished n=0");
  EXPECT_EQ(without_time(all[2]), "warn program log_lines_dropped count=2");
}

TEST(program_log, begins_a_line_of_its_own_after_half_a_line_of_a_program_that_was_killed) {
  const scratch_directory here;
  std::ofstream(here / "log") << "whole\nhal";
  {
    const auto log = opened(to_file(here / "log"));
    log->event(log_level::info, "one");
    log->event(log_level::info, "two");
  }
  opened(to_file(here / "log"))->event(log_level::info, "three");
  const auto all = lines_of(contents(here / "log"));
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[1], "hal");
  EXPECT_EQ(without_time(all[2]), "info broker one");
  EXPECT_EQ(without_time(all[4]), "info broker three");
}

// A reload while the disk is full: what the log before it has begun it cannot finish any more.
TEST(program_log, begins_a_line_of_its_own_after_a_reload_on_a_full_disk) {
  const scratch_directory here;
  const auto settings = to_file(here / "log");
  const auto log = opened(settings);
  log->event(log_level::info, "before");
  {
    const nanomq::test::file_size_limit full(contents(here / "log").size() + 5);
    log->event(log_level::info, "lost");
    std::string why;
    auto outputs = program_log::prepare(settings, why);
    ASSERT_TRUE(outputs) << why;
    log->use(std::move(*outputs));
    log->event(log_level::info, "lost_too");
  }
  log->event(log_level::info, "after");
  const auto all = lines_of(contents(here / "log"));
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[1].size(), 5U);
  EXPECT_EQ(without_time(all[2]), "warn program log_lines_dropped count=2");
  EXPECT_EQ(without_time(all[3]), "info broker after");
}

// Rotation may be what makes room.
TEST(program_log, writes_an_unfinished_line_again_where_it_goes_on) {
  const scratch_directory here;
  auto settings = to_file(here / "log");
  settings.rotation_size = 200;
  const auto log = opened(settings);
  log->event(log_level::info, "before");
  const auto size = contents(here / "log").size();
  {
    const nanomq::test::file_size_limit full(size + 5);
    log->event(log_level::info, "unfinished");
    log->event(log_level::info, "large", {{"text", std::string(120, 'x')}});
  }
  const auto all = lines_of(contents(here / "log"));
  ASSERT_GE(all.size(), 1U);
  EXPECT_EQ(without_time(all[0]), "info broker unfinished");
  EXPECT_EQ(contents(here / "log.1").size(), size + 5);
}

TEST(program_log, leaves_no_half_line_in_a_stream_whose_reader_was_slow) {
  const scratch_directory here;
  const bound_socket listening(here / "lines", SOCK_STREAM);
  log_settings settings;
  settings.to = {log_place::uds};
  settings.socket = here / "lines";
  const auto log = opened(settings);
  // Lines too long for what is left of a buffer at times.
  for (int i = 0; i < 2'000; ++i) log->event(log_level::warn, "event", {{"n", i}, {"text", std::string(250, 'x')}});
  const bound_socket peer(listening.accept());
  std::string text;
  for (auto got = peer.receive(); !got.empty(); got = peer.receive()) text += got;
  log->event(log_level::warn, "again");
  for (auto got = peer.receive(); !got.empty(); got = peer.receive()) text += got;
  EXPECT_TRUE(text.ends_with(" warn broker again\n"));
  for (const auto& line : lines_of(text)) {
    EXPECT_TRUE(line.ends_with("x") || line.ends_with("broker again") || line.contains("log_lines_dropped")) << line;
    EXPECT_TRUE(line.starts_with("20")) << line;
  }
}

// F22: nobody reads the pipe, and then nobody has it open any more.
TEST(program_log, never_waits_for_a_reader_and_says_how_much_was_dropped) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  log_settings settings;
  settings.levels.general = log_level::info;
  const auto log = opened(settings);
  std::string read_back;
  {
    const other_stderr instead(ends[1]);
    for (int i = 0; i < 5'000; ++i) log->event(log_level::info, "event", {{"n", i}});  // more than a pipe holds
    std::array<char, 4096> buffer{};
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    while (::read(ends[0], buffer.data(), buffer.size()) > 0) {
    }
    log->event(log_level::info, "again");
    const auto got = ::read(ends[0], buffer.data(), buffer.size());
    read_back.assign(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    ::close(ends[0]);
    log->event(log_level::info, "after_the_reader_has_gone");
  }
  ::close(ends[1]);
  EXPECT_TRUE(without_time(read_back).starts_with("warn program log_lines_dropped count=")) << read_back;
  EXPECT_NE(read_back.find(" info broker again\n"), std::string::npos) << read_back;
}

TEST(program_log, rotates_its_file_and_keeps_so_many_old_ones) {
  const scratch_directory here;
  auto settings = to_file(here / "log");
  settings.rotation_size = 300;
  settings.rotation_count = 2;
  const auto log = opened(settings);
  for (int i = 0; i < 40; ++i) log->event(log_level::info, "event", {{"n", i}});
  const auto newest = contents(here / "log");
  const auto older = contents(here / "log.1");
  const auto oldest = contents(here / "log.2");
  EXPECT_NE(newest.find("n=39\n"), std::string::npos) << newest;
  for (const auto& one : {newest, older, oldest}) {
    EXPECT_FALSE(one.empty());
    EXPECT_LE(one.size(), 300U);
  }
  EXPECT_FALSE(std::filesystem::exists(here / "log.3"));
  // Nothing is lost between them.
  const auto all = oldest + older + newest;
  const auto first = std::stoi(all.substr(all.find("n=") + 2));
  EXPECT_EQ(std::ranges::count(all, '\n'), 40 - first);
  EXPECT_EQ(log->dropped()[0].second, 0U);
}

TEST(program_log, goes_on_with_its_file_when_it_cannot_be_rotated) {
  const scratch_directory here;
  std::filesystem::create_directories(here / "log.1/full");
  auto settings = to_file(here / "log");
  settings.rotation_size = 100;
  settings.rotation_count = 1;
  const auto log = opened(settings);
  for (int i = 0; i < 20; ++i) log->event(log_level::info, "event");
  const auto text = contents(here / "log");
  EXPECT_EQ(std::ranges::count(text, '\n'), 20);
}

TEST(program_log, rotates_what_a_symbolic_link_points_to) {
  const scratch_directory here;
  std::filesystem::create_directory(here / "disk");
  std::filesystem::create_symlink(here / "disk/log", here / "log");
  auto settings = to_file(here / "log");
  settings.rotation_size = 100;
  const auto log = opened(settings);
  for (int i = 0; i < 10; ++i) log->event(log_level::info, "event");
  EXPECT_TRUE(std::filesystem::is_symlink(here / "log"));
  EXPECT_TRUE(std::filesystem::exists(here / "disk/log.1"));
}

// What a reload does, for logrotate too.
TEST(program_log, begins_a_file_anew_that_was_moved_away) {
  const scratch_directory here;
  const auto settings = to_file(here / "log");
  const auto log = opened(settings);
  log->event(log_level::info, "before");
  std::filesystem::rename(here / "log", here / "moved");
  std::string why;
  auto outputs = program_log::prepare(settings, why);
  ASSERT_TRUE(outputs) << why;
  log->use(std::move(*outputs));
  log->event(log_level::info, "after");
  EXPECT_NE(contents(here / "moved").find("before"), std::string::npos);
  EXPECT_NE(contents(here / "log").find("after"), std::string::npos);
}

TEST(program_log, writes_to_several_places_at_once) {
  const scratch_directory here;
  const bound_socket syslog(here / "syslog", SOCK_DGRAM);
  const bound_socket lines(here / "lines", SOCK_DGRAM);
  auto settings = to_file(here / "log");
  settings.to = {log_place::file, log_place::syslog, log_place::uds};
  settings.syslog_socket = here / "syslog";
  settings.socket = here / "lines";
  const auto log = opened(settings);
  log->event(log_level::info, "event");
  EXPECT_EQ(without_time(contents(here / "log")), "info broker event\n");
  EXPECT_TRUE(syslog.receive().ends_with("]: broker event"));
  EXPECT_EQ(without_time(lines.receive()), "info broker event");
}

// RFC 5424 §6.2.1
TEST(program_log, gives_syslog_the_severity_of_each_level) {
  const scratch_directory here;
  const bound_socket syslog(here / "syslog", SOCK_DGRAM);
  log_settings settings;
  settings.levels.general = log_level::trace;
  settings.to = {log_place::syslog};
  settings.syslog_socket = here / "syslog";
  const auto log = opened(settings);
  constexpr std::array priorities{"<31>", "<31>", "<30>", "<28>", "<27>", "<26>"};
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    log->event(static_cast<log_level>(i), "event", {{"client", "a\nb"}});
    const auto got = syslog.receive();
    EXPECT_TRUE(got.starts_with(priorities[i])) << got;
    // <30>Nov 22 13:58:02 nanomq[4711]: ...
    EXPECT_EQ(got.substr(19), " nanomq[" + std::to_string(::getpid()) + "]: broker event client=\"a\\nb\"") << got;
  }
}

TEST(program_log, speaks_rfc_5424_where_it_is_told_to) {
  const scratch_directory here;
  const bound_socket syslog(here / "syslog", SOCK_DGRAM);
  log_settings settings;
  settings.to = {log_place::syslog};
  settings.syslog_socket = here / "syslog";
  settings.syslog = config::syslog_format::rfc5424;
  const auto log = opened(settings);
  log->event(log_level::warn, "limits_met", {{"n", 1}});
  const auto got = syslog.receive();
  EXPECT_TRUE(got.starts_with("<28>1 2")) << got;
  EXPECT_TRUE(got.ends_with(" nanomq " + std::to_string(::getpid()) + " limits_met - broker limits_met n=1")) << got;
}

TEST(program_log, does_not_wait_for_a_syslog_that_does_not_read) {
  const scratch_directory here;
  const bound_socket syslog(here / "syslog", SOCK_DGRAM);
  log_settings settings;
  settings.to = {log_place::syslog};
  settings.syslog_socket = here / "syslog";
  const auto log = opened(settings);
  for (int i = 0; i < 5'000; ++i) log->event(log_level::warn, "event");
  EXPECT_GT(log->dropped()[0].second, 0U);
  while (!syslog.receive().empty()) {
  }
  log->event(log_level::warn, "again");
  EXPECT_NE(syslog.receive().find("log_lines_dropped count="), std::string::npos);
  EXPECT_TRUE(syslog.receive().ends_with("broker again"));
}

TEST(program_log, finds_a_socket_that_comes_later_or_comes_again) {
  const scratch_directory here;
  log_settings settings;
  settings.to = {log_place::uds};
  settings.socket = here / "lines";
  const auto log = opened(settings);
  log->event(log_level::warn, "nobody_there");
  for (int round = 0; round < 2; ++round) {
    const bound_socket listening(here / "lines", SOCK_STREAM);
    log->event(log_level::warn, "one");
    const bound_socket peer(listening.accept());
    log->event(log_level::warn, "two");
    const auto got = peer.receive();
    EXPECT_NE(got.find(" warn broker one\n"), std::string::npos) << got;
    EXPECT_TRUE(got.ends_with(" warn broker two\n")) << got;
    EXPECT_EQ(got.find("log_lines_dropped count=1\n") != std::string::npos, round == 0) << got;
    ::unlink((here / "lines").c_str());
  }
}

TEST(program_log, does_not_wait_for_a_stream_that_is_not_read) {
  const scratch_directory here;
  const bound_socket listening(here / "lines", SOCK_STREAM);
  log_settings settings;
  settings.to = {log_place::uds};
  settings.socket = here / "lines";
  const auto log = opened(settings);
  for (int i = 0; i < 20'000; ++i) log->event(log_level::warn, "event", {{"n", i}});
  EXPECT_GT(log->dropped()[0].second, 0U);
  const bound_socket peer(listening.accept());
  std::string all;
  for (auto got = peer.receive(); !got.empty(); got = peer.receive()) all += got;
  log->event(log_level::warn, "again");
  EXPECT_NE(peer.receive().find("log_lines_dropped count="), std::string::npos);
}

TEST(program_log, writes_json_lines) {
  const scratch_directory here;
  auto settings = to_file(here / "log");
  settings.format = log_format::json;
  const auto log = opened(settings);
  log->event(log_component::access, log_level::info, "client_refused", {{"client", "\xff\"\n"}, {"reason", 135}});
  const auto text = contents(here / "log");
  EXPECT_EQ(text.substr(0, 9), "{\"ts\":\"20");
  EXPECT_TRUE(text.ends_with(
      "\"level\":\"info\",\"component\":\"access\",\"event\":\"client_refused\",\"client\":\"\xEF\xBF\xBD\\\"\\n\","
      "\"reason\":135}\n"))
      << text;
  std::string copied;
  nanolib::json_writer into(copied);
  EXPECT_TRUE(nanolib::copy_json(into, text.substr(0, text.size() - 1)));
}

// THREATS 67: a flood of one event from one source.
TEST(program_log, suppresses_what_one_source_repeats_and_says_how_much) {
  const scratch_directory here;
  auto settings = to_file(here / "log");
  settings.rate = 3;
  settings.rate_interval = nanolib::duration(0);
  const auto log = opened(settings);
  settings.rate_interval = nanolib::duration(3'600'000);
  std::string why;
  log->use(*program_log::prepare(settings, why));
  for (int i = 0; i < 10; ++i) {
    log->event(log_level::info, "client_refused", {{"client", std::to_string(i)}, {"address", "10.0.0.1"}});
  }
  log->event(log_level::info, "client_refused", {{"address", "10.0.0.2"}});
  log->event(log_level::info, "listening");
  const auto text = contents(here / "log");
  EXPECT_EQ(std::ranges::count(text, '\n'), 5) << text;
}

TEST(program_log, can_be_written_by_several_threads) {
  const scratch_directory here;
  const auto log = opened(to_file(here / "log"));
  {
    std::array<std::jthread, 4> writers;
    for (auto& one : writers) {
      one = std::jthread([&log] {
        for (int i = 0; i < 200; ++i) log->event(log_level::info, "event", {{"n", i}});
      });
    }
    for (int i = 0; i < 20; ++i) {
      std::string why;
      log->use(*program_log::prepare(to_file(here / "log"), why));
      log->keep_house();
    }
  }
  const auto text = contents(here / "log");
  EXPECT_EQ(std::ranges::count(text, '\n'), 800);
}

}  // namespace
}  // namespace nanomq::program
