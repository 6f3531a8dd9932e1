#include <gtest/gtest.h>

#include <array>

#include "nanomq/config/configuration.hpp"

namespace nanomq::config {
namespace {

using nanolib::log_component;
using nanolib::log_level;

TEST(log_options, are_read_as_nanomq_writes_them) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_text(R"(log = {
    to = [file, console, "file"]
    level = info
    dir = "/var/log"
    file = "x.log"
    uds_addr = "ipc:///run/x"
    rotation = { size = 2MB, count = 7 }
    levels { store = debug, tls = trace }
  })",
                             "f", why))
      << why;
  const log_settings& log = made.values().log;
  EXPECT_EQ(log.to, (std::vector{log_place::file, log_place::console}));
  EXPECT_EQ(log.path(), "/var/log/x.log");
  EXPECT_EQ(log.socket, "ipc:///run/x");
  EXPECT_EQ(log.rotation_size, 2U * 1024 * 1024);
  EXPECT_EQ(log.rotation_count, 7U);
  EXPECT_EQ(log.levels.of(log_component::store), log_level::debug);
  EXPECT_EQ(log.levels.of(log_component::tls), log_level::trace);
  EXPECT_EQ(log.levels.of(log_component::net), log_level::info);
}

TEST(log_options, have_the_variables_of_nanomq) {
  configuration made;
  std::string why;
  constexpr std::array variables{
      "NANOMQ_LOG_TO=syslog,uds",    "NANOMQ_LOG_LEVEL=error",         "NANOMQ_LOG_DIR=/d/",
      "NANOMQ_LOG_FILE=f",           "NANOMQ_LOG_UDS_ADDR=/u",         "NANOMQ_LOG_ROTATION_SIZE=64KB",
      "NANOMQ_LOG_ROTATION_COUNT=3", "NANOMQ_LOG__LEVELS__ACCESS=off", "NANOMQ_LOG__SYSLOG_FORMAT=rfc5424"};
  ASSERT_TRUE(made.read_environment(variables, why)) << why;
  const log_settings& log = made.values().log;
  EXPECT_EQ(log.to, (std::vector{log_place::syslog, log_place::uds}));
  EXPECT_EQ(log.levels.general, log_level::error);
  EXPECT_EQ(log.levels.of(log_component::access), log_level::off);
  EXPECT_EQ(log.path(), "/d/f");
  EXPECT_EQ(log.socket, "/u");
  EXPECT_EQ(log.rotation_size, 64U * 1024);
  EXPECT_EQ(log.rotation_count, 3U);
  EXPECT_EQ(log.syslog, syslog_format::rfc5424);
}

TEST(log_options, refuse_places_that_there_are_not) {
  configuration made;
  std::string why;
  EXPECT_FALSE(made.assign("log.to=file,printer", why));
  EXPECT_EQ(why, "log.to: console, file, syslog or uds, not \"printer\"");
  EXPECT_FALSE(made.assign("log.levels.disk=info", why));
  EXPECT_NE(why.find("unknown setting 'log.levels.disk'"), std::string::npos) << why;
}

TEST(log_options, let_a_component_follow_the_rest_again) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.assign("log.levels.tls=trace", why)) << why;
  ASSERT_TRUE(made.assign("log.levels.tls=default", why)) << why;
  EXPECT_EQ(made.values().log.levels.of(log_component::tls), log_level::warn);
}

TEST(log_settings, keep_an_absolute_file_wherever_the_directory_is) {
  log_settings log;
  log.directory = "/d";
  EXPECT_EQ(log.path(), "/d/nanomq.log");
  log.file = "/f";
  EXPECT_EQ(log.path(), "/f");
}

}  // namespace
}  // namespace nanomq::config
