// Rates of one client, of users and of listeners, with a clock that the test sets.
#include <gtest/gtest.h>

#include <string>

#include "broker/traffic_meter.hpp"
#include "broker/traffic_policy.hpp"

namespace nanomq::broker::testing {
namespace {

using nanolib::duration;
using nanolib::instant;
using nanolib::rate;
using enum nanolib::quality_of_service;
using verdict = traffic_meter::verdict;

constexpr instant start{duration(1'000'000)};
constexpr rate ten{10, duration(1'000)};

instant after(std::int64_t milliseconds) { return start + duration(milliseconds); }

listener_profile a_listener(const listener_options& options = {}) {
  listener_profile made;
  made.options = options;
  made.id = "tcp:default";
  made.counts = std::make_shared<listener_counts>();
  const message_rates total{options.total_messages_rate, options.total_bytes_rate,
                            options.rates.action.value_or(rate_action::wait)};
  if (total.is_limited()) made.total_rates = std::make_shared<const rate_shapes>(total);
  return made;
}

traffic_meter meter_with(const message_rates& rates) {
  traffic_meter made;
  made.add(std::make_shared<const rate_shapes>(rates), std::make_shared<rate_buckets>());
  return made;
}

// A PUBLISH of that many bytes; whether it was taken.
verdict publish(traffic_meter& to, instant now, nanolib::quality_of_service qos = at_most_once,
                std::size_t bytes = 100) {
  const verdict said = to.judge(qos, now);
  to.pay(bytes, now);
  return said;
}

TEST(traffic_meter, lets_messages_wait_beyond_their_rate) {
  traffic_meter meter = meter_with({ten, {}, rate_action::wait});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(meter.ready(start), start);
    EXPECT_EQ(publish(meter, start), verdict::take);
  }
  EXPECT_EQ(meter.ready(start), after(100));
  EXPECT_EQ(meter.ready(after(100)), after(100));
}

TEST(traffic_meter, counts_bytes_of_all_packets_and_messages_of_publishes_only) {
  traffic_meter meter = meter_with({{2, duration(1'000)}, {1'000, duration(1'000)}, rate_action::wait});
  for (int i = 0; i < 99; ++i) meter.pay(10, start);
  EXPECT_EQ(meter.ready(start), start);
  EXPECT_EQ(publish(meter, start, at_least_once, 10), verdict::take);
  EXPECT_EQ(meter.ready(start), after(1));  // one byte more
  EXPECT_EQ(publish(meter, after(10), at_least_once, 10), verdict::take);
  EXPECT_EQ(meter.ready(after(10)), after(500));
}

TEST(traffic_meter, lets_a_packet_larger_than_the_burst_through_and_waits_for_it_afterwards) {
  traffic_meter meter = meter_with({{}, {1'000, duration(1'000)}, rate_action::wait});
  EXPECT_EQ(publish(meter, start, at_most_once, 60'000), verdict::take);
  EXPECT_EQ(meter.ready(start), after(59'001));
}

TEST(traffic_meter, drops_qos_0_and_lets_the_others_wait_where_it_is_told_to) {
  traffic_meter meter = meter_with({ten, {}, rate_action::drop_qos0});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(publish(meter, start), verdict::take);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(publish(meter, start), verdict::drop);
    EXPECT_EQ(meter.ready(start), start);
  }
  EXPECT_EQ(publish(meter, start, at_least_once), verdict::take);
  EXPECT_EQ(meter.ready(start), after(200));
  EXPECT_EQ(publish(meter, after(200)), verdict::take);
}

TEST(traffic_meter, ends_the_client_where_it_is_told_to) {
  traffic_meter meter = meter_with({ten, {}, rate_action::disconnect});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(publish(meter, start, exactly_once), verdict::take);
  EXPECT_EQ(meter.ready(start), start);
  EXPECT_EQ(publish(meter, start, exactly_once), verdict::disconnect);
}

TEST(traffic_meter, does_not_end_a_client_that_keeps_to_its_rate) {
  traffic_meter meter = meter_with({ten, {}, rate_action::disconnect});
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(publish(meter, after(i * 100)), verdict::take);
}

TEST(traffic_meter, lets_packets_that_are_no_messages_wait_whatever_it_is_told) {
  for (const rate_action action : {rate_action::drop_qos0, rate_action::disconnect}) {
    traffic_meter meter = meter_with({{}, {100, duration(1'000)}, action});
    meter.pay(200, start);
    EXPECT_EQ(meter.ready(start), after(1'010));
  }
}

TEST(traffic_meter, heeds_the_strictest_of_several) {
  traffic_meter meter = meter_with({ten, {}, rate_action::wait});
  const auto shared = std::make_shared<rate_buckets>();
  const auto two = std::make_shared<const rate_shapes>(message_rates{{2, duration(1'000)}, {}, rate_action::wait});
  meter.add(two, shared);
  traffic_meter other = meter_with({ten, {}, rate_action::wait});
  other.add(two, shared);
  EXPECT_EQ(publish(meter, start), verdict::take);
  EXPECT_EQ(publish(other, start), verdict::take);
  EXPECT_EQ(meter.ready(start), after(500));
  EXPECT_EQ(other.ready(start), after(500));
}

TEST(traffic_policy, has_no_meter_for_whom_nothing_is_limited) {
  traffic_policy open{traffic_limits{}};
  EXPECT_EQ(open.meter_for(a_listener(), "ann", start), nullptr);
  traffic_limits users;
  users.user.messages = ten;
  users.users["bob"].messages = rate{};
  traffic_policy policy(users);
  EXPECT_EQ(policy.meter_for(a_listener(), "", start), nullptr);
  EXPECT_EQ(policy.meter_for(a_listener(), "bob", start), nullptr);
  EXPECT_NE(policy.meter_for(a_listener(), "ann", start), nullptr);
}

TEST(traffic_policy, gives_the_clients_of_a_user_one_rate_together) {
  traffic_limits limits;
  limits.user.messages = ten;
  limits.users["carl"].messages = rate{20, duration(1'000)};
  traffic_policy policy(limits);
  for (const auto& [user, many] : {std::pair{"ann", 10}, std::pair{"carl", 20}}) {
    const auto first = policy.meter_for(a_listener(), user, start);
    const auto second = policy.meter_for(a_listener(), user, start);
    for (int i = 0; i < many; ++i) {
      EXPECT_EQ(first->ready(start), start);
      static_cast<void>(publish(i % 2 == 0 ? *first : *second, start));
    }
    EXPECT_GT(first->ready(start), start);
    EXPECT_GT(second->ready(start), start);
  }
  EXPECT_EQ(policy.meter_for(a_listener(), "dora", start)->ready(start), start);
}

TEST(traffic_policy, remembers_a_user_who_comes_back_and_forgets_who_has_nothing_to_pay) {
  traffic_limits limits;
  limits.user.messages = ten;
  traffic_policy policy(limits);
  for (int i = 0; i < 10; ++i) static_cast<void>(publish(*policy.meter_for(a_listener(), "ann", start), start));
  EXPECT_GT(policy.meter_for(a_listener(), "ann", start)->ready(start), start);
  for (int i = 0; i < 5'000; ++i) {
    static_cast<void>(policy.meter_for(a_listener(), "u" + std::to_string(i), start));
  }
  EXPECT_LE(policy.users(), 1'025U);
  EXPECT_GT(policy.meter_for(a_listener(), "ann", start)->ready(start), start);
}

TEST(traffic_policy, lets_a_listener_say_what_holds_for_its_clients) {
  traffic_limits limits;
  limits.client = {ten, {}, rate_action::wait};
  listener_options options;
  options.rates.messages = rate{2, duration(1'000)};
  options.rates.action = rate_action::disconnect;
  traffic_policy policy(limits);
  const listener_profile by = a_listener(options);
  const auto meter = policy.meter_for(by, "", start);
  static_cast<void>(publish(*meter, start));
  static_cast<void>(publish(*meter, start));
  EXPECT_EQ(publish(*meter, start), verdict::disconnect);
}

TEST(traffic_policy, gives_all_clients_of_a_listener_one_rate_together) {
  listener_options options;
  options.total_messages_rate = rate{3, duration(1'000)};
  traffic_policy policy{traffic_limits{}};
  const listener_profile by = a_listener(options);
  const auto one = policy.meter_for(by, "ann", start);
  const auto other = policy.meter_for(by, "bob", start);
  static_cast<void>(publish(*one, start));
  static_cast<void>(publish(*one, start));
  static_cast<void>(publish(*other, start));
  EXPECT_EQ(one->ready(start), after(334));
  EXPECT_EQ(other->ready(start), after(334));
}

}  // namespace
}  // namespace nanomq::broker::testing
