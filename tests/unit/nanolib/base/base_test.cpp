// The small ones: results, bytes, counters, clocks, the log.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/counter.hpp"
#include "nanolib/base/log.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"

namespace nanolib {
namespace {

TEST(result, carries_a_value_or_the_error_that_prevented_it) {
  const result<int> good = 5;
  const result<int> bad = std::unexpected(error{error_domain::config, 3});
  EXPECT_EQ(good.value(), 5);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), (error{error_domain::config, 3}));
  EXPECT_NE(bad.error(), (error{error_domain::sys, 3}));
  static_assert(sizeof(error) == 8);
}

TEST(result, the_last_system_error_is_errno) {
  errno = ENOENT;
  EXPECT_EQ(last_system_error(), (error{error_domain::sys, ENOENT}));
}

TEST(result, every_error_has_a_description) {
  EXPECT_EQ(describe({error_domain::sys, ENOENT}), "No such file or directory");
  for (const error_domain domain : {error_domain::sys, error_domain::nng, error_domain::mqtt, error_domain::config}) {
    EXPECT_FALSE(describe({domain, 987'654}).empty());
  }
}

TEST(bytes, are_the_same_memory_as_their_text) {
  const std::string text("a\0b", 3);
  const bytes data = as_bytes(text);
  EXPECT_EQ(static_cast<const void*>(data.data()), text.data());
  EXPECT_EQ(as_text(data), text);
  EXPECT_TRUE(as_bytes("").empty());
}

TEST(counter, adds_and_subtracts) {
  counter number;
  number.add();
  number.add(10);
  number.subtract(4);
  EXPECT_EQ(number.get(), 7U);
}

TEST(clock, never_goes_back_and_never_reaches_never) {
  clock& machine = system_clock();
  const instant first = machine.now();
  EXPECT_LE(first, machine.now());
  EXPECT_LT(first, never);
  EXPECT_GT(machine.wall_now(), wall_time{});
}

class recording_log final : public log {
 public:
  using log::log;
  std::vector<std::string> lines;

 private:
  void write(const log_event& what) noexcept override {
    std::string line(what.name);
    for (const log_field& field : what.fields) {
      line += " " + std::string(field.key) + "=";
      line += field.type == log_field::kind::text ? std::string(field.text) : std::to_string(field.number);
    }
    lines.push_back(line);
  }
};

TEST(log, writes_events_from_its_threshold_on) {
  recording_log sink(log_level::warn);
  EXPECT_FALSE(sink.wants(log_level::info));
  sink.event(log_level::info, "passed_over");
  sink.event(log_level::warn, "kept", {{"client", "a"}, {"count", 3}, {"user", std::string_view("b")}});
  EXPECT_EQ(sink.lines, std::vector<std::string>{"kept client=a count=3 user=b"});
}

TEST(log, has_a_threshold_for_each_component) {
  recording_log sink(log_level::warn);
  sink.set_threshold(log_component::tls, log_level::trace);
  sink.event(log_component::store, log_level::info, "passed_over");
  sink.event(log_component::tls, log_level::trace, "kept");
  sink.event(log_component::tls, log_level::debug, "also");
  EXPECT_EQ(sink.lines, (std::vector<std::string>{"kept", "also"}));
  EXPECT_EQ(sink.threshold(log_component::tls), log_level::trace);
  EXPECT_EQ(sink.threshold(log_component::broker), log_level::warn);
  sink.set_threshold(log_level::off);
  EXPECT_FALSE(sink.wants(log_component::tls, log_level::fatal));
}

TEST(log, knows_levels_and_components_by_name) {
  EXPECT_EQ(name_of(log_level::fatal), "fatal");
  EXPECT_EQ(name_of(log_component::program), "program");
  for (const auto name : log_level_names) EXPECT_EQ(name_of(*find_log_level(name)), name);
  for (const auto name : log_component_names) EXPECT_EQ(name_of(*find_log_component(name)), name);
  EXPECT_FALSE(find_log_level("loud"));
  EXPECT_FALSE(find_log_component(""));
}

TEST(log, the_null_log_wants_nothing) { EXPECT_FALSE(null_log().wants(log_level::fatal)); }

}  // namespace
}  // namespace nanolib
