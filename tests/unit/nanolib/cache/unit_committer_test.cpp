#include "nanolib/cache/unit_committer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <ostream>

#include "store/fault_store.hpp"
#include "store/store_contents.hpp"

namespace nanolib {

// For gtest's messages.
void PrintTo(const unit_outcome& one, std::ostream* out) {
  *out << (one.what == unit_outcome::kind::durable   ? "durable"
           : one.what == unit_outcome::kind::refused ? "refused"
                                                     : "failed")
       << " " << one.shard << "/" << one.number;
}

namespace {

using testing::commit_fault;
using testing::contents_of;
using ::testing::ElementsAre;
using testing::fault_store;
using ::testing::IsEmpty;
using testing::make_message;
using testing::make_row;

class committer_test : public ::testing::Test {
 protected:
  static unit_outcome durable(std::uint32_t shard, std::uint64_t number) {
    return {shard, number, unit_outcome::kind::durable};
  }
  static unit_outcome refused(std::uint32_t shard, std::uint64_t number) {
    return {shard, number, unit_outcome::kind::refused};
  }
  static unit_outcome failed(std::uint32_t shard, std::uint64_t number) {
    return {shard, number, unit_outcome::kind::failed};
  }

  store_unit_ptr unit(std::uint32_t shard, std::uint64_t number) {
    return store_unit_ptr::adopt(new store_unit(shard, number, 3));
  }
  template <class... Changes>
  store_unit_ptr unit(std::uint32_t shard, std::uint64_t number, Changes&&... changes) {
    store_unit_ptr made = unit(shard, number);
    (static_cast<void>(made->part(shard).add(std::forward<Changes>(changes))), ...);
    return made;
  }
  std::vector<unit_outcome> commit() {
    std::vector<unit_outcome> told;
    committer_.commit(at_, told);
    return told;
  }
  put_session session(session_key key) { return {key, "c", "", 10, true, never}; }
  queue_row_ptr row(queue_sequence sequence, session_key key = 1) {
    return make_row(key, sequence, ++last_message_, make_message({}));
  }
  void begin_sessions() {
    committer_.add(unit(2, ++own_units_, session(1), session(2)));
    ASSERT_EQ(commit().size(), 1U);
  }
  std::uint64_t rows() { return store_.info().value_or(store_info{}).queue_rows; }
  std::set<std::string> contents() { return contents_of(store_.inner(), at_); }

  clock_reading at_{instant(duration(1'000)), wall_time(duration(1'900'000'000'000))};
  std::map<std::string, message_ptr, std::less<>> retained_;
  fault_store store_;
  unit_committer committer_{store_, 3, {}, [this](std::string_view topic) {
                              const auto found = retained_.find(topic);
                              return found == retained_.end() ? message_ptr() : found->second;
                            }};
  message_key last_message_ = 0;
  std::uint64_t own_units_ = 0;
};

TEST_F(committer_test, commits_all_parts_of_all_units_at_once) {
  begin_sessions();
  store_unit_ptr both = unit(0, 1, put_row{row(1)});
  ASSERT_TRUE(both->part(1).add(put_row{row(1, 2)}));
  committer_.add(both);
  committer_.add(unit(1, 1, put_unreleased{1, 5}));
  committer_.add(unit(0, 2, put_unreleased{1, 6}));
  const std::uint64_t before = store_.attempts();
  EXPECT_THAT(commit(), ElementsAre(durable(0, 2), durable(1, 1)));
  EXPECT_EQ(store_.attempts(), before + 1);
  EXPECT_EQ(rows(), 2U);
  EXPECT_FALSE(committer_.has_work());
}

TEST_F(committer_test, keeps_the_units_of_a_shard_in_order) {
  committer_.add(unit(0, 2, session(2)));
  committer_.add(unit(0, 4, session(4)));
  EXPECT_FALSE(committer_.has_work());
  EXPECT_THAT(commit(), IsEmpty());
  committer_.add(unit(1, 1, session(10)));
  EXPECT_THAT(commit(), ElementsAre(durable(1, 1)));
  committer_.add(unit(0, 1, session(1)));
  EXPECT_THAT(commit(), ElementsAre(durable(0, 2)));
  committer_.add(unit(0, 3, session(3)));
  EXPECT_THAT(commit(), ElementsAre(durable(0, 4)));
}

TEST_F(committer_test, releases_empty_units_without_a_commit) {
  committer_.add(unit(0, 1));
  committer_.add(unit(1, 1));
  EXPECT_THAT(commit(), ElementsAre(durable(0, 1), durable(1, 1)));
  EXPECT_EQ(store_.attempts(), 0U);
}

TEST_F(committer_test, does_not_write_rows_that_were_acknowledged_before) {
  begin_sessions();
  const queue_row_ptr quick = row(1);
  const queue_row_ptr slow = row(2);
  committer_.add(unit(0, 1, put_row{quick}));
  EXPECT_TRUE(quick->try_cancel());
  EXPECT_TRUE(quick->try_cancel());
  const std::uint64_t before = store_.attempts();
  EXPECT_THAT(commit(), ElementsAre(durable(0, 1)));
  EXPECT_EQ(store_.attempts(), before);
  committer_.add(unit(0, 2, put_row{slow}));
  EXPECT_THAT(commit(), ElementsAre(durable(0, 2)));
  EXPECT_TRUE(slow->is_durable());
  EXPECT_FALSE(slow->try_cancel());
  EXPECT_EQ(committer_.counts().rows_cancelled, 1U);
  EXPECT_EQ(rows(), 1U);
}

TEST_F(committer_test, closes_a_group_when_it_is_full_and_never_divides_a_unit) {
  unit_committer small(store_, 1, {.changes = 3, .bytes = 1'000}, {});
  const auto of = [&](std::uint64_t number, int changes) {
    store_unit_ptr made = store_unit_ptr::adopt(new store_unit(0, number, 1));
    for (int i = 0; i < changes; ++i) EXPECT_TRUE(made->part(0).add(session(number)));
    return made;
  };
  small.add(of(1, 2));
  EXPECT_FALSE(small.is_group_full());
  small.add(of(2, 1));
  EXPECT_TRUE(small.is_group_full());
  small.add(of(3, 9));
  small.add(of(4, 1));
  std::vector<std::uint64_t> numbers;
  while (small.has_work()) {
    std::vector<unit_outcome> told;
    small.commit(at_, told);
    numbers.push_back(told.back().number);
  }
  EXPECT_THAT(numbers, ElementsAre(2, 3, 4));
}

TEST_F(committer_test, closes_a_group_when_it_has_many_bytes) {
  unit_committer small(store_, 1, {.changes = 100, .bytes = 5'000}, {});
  for (std::uint64_t number = 1; number <= 4; ++number) {
    store_unit_ptr made = store_unit_ptr::adopt(new store_unit(0, number, 1));
    const message_ptr large = make_message({.payload = std::string(2'000, 'x')});
    ASSERT_TRUE(made->part(0).add(change_retained{large}));
    small.add(made);
    EXPECT_EQ(small.is_group_full(), number > 2);
  }
  std::vector<unit_outcome> told;
  small.commit(at_, told);
  EXPECT_THAT(told, ElementsAre(durable(0, 2)));
}

TEST_F(committer_test, writes_the_newest_retained_message_whatever_the_order_of_units) {
  const auto value = [](const char* payload) {
    return make_message({.topic = "r", .payload = payload, .retain = true});
  };
  // Shard 0 published first, shard 1 later; shard 1's unit is committed first.
  retained_["r"] = value("later");
  committer_.add(unit(1, 1, change_retained{value("later")}));
  (void)commit();
  committer_.add(unit(0, 1, change_retained{value("first")}));
  (void)commit();
  EXPECT_THAT(contents(), ElementsAre("retained r=later {} qos 1 retained expiry never"));
  // Likewise a deletion stays one.
  retained_.erase("r");
  committer_.add(unit(1, 2, change_retained{value(""), true}));
  committer_.add(unit(0, 2, change_retained{value("again")}));
  (void)commit();
  EXPECT_THAT(contents(), IsEmpty());
}

TEST_F(committer_test, writes_a_topic_that_changed_often_once) {
  retained_["r"] = make_message({.topic = "r", .payload = "99", .retain = true});
  for (std::uint64_t number = 1; number <= 20; ++number) {
    committer_.add(unit(0, number, change_retained{make_message({.topic = "r", .payload = "x", .retain = true})}));
  }
  EXPECT_THAT(commit(), ElementsAre(durable(0, 20)));
  EXPECT_EQ(committer_.counts().changes, 1U);
}

// What a publisher was told is true of one row or the other at every moment.
TEST_F(committer_test, cancels_a_row_that_was_passed_on_only_when_the_other_is_durable) {
  begin_sessions();
  const queue_row_ptr old_row = row(1, 1);
  const queue_row_ptr new_row = row(1, 2);
  store_unit_ptr first = unit(0, 1, put_row{old_row});
  committer_.add(unit(1, 1, put_row{new_row}, remove_row{1, 1, old_row}));
  EXPECT_THAT(commit(), ElementsAre(durable(1, 1)));
  EXPECT_EQ(old_row->now(), queue_row::state::cancelled);
  committer_.add(first);
  EXPECT_THAT(commit(), ElementsAre(durable(0, 1)));
  EXPECT_EQ(rows(), 1U);
}

TEST_F(committer_test, removes_a_row_that_was_passed_on_in_the_same_group) {
  begin_sessions();
  const queue_row_ptr old_row = row(1, 1);
  committer_.add(unit(1, 1, put_row{row(1, 2)}, remove_row{1, 1, old_row}));
  committer_.add(unit(0, 1, put_row{old_row}));
  (void)commit();
  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(contents().size(), 4U);
}

TEST_F(committer_test, leaves_a_row_alone_whose_passing_on_is_refused) {
  begin_sessions();
  const queue_row_ptr old_row = row(1, 1);
  committer_.add(unit(0, 1, put_row{old_row}));
  (void)commit();
  store_.fail(commit_fault::no_space);
  committer_.add(unit(1, 1, put_row{row(1, 2)}, remove_row{1, 1, old_row}));
  EXPECT_THAT(commit(), ElementsAre(refused(1, 1)));
  store_.fail(commit_fault::none);
  EXPECT_THAT(commit(), ElementsAre(durable(1, 1)));
  EXPECT_EQ(rows(), 1U);
}

// THREATS F3
TEST_F(committer_test, without_space_refuses_messages_and_keeps_everything_else) {
  begin_sessions();
  committer_.add(unit(0, 1, put_row{row(1)}));
  (void)commit();
  store_.fail(commit_fault::no_space);
  const queue_row_ptr lost = row(2);
  committer_.add(unit(0, 2, put_row{lost}, put_unreleased{2, 7}, remove_row{1, 1, {}}));
  committer_.add(unit(1, 1, put_subscription{1, "a", {}}));
  EXPECT_THAT(commit(), ElementsAre(refused(0, 2)));
  EXPECT_EQ(committer_.state(), store_state::full);
  EXPECT_TRUE(lost->is_refused());
  EXPECT_TRUE(lost->try_cancel());
  EXPECT_EQ(committer_.counts().backlog, 2U);
  EXPECT_EQ(rows(), 1U);
  // Still full: what comes meanwhile is treated alike.
  committer_.add(unit(2, 2, put_row{row(3)}));
  EXPECT_THAT(commit(), ElementsAre(refused(2, 2)));
  EXPECT_TRUE(committer_.has_work());
  store_.fail(commit_fault::none);
  EXPECT_THAT(commit(), ElementsAre(durable(0, 2), durable(1, 1), durable(2, 2)));
  EXPECT_EQ(committer_.state(), store_state::working);
  EXPECT_EQ(rows(), 0U);
  EXPECT_TRUE(contents().contains("subscription 1 a qos 0 sid 0"));
  EXPECT_EQ(contents().size(), 3U);
  EXPECT_EQ(committer_.counts().backlog, 0U);
  EXPECT_FALSE(committer_.has_work());
  EXPECT_EQ(committer_.counts().units_refused, 2U);
}

// A message of it could not be kept on some shard: its publisher is told, and nobody gets it.
TEST_F(committer_test, refuses_a_unit_of_which_a_message_could_not_be_kept) {
  begin_sessions();
  const queue_row_ptr one = row(1);
  const queue_row_ptr other = row(2);
  const store_unit_ptr lacking = unit(0, 1, put_row{one}, put_unreleased{1, 7}, put_subscription{1, "a", {}});
  lacking->refuse();
  committer_.add(lacking);
  committer_.add(unit(0, 2, put_row{other}));
  EXPECT_THAT(commit(), ElementsAre(refused(0, 1), durable(0, 2)));
  EXPECT_TRUE(one->is_refused());
  EXPECT_TRUE(other->is_durable());
  const store_info there = store_.info().value_or(store_info{});
  EXPECT_EQ(there.queue_rows, 1U);
  EXPECT_EQ(there.unreleased, 0U);
  EXPECT_EQ(there.subscriptions, 1U);
}

TEST_F(committer_test, refuses_a_unit_that_lost_its_only_message_before_there_was_no_space) {
  begin_sessions();
  store_.fail(commit_fault::no_space);
  committer_.add(unit(1, 1, put_row{row(1)}));
  EXPECT_THAT(commit(), ElementsAre(refused(1, 1)));
  const store_unit_ptr lacking = unit(0, 1);
  lacking->refuse();
  committer_.add(lacking);
  EXPECT_THAT(commit(), ElementsAre(refused(0, 1)));
  store_.fail(commit_fault::none);
  EXPECT_THAT(commit(), ElementsAre(durable(0, 1), durable(1, 1)));
}

TEST_F(committer_test, writes_what_takes_something_away_first_when_there_is_little_space) {
  begin_sessions();
  committer_.add(unit(0, 1, put_row{row(1)}, put_row{row(2)}, put_row{row(3)}));
  EXPECT_THAT(commit(), ElementsAre(durable(0, 1)));
  store_.fail(commit_fault::no_space);
  committer_.add(unit(0, 2, remove_row{1, 1, {}}, put_subscription{1, "a", {}}, remove_row{1, 2, {}},
                      put_subscription{1, "b", {}}));
  EXPECT_THAT(commit(), IsEmpty());
  store_.fail(commit_fault::none);
  store_.room = 2;
  EXPECT_THAT(commit(), IsEmpty());
  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(committer_.counts().backlog, 2U);
  EXPECT_THAT(commit(), ElementsAre(durable(0, 2)));
  EXPECT_EQ(rows(), 1U);
  EXPECT_TRUE(contents().contains("subscription 1 b qos 0 sid 0"));
}

TEST_F(committer_test, keeps_of_each_thing_only_the_last_word_while_there_is_no_space) {
  begin_sessions();
  store_.fail(commit_fault::no_space);
  retained_["r"] = make_message({.topic = "r", .payload = "0", .retain = true});
  for (std::uint64_t number = 1; number <= 100; ++number) {
    committer_.add(unit(0, number, put_session{1, "c", "", static_cast<std::uint32_t>(number), true, never},
                        put_subscription{1, "a", {.identifier = static_cast<std::uint32_t>(number)}},
                        change_retained{retained_["r"]}, remove_unreleased{1, 3}, remove_row{1, 8, {}}));
    (void)commit();
  }
  EXPECT_EQ(committer_.counts().backlog, 5U);
  retained_["r"] = make_message({.topic = "r", .payload = "newest", .retain = true});
  store_.fail(commit_fault::none);
  EXPECT_THAT(commit(), ElementsAre(durable(0, 100)));
  const auto found = contents();
  EXPECT_TRUE(found.contains("session 1 c user  expiry 100 connected ends never"));
  EXPECT_TRUE(found.contains("subscription 1 a qos 0 sid 100"));
  EXPECT_TRUE(found.contains("retained r=newest {} qos 1 retained expiry never"));
}

TEST_F(committer_test, forgets_what_waits_for_a_session_that_ends) {
  begin_sessions();
  store_.fail(commit_fault::no_space);
  committer_.add(unit(0, 1, put_subscription{1, "a", {}}, put_will{1, make_message({}), 0, 0, false, never}));
  committer_.add(unit(0, 2, remove_session{1}));
  (void)commit();
  (void)commit();
  EXPECT_EQ(committer_.counts().backlog, 1U);
  store_.fail(commit_fault::none);
  (void)commit();
  EXPECT_THAT(contents(), ElementsAre("session 2 c user  expiry 10 connected ends never"));
}

// THREATS F3: never again an acknowledgement.
TEST_F(committer_test, acknowledges_nothing_after_a_failure) {
  begin_sessions();
  const queue_row_ptr one = row(1);
  committer_.add(unit(0, 1, put_row{one}));
  committer_.add(unit(1, 1, session(5)));
  store_.fail(commit_fault::failed);
  EXPECT_THAT(commit(), ElementsAre(failed(0, 1), failed(1, 1)));
  EXPECT_EQ(committer_.state(), store_state::failed);
  EXPECT_TRUE(one->is_refused());
  store_.fail(commit_fault::none);
  const std::uint64_t attempts = store_.attempts();
  const queue_row_ptr next = row(2);
  committer_.add(unit(0, 2, put_row{next}));
  EXPECT_THAT(commit(), ElementsAre(failed(0, 2)));
  EXPECT_EQ(store_.attempts(), attempts);
  EXPECT_TRUE(next->is_refused());
  EXPECT_FALSE(committer_.has_work());
}

TEST_F(committer_test, tells_of_a_failure_what_waited_for_space) {
  begin_sessions();
  store_.fail(commit_fault::no_space);
  committer_.add(unit(0, 1, put_subscription{1, "a", {}}));
  committer_.add(unit(0, 2, put_subscription{1, "b", {}}));
  EXPECT_THAT(commit(), IsEmpty());
  store_.fail(commit_fault::failed);
  EXPECT_THAT(commit(), ElementsAre(failed(0, 1)));
  EXPECT_EQ(committer_.counts().backlog, 0U);
}

TEST(store_unit, is_complete_when_everybody_has_finished) {
  const auto one = store_unit_ptr::adopt(new store_unit(1, 7, 2));
  one->expect();
  one->expect();
  EXPECT_FALSE(one->finish());
  one->expect();
  EXPECT_FALSE(one->finish());
  EXPECT_FALSE(one->finish());
  EXPECT_TRUE(one->finish());
  EXPECT_EQ(one->opener(), 1U);
  EXPECT_EQ(one->number(), 7U);
}

TEST(packet_identifiers, follow_from_the_sequence_and_are_never_0) {
  EXPECT_EQ(identifier_of(1), 1U);
  EXPECT_EQ(identifier_of(65'535), 65'535U);
  EXPECT_EQ(identifier_of(65'536), 1U);
  EXPECT_EQ(identifier_of(131'070), 65'535U);
  EXPECT_EQ(identifier_of(131'071), 1U);
}

}  // namespace
}  // namespace nanolib
