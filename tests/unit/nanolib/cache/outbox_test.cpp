// The window and the queue behind it, one rule a test. The random comparison with a model is in outbox_model_test.cpp.
#include "nanolib/cache/outbox.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "outbox_fixture.hpp"

namespace nanolib {
namespace {

TEST_F(outbox_test, owes_nothing_at_first) {
  EXPECT_TRUE(owed.is_empty());
  EXPECT_FALSE(owed.can_begin());
  EXPECT_EQ(owed.room(), 0U);
  EXPECT_EQ(owed.next(start), nullptr);
  EXPECT_EQ(owed.resume(), nullptr);
}

// [MQTT-3.3.4-9]
TEST_F(outbox_test, begins_as_many_messages_as_the_quota_allows) {
  owed.connect(2);
  EXPECT_EQ(owed.room(), 2U);
  EXPECT_EQ(owed.begin(named("a")), 1);
  EXPECT_EQ(owed.begin(named("b")), 2);
  EXPECT_FALSE(owed.can_begin());
  EXPECT_EQ(owed.inflight(), 2U);
  ASSERT_TRUE(owed.enqueue(named("c")));
  EXPECT_EQ(next(), "");
  EXPECT_EQ(owed.on_puback(1), acknowledged::done);
  EXPECT_EQ(next(), "c");
  EXPECT_EQ(next(), "");
}

TEST_F(outbox_test, nothing_new_begins_before_what_is_queued) {
  owed.connect(5);
  ASSERT_TRUE(owed.enqueue(named("a")));
  EXPECT_FALSE(owed.can_begin());
  EXPECT_EQ(next(), "a");
  EXPECT_TRUE(owed.can_begin());
}

TEST_F(outbox_test, takes_acknowledgements_in_any_order) {
  owed.connect(4);
  for (const char* name : {"a", "b", "c", "d"}) ASSERT_NE(owed.begin(named(name)), 0);
  EXPECT_EQ(owed.on_puback(3), acknowledged::done);
  EXPECT_EQ(owed.on_puback(4), acknowledged::done);
  EXPECT_EQ(owed.room(), 2U);
  EXPECT_EQ(owed.on_puback(3), acknowledged::unknown);
  EXPECT_EQ(owed.on_puback(1), acknowledged::done);
  EXPECT_EQ(owed.on_puback(2), acknowledged::done);
  EXPECT_TRUE(owed.is_empty());
  EXPECT_EQ(owed.room(), 4U);
}

TEST_F(outbox_test, knows_no_identifier_that_it_did_not_give) {
  owed.connect(4);
  EXPECT_EQ(owed.on_puback(1), acknowledged::unknown);
  ASSERT_EQ(owed.begin(named("a")), 1);
  for (const int stranger : {0, 2, 65'535}) {
    const auto identifier = static_cast<std::uint16_t>(stranger);
    EXPECT_EQ(owed.on_puback(identifier), acknowledged::unknown);
    EXPECT_EQ(owed.on_pubrec(identifier, false), acknowledged::unknown);
    EXPECT_EQ(owed.on_pubcomp(identifier), acknowledged::unknown);
    owed.abandon(identifier);
  }
  EXPECT_EQ(owed.inflight(), 1U);
}

TEST_F(outbox_test, an_acknowledgement_of_the_wrong_kind_changes_nothing) {
  owed.connect(4);
  ASSERT_EQ(owed.begin(named("one", qos_1)), 1);
  ASSERT_EQ(owed.begin(named("two", qos_2)), 2);
  EXPECT_EQ(owed.on_pubrec(1, false), acknowledged::unexpected);
  EXPECT_EQ(owed.on_pubcomp(1), acknowledged::unexpected);
  EXPECT_EQ(owed.on_puback(2), acknowledged::unexpected);
  EXPECT_EQ(owed.on_pubcomp(2), acknowledged::unexpected);
  EXPECT_EQ(owed.inflight(), 2U);
  EXPECT_EQ(owed.room(), 2U);
}

// [MQTT-4.3.3-4] and §4.9: the quota comes back with PUBCOMP, not with PUBREC.
TEST_F(outbox_test, a_qos_2_exchange_keeps_its_quota_until_pubcomp) {
  owed.connect(1);
  ASSERT_EQ(owed.begin(named("a", qos_2)), 1);
  EXPECT_EQ(owed.on_pubrec(1, false), acknowledged::done);
  EXPECT_EQ(owed.room(), 0U);
  EXPECT_EQ(owed.on_pubrec(1, false), acknowledged::done);
  EXPECT_EQ(owed.on_pubcomp(1), acknowledged::done);
  EXPECT_EQ(owed.room(), 1U);
  EXPECT_EQ(owed.on_pubcomp(1), acknowledged::unknown);
  EXPECT_EQ(owed.room(), 1U);
}

TEST_F(outbox_test, pubrec_with_an_error_ends_the_exchange_and_returns_its_quota) {
  owed.connect(1);
  ASSERT_EQ(owed.begin(named("a", qos_2)), 1);
  ASSERT_TRUE(owed.enqueue(named("b", qos_2)));
  EXPECT_EQ(owed.on_pubrec(1, true), acknowledged::done);
  EXPECT_EQ(next(), "b");
  EXPECT_EQ(owed.on_pubcomp(1), acknowledged::unknown);
}

TEST_F(outbox_test, pubrec_with_an_error_does_not_end_what_has_been_released) {
  owed.connect(1);
  ASSERT_EQ(owed.begin(named("a", qos_2)), 1);
  ASSERT_EQ(owed.on_pubrec(1, false), acknowledged::done);
  EXPECT_EQ(owed.on_pubrec(1, true), acknowledged::unexpected);
  EXPECT_EQ(owed.on_pubcomp(1), acknowledged::done);
}

TEST_F(outbox_test, lets_go_of_the_body_with_pubrec) {
  owed.connect(1);
  const message_ptr body = named_message("a");
  delivery what;
  what.what = body;
  what.qos = qos_2;
  ASSERT_EQ(owed.begin(std::move(what)), 1);
  ASSERT_EQ(owed.on_pubrec(1, false), acknowledged::done);
  owed.disconnect();
  owed.connect(1);
  const outbox::entry* again = owed.resume();
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->at, stage::released);
  EXPECT_FALSE(again->what.what);
}

// [MQTT-4.4.0-1] [MQTT-3.3.1-1]
TEST_F(outbox_test, sends_the_window_again_in_order_with_dup_and_nothing_new_before) {
  owed.connect(5);
  ASSERT_EQ(owed.begin(named("a", qos_1)), 1);
  ASSERT_EQ(owed.begin(named("b", qos_2)), 2);
  ASSERT_EQ(owed.begin(named("c", qos_2)), 3);
  ASSERT_EQ(owed.on_pubrec(2, false), acknowledged::done);
  owed.disconnect();
  EXPECT_FALSE(owed.can_begin());
  ASSERT_TRUE(owed.enqueue(named("d")));
  owed.connect(5);
  EXPECT_EQ(owed.next(start), nullptr);
  const outbox::entry* again = owed.resume();
  EXPECT_EQ(name_of(again), "a");
  EXPECT_TRUE(again->resent);
  EXPECT_EQ(again->packet_identifier, 1);
  again = owed.resume();
  EXPECT_EQ(again->at, stage::released);
  EXPECT_EQ(again->packet_identifier, 2);
  again = owed.resume();
  EXPECT_EQ(name_of(again), "c");
  EXPECT_EQ(again->at, stage::published);
  EXPECT_EQ(owed.resume(), nullptr);
  const outbox::entry* fresh = owed.next(start);
  EXPECT_EQ(name_of(fresh), "d");
  EXPECT_FALSE(fresh->resent);
  EXPECT_EQ(fresh->packet_identifier, 4);
}

// [MQTT-3.3.4-9]: the Receive Maximum of the new connection holds for what is sent again.
TEST_F(outbox_test, resumes_within_the_smaller_quota_of_the_new_connection) {
  owed.connect(4);
  for (const char* name : {"a", "b", "c", "d"}) ASSERT_NE(owed.begin(named(name)), 0);
  owed.disconnect();
  owed.connect(2);
  EXPECT_EQ(name_of(owed.resume()), "a");
  EXPECT_EQ(name_of(owed.resume()), "b");
  EXPECT_EQ(owed.resume(), nullptr);
  EXPECT_EQ(owed.room(), 0U);
  EXPECT_EQ(owed.on_puback(2), acknowledged::done);
  EXPECT_EQ(name_of(owed.resume()), "c");
  EXPECT_EQ(owed.resume(), nullptr);
  EXPECT_EQ(owed.on_puback(1), acknowledged::done);
  EXPECT_EQ(name_of(owed.resume()), "d");
  EXPECT_EQ(owed.resume(), nullptr);
  EXPECT_EQ(owed.on_puback(3), acknowledged::done);
  EXPECT_EQ(owed.on_puback(4), acknowledged::done);
  EXPECT_EQ(owed.room(), 2U);
}

TEST_F(outbox_test, an_acknowledgement_before_the_resend_returns_no_quota_that_was_not_taken) {
  owed.connect(3);
  for (const char* name : {"a", "b", "c"}) ASSERT_NE(owed.begin(named(name)), 0);
  owed.disconnect();
  owed.connect(1);
  EXPECT_EQ(name_of(owed.resume()), "a");
  EXPECT_EQ(owed.on_puback(2), acknowledged::done);
  EXPECT_EQ(owed.resume(), nullptr);
  EXPECT_EQ(owed.on_puback(1), acknowledged::done);
  EXPECT_EQ(name_of(owed.resume()), "c");
  EXPECT_EQ(owed.on_puback(3), acknowledged::done);
  EXPECT_EQ(owed.resume(), nullptr);
  EXPECT_EQ(owed.room(), 1U);
}

TEST_F(outbox_test, a_release_that_is_sent_again_costs_no_quota) {
  owed.connect(1);
  ASSERT_EQ(owed.begin(named("a", qos_2)), 1);
  ASSERT_EQ(owed.on_pubrec(1, false), acknowledged::done);
  owed.disconnect();
  owed.connect(1);
  ASSERT_NE(owed.resume(), nullptr);
  EXPECT_EQ(owed.resume(), nullptr);
  EXPECT_EQ(owed.room(), 1U);
  EXPECT_EQ(owed.on_pubcomp(1), acknowledged::done);
  EXPECT_EQ(owed.room(), 1U);
}

TEST_F(outbox_test, a_connection_that_ends_while_resuming_leaves_everything_to_the_next) {
  owed.connect(3);
  for (const char* name : {"a", "b", "c"}) ASSERT_NE(owed.begin(named(name)), 0);
  for (int round = 0; round < 3; ++round) {
    owed.disconnect();
    owed.connect(2);
    EXPECT_EQ(name_of(owed.resume()), "a");
    EXPECT_EQ(name_of(owed.resume()), "b");
    EXPECT_EQ(owed.resume(), nullptr);
  }
}

TEST_F(outbox_test, gives_up_what_could_not_be_sent) {
  owed.connect(1);
  ASSERT_EQ(owed.begin(named("a", qos_2)), 1);
  owed.abandon(1);
  EXPECT_TRUE(owed.is_empty());
  EXPECT_EQ(owed.room(), 1U);
  owed.abandon(1);
  EXPECT_EQ(owed.room(), 1U);
  EXPECT_EQ(owed.begin(named("b")), 2);
}

TEST_F(outbox_test, qos_0_passes_without_identifier_or_quota) {
  owed.connect(1);
  ASSERT_EQ(owed.begin(named("held")), 1);
  ASSERT_TRUE(owed.enqueue(named("plain", qos_0)));
  const outbox::entry* passing = owed.next(start);
  EXPECT_EQ(name_of(passing), "plain");
  EXPECT_EQ(passing->packet_identifier, 0);
  EXPECT_EQ(owed.queued(), 0U);
  EXPECT_EQ(owed.inflight(), 1U);
}

TEST_F(outbox_test, leaves_expired_messages_out_and_counts_them) {
  owed.connect(2);
  const instant soon(duration(10));
  ASSERT_TRUE(owed.enqueue(named("gone", qos_1, soon)));
  ASSERT_TRUE(owed.enqueue(named("stays", qos_1, soon + duration(1))));
  ASSERT_TRUE(owed.enqueue(named("gone too", qos_0, soon)));
  EXPECT_EQ(next(soon), "stays");
  EXPECT_EQ(next(soon), "");
  EXPECT_EQ(owed.take_expired(), 2U);
  EXPECT_EQ(owed.take_expired(), 0U);
  EXPECT_EQ(owed.queued(), 0U);
  EXPECT_EQ(owed.queued_bytes(), 0U);
}

TEST_F(outbox_test, drops_expired_messages_even_without_quota) {
  owed.connect(1);
  ASSERT_EQ(owed.begin(named("held")), 1);
  ASSERT_TRUE(owed.enqueue(named("gone", qos_1, start)));
  EXPECT_EQ(next(), "");
  EXPECT_EQ(owed.queued(), 0U);
  EXPECT_EQ(owed.take_expired(), 1U);
}

TEST(outbox_bounds, refuses_one_message_more_than_its_maximum) {
  outbox owed({.maximum_messages = 2, .maximum_bytes = 1'000'000});
  EXPECT_TRUE(owed.enqueue(named("a")));
  EXPECT_TRUE(owed.enqueue(named("b", qos_0)));
  EXPECT_FALSE(owed.enqueue(named("c")));
  EXPECT_EQ(owed.queued(), 2U);
  owed.connect(1);
  ASSERT_NE(owed.next(start), nullptr);
  EXPECT_TRUE(owed.enqueue(named("c")));
}

TEST(outbox_bounds, counts_bytes_exactly) {
  const std::uint64_t each = named("a", qos_1, never, 100).what->size();
  outbox owed({.maximum_messages = 1000, .maximum_bytes = 2 * each});
  EXPECT_TRUE(owed.enqueue(named("a", qos_1, never, 100)));
  EXPECT_FALSE(owed.enqueue(named("b", qos_1, never, 101)));
  EXPECT_EQ(owed.queued_bytes(), each);
  EXPECT_TRUE(owed.enqueue(named("b", qos_1, never, 100)));
  EXPECT_FALSE(owed.enqueue(named("c")));
  owed.connect(9);
  ASSERT_NE(owed.next(start), nullptr);
  EXPECT_EQ(owed.queued_bytes(), each);
  ASSERT_NE(owed.next(start), nullptr);
  EXPECT_EQ(owed.queued_bytes(), 0U);
}

TEST(outbox_bounds, a_client_that_never_acknowledges_makes_it_keep_no_more_bytes_than_the_maximum) {
  const std::uint64_t each = named("a", qos_1, never, 100).what->size();
  outbox owed({.maximum_messages = 1000, .maximum_bytes = 2 * each});
  owed.connect(1000);
  ASSERT_EQ(owed.begin(named("a", qos_1, never, 100)), 1);
  ASSERT_EQ(owed.begin(named("b", qos_2, never, 100)), 2);
  EXPECT_EQ(owed.room(), 0U);
  ASSERT_TRUE(owed.enqueue(named("c", qos_1, never, 100)));
  EXPECT_EQ(owed.next(start), nullptr);
  EXPECT_EQ(owed.on_pubrec(2, false), outbox::acknowledged::done);
  EXPECT_NE(owed.next(start), nullptr);
  EXPECT_EQ(owed.on_puback(1), outbox::acknowledged::done);
  EXPECT_EQ(owed.on_puback(3), outbox::acknowledged::done);
  EXPECT_EQ(owed.room(), 999U);
}

TEST_F(outbox_test, may_be_asked_to_keep_no_body) {
  owed.connect(1);
  delivery bare;
  bare.qos = qos_2;
  ASSERT_EQ(owed.begin(std::move(bare)), 1);
  EXPECT_EQ(owed.on_pubrec(1, false), acknowledged::done);
  EXPECT_EQ(owed.on_pubcomp(1), acknowledged::done);
  EXPECT_TRUE(owed.is_empty());
}

TEST_F(outbox_test, goes_on_after_it_has_given_its_memory_back) {
  owed.connect(2);
  ASSERT_EQ(owed.begin(named("a")), 1);
  owed.trim();
  EXPECT_EQ(owed.on_puback(1), acknowledged::done);
  owed.trim();
  EXPECT_EQ(owed.begin(named("b")), 2);
  EXPECT_EQ(owed.on_puback(2), acknowledged::done);
}

}  // namespace
}  // namespace nanolib
