#include "event_limiter.hpp"

#include <gtest/gtest.h>

namespace nanomq::program {
namespace {

using namespace std::chrono_literals;
using nanolib::log_component;
using nanolib::log_field;
using nanolib::log_level;

class event_limiter_test : public ::testing::Test {
 protected:
  event_limiter_test() { limiter.configure(2, 10s); }

  bool admit(std::string_view name, std::initializer_list<log_field> fields) {
    return limiter.admit({log_component::access, log_level::info, name, {fields.begin(), fields.size()}}, now, ended);
  }

  event_limiter limiter;
  nanolib::instant now{1h};
  std::vector<suppressed_events> ended;
};

TEST_F(event_limiter_test, admits_so_many_of_one_name_and_source) {
  EXPECT_TRUE(admit("a", {{"address", "1"}}));
  EXPECT_TRUE(admit("a", {{"address", "1"}}));
  EXPECT_FALSE(admit("a", {{"address", "1"}}));
  EXPECT_TRUE(admit("b", {{"address", "1"}}));
  EXPECT_TRUE(admit("a", {{"address", "2"}}));
  EXPECT_TRUE(ended.empty());
}

TEST_F(event_limiter_test, goes_by_the_address_whatever_the_client_calls_itself) {
  EXPECT_TRUE(admit("a", {{"client", "x"}, {"address", "1"}}));
  EXPECT_TRUE(admit("a", {{"client", "y"}, {"address", "1"}}));
  EXPECT_FALSE(admit("a", {{"client", "z"}, {"address", "1"}}));
  EXPECT_TRUE(admit("a", {{"client", "z"}, {"address", ""}}));
}

TEST_F(event_limiter_test, does_not_limit_what_is_about_nobody) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(admit("a", {{"n", i}}));
}

TEST_F(event_limiter_test, reports_an_interval_when_it_has_ended) {
  for (int i = 0; i < 5; ++i) (void)admit("a", {{"client", "x"}});
  now += 10s;
  EXPECT_TRUE(admit("a", {{"client", "x"}}));
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].name, "a");
  EXPECT_EQ(ended[0].kind, "client");
  EXPECT_EQ(ended[0].source, "x");
  EXPECT_EQ(ended[0].count, 3U);
  EXPECT_EQ(ended[0].from, log_component::access);
}

TEST_F(event_limiter_test, reports_it_without_a_further_event_too) {
  for (int i = 0; i < 3; ++i) (void)admit("a", {{"client", "x"}});
  limiter.collect(now + 9s, ended);
  EXPECT_TRUE(ended.empty());
  limiter.collect(now + 10s, ended);
  EXPECT_EQ(ended.size(), 1U);
}

TEST_F(event_limiter_test, tells_only_so_many_sources_apart) {
  std::size_t admitted = 0;
  for (std::size_t i = 0; i < 3 * event_limiter::most_sources; ++i) {
    admitted += admit("a", {{"address", std::to_string(i)}}) ? 1U : 0U;
  }
  EXPECT_EQ(admitted, event_limiter::most_sources + 2);
  limiter.collect(now + 10s, ended);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].source, "others");
}

TEST_F(event_limiter_test, admits_everything_when_there_is_no_limit) {
  limiter.configure(0, 10s);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(admit("a", {{"client", "x"}}));
}

}  // namespace
}  // namespace nanomq::program
