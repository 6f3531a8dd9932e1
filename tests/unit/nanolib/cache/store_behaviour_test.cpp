// What every store does alike: the same tests for the one in memory and the one on disk, which is closed and opened again
// before each look at it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "nanolib/cache/memory_store.hpp"
#include "nanolib/cache/sqlite_store.hpp"
#include "store/store_contents.hpp"
#include "store/temporary_directory.hpp"

namespace nanolib {
namespace {

using namespace std::chrono_literals;
using testing::batch_of;
using testing::contents_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::lines_of;
using testing::make_message;
using testing::make_row;
using ::testing::UnorderedElementsAre;

enum class kind { memory, sqlite };

class every_store : public ::testing::TestWithParam<kind> {
 protected:
  void SetUp() override { open(); }

  void open() {
    if (GetParam() == kind::memory) {
      if (!one_) one_ = open_memory_store();
      return;
    }
    one_.reset();
    store_opening opening;
    std::string why;
    auto opened = open_sqlite_store({.directory = directory_.path()}, opening, why);
    ASSERT_TRUE(opened) << why;
    ASSERT_EQ(opening.damage, "");
    one_ = std::move(*opened);
  }
  template <class... Changes>
  void commit(Changes&&... changes) {
    const store_batch batch = batch_of(std::forward<Changes>(changes)...);
    ASSERT_TRUE(one_->commit(batch, at_)) << one_->complaint();
  }
  std::set<std::string> contents() {
    open();
    const result<std::vector<std::string>> wrong = one_->check();
    EXPECT_TRUE(wrong);
    EXPECT_THAT(wrong.value_or(std::vector<std::string>{"?"}), IsEmpty());
    return contents_of(*one_, at_);
  }
  std::vector<std::string> window(session_key session, queue_sequence from, queue_sequence before,
                                  window_limits limits = {}) {
    const auto read = one_->read_queue(session, from, before, limits, at_);
    EXPECT_TRUE(read);
    if (!read) return {};
    next_ = read->next;
    return lines_of(*read, at_.now);
  }
  void put_session_named(session_key key) { commit(put_session{key, "c" + std::to_string(key), "", 100, true, never}); }

  testing::temporary_directory directory_;
  std::unique_ptr<store> one_;
  clock_reading at_{instant(50'000ms), wall_time(std::chrono::sys_days{std::chrono::January / 5 / 2027})};
  queue_sequence next_ = 0;
};

INSTANTIATE_TEST_SUITE_P(, every_store, ::testing::Values(kind::memory, kind::sqlite),
                         [](const auto& of) { return of.param == kind::memory ? "memory" : "sqlite"; });

TEST_P(every_store, is_empty_at_first) {
  EXPECT_THAT(contents(), IsEmpty());
  load_report report;
  (void)contents_of(*one_, at_, &report);
  EXPECT_EQ(report.next_session, 1U);
  EXPECT_EQ(report.next_message, 1U);
  EXPECT_TRUE(one_->commit(store_batch{}, at_));
}

TEST_P(every_store, gives_sessions_back_with_their_deadlines) {
  commit(put_session{1, "there", "me", 30, true, never}, put_session{2, "gone", "", 60, false, at_.now + 60s},
         put_session{3, "for ever", "", 0xFFFFFFFF, false, never});
  at_.now += 10s;
  at_.wall += 10s;
  EXPECT_THAT(contents(), UnorderedElementsAre("session 1 there user me expiry 30 connected ends never",
                                               "session 2 gone user  expiry 60 away ends 50000",
                                               "session 3 for ever user  expiry 4294967295 away ends never"));
}

TEST_P(every_store, keeps_what_was_said_last_about_a_session) {
  commit(put_session{1, "c", "", 30, true, never});
  commit(put_session{1, "c", "", 30, false, at_.now + 30s});
  EXPECT_THAT(contents(), ElementsAre("session 1 c user  expiry 30 away ends 30000"));
}

TEST_P(every_store, ends_a_session_with_everything_that_belongs_to_it) {
  put_session_named(1);
  put_session_named(2);
  const message_ptr both = make_message({.payload = "both"});
  commit(put_subscription{1, "a", {}}, put_unreleased{1, 7}, put_will{1, make_message({}), 5, 0, false, never},
         put_row{make_row(1, 1, 10, both)}, put_row{make_row(2, 1, 10, both)},
         put_row{make_row(1, 2, 11, make_message({.payload = "one"}))});
  commit(remove_session{1});
  while (one_->tidy().value_or(false)) continue;
  EXPECT_EQ(contents().size(), 3U);  // the other session, its queue, its row
  const store_info left = one_->info().value_or(store_info{});
  EXPECT_EQ(left.sessions, 1U);
  EXPECT_EQ(left.subscriptions + left.unreleased + left.wills, 0U);
  EXPECT_EQ(left.queue_rows, 1U);
  EXPECT_EQ(left.messages, 1U);
}

TEST_P(every_store, keeps_subscriptions_with_options_and_identifiers) {
  put_session_named(1);
  commit(
      put_subscription{
          1, "a/+", {.qos = quality_of_service::exactly_once, .no_local = true, .identifier = 268'435'455}},
      put_subscription{1, "$share/g/b/#", {.qos = quality_of_service::at_least_once, .retain_as_published = true}},
      put_subscription{1, "c", {}}, put_subscription{1, "d", {}});
  commit(put_subscription{1, "c", {.qos = quality_of_service::at_least_once}}, remove_subscription{1, "d"});
  EXPECT_THAT(contents(), UnorderedElementsAre("session 1 c1 user  expiry 100 connected ends never",
                                               "subscription 1 a/+ qos 2 no-local sid 268435455",
                                               "subscription 1 $share/g/b/# qos 1 as-published sid 0",
                                               "subscription 1 c qos 1 sid 0"));
}

TEST_P(every_store, keeps_identifiers_until_they_are_released) {
  put_session_named(1);
  commit(put_unreleased{1, 1}, put_unreleased{1, 65'535}, put_unreleased{1, 9}, remove_unreleased{1, 9});
  commit(put_unreleased{1, 1}, remove_unreleased{1, 65'535}, remove_unreleased{1, 77});
  EXPECT_THAT(contents(), UnorderedElementsAre("session 1 c1 user  expiry 100 connected ends never", "unreleased 1 1"));
}

TEST_P(every_store, keeps_wills_with_when_they_are_due) {
  put_session_named(1);
  put_session_named(2);
  const std::string odd("a\0b", 3);
  const message_ptr will = make_message({.topic = "w", .payload = odd, .properties = "p", .retain = true});
  commit(put_will{1, will, 20, 60, true, never},
         put_will{2, make_message({.payload = "later"}), 20, 0, false, at_.now + 20s});
  at_.now += 5s;
  at_.wall += 5s;
  const auto found = contents();
  EXPECT_TRUE(found.contains("will 1 delay 20 expiry 60 due never w=" + odd + " {p} qos 1 retained expiry never"));
  EXPECT_TRUE(found.contains("will 2 delay 20 expiry none due 15000 t=later {} qos 1 expiry never"));
  commit(remove_will{1}, remove_will{2});
  EXPECT_EQ(contents().size(), 2U);
}

TEST_P(every_store, gives_a_queue_back_in_order_with_bodies) {
  put_session_named(1);
  commit(put_row{make_row(1, 2, 6,
                          make_message({.topic = "b", .payload = "two", .qos = quality_of_service::exactly_once}))},
         put_row{make_row(1, 1, 5, make_message({.topic = "a", .payload = "one", .properties = "props"}))});
  commit(put_row{make_row(1, 70'000, 7, make_message({.topic = "c", .payload = ""}))});
  EXPECT_TRUE(contents().contains("queue 1 from 1 to 70000 rows 3 bytes 134"));
  EXPECT_THAT(window(1, 0, 100'000), ElementsAre("1 id 1 qos 1 49 bytes: a=one {props} qos 1 expiry never",
                                                 "2 id 2 qos 2 44 bytes: b=two {} qos 2 expiry never",
                                                 "70000 id 4465 qos 1 41 bytes: c= {} qos 1 expiry never"));
}

TEST_P(every_store, keeps_what_differs_per_delivery) {
  put_session_named(1);
  queue_row_content row;
  row.session = 1;
  row.sequence = 3;
  row.message = 9;
  row.packet_identifier = 4'000;
  row.what.what = make_message({.qos = quality_of_service::exactly_once, .retain = true});
  row.what.qos = quality_of_service::at_least_once;
  row.what.retain = true;
  row.what.identifiers =
      identifier_list_ptr::adopt(new identifier_list(std::vector<std::uint32_t>{1, 300, 268'435'455}));
  quiescence readers(1);
  subscription_tree tree(readers);
  (void)tree.subscribe(*parse_topic_filter("$share/group/t/#", {}), make_subscriber_id(0, 1), {});
  match_result found;
  tree.match("t/x", found);
  ASSERT_EQ(found.shared.size(), 1U);
  row.what.group = found.shared.front();
  commit(put_row{queue_row::create(row)});
  (void)contents();
  EXPECT_THAT(window(1, 0, 10), ElementsAre("3 id 4000 qos 1 retain share $share/group/t/# sid 1 sid 300 sid 268435455 "
                                            "48 bytes: t=payload {} qos 2 retained expiry never"));
}

TEST_P(every_store, tells_of_rows_that_are_released_or_have_an_identifier_of_their_own) {
  put_session_named(1);
  for (const queue_sequence at : {1U, 2U, 3U}) commit(put_row{make_row(1, at, at, make_message({}))});
  commit(update_row{1, 2, 0, row_stage::released}, update_row{1, 3, 99, row_stage::owed},
         update_row{1, 4, 0, row_stage::released});
  const auto found = contents();
  EXPECT_EQ(found.size(), 7U);
  EXPECT_TRUE(found.contains("exception 1 2 id 2 released qos 1 48 bytes: no body"));
  EXPECT_TRUE(found.contains("exception 1 3 id 99 qos 1 48 bytes: no body"));
  EXPECT_TRUE(found.contains("row 1 2 id 2 released qos 1 48 bytes: t=payload {} qos 1 expiry never"));
}

TEST_P(every_store, keeps_a_body_as_long_as_any_row_needs_it) {
  const message_ptr body = make_message({.payload = "shared"});
  for (const session_key one : {1U, 2U, 3U}) put_session_named(one);
  commit(put_row{make_row(1, 1, 7, body)}, put_row{make_row(2, 1, 7, body)}, put_row{make_row(3, 1, 7, body)});
  EXPECT_EQ(one_->info().value_or(store_info{}).messages, 1U);
  commit(remove_row{1, 1, {}}, remove_row{3, 1, {}});
  EXPECT_EQ(one_->info().value_or(store_info{}).messages, 1U);
  (void)contents();
  EXPECT_THAT(window(2, 0, 10), ElementsAre("1 id 1 qos 1 47 bytes: t=shared {} qos 1 expiry never"));
  commit(remove_row{2, 1, {}});
  EXPECT_EQ(one_->info().value_or(store_info{}).messages, 0U);
  EXPECT_EQ(contents().size(), 3U);
}

TEST_P(every_store, removes_a_row_once_however_often_it_is_told) {
  put_session_named(1);
  commit(put_row{make_row(1, 1, 1, make_message({}))}, put_row{make_row(1, 2, 2, make_message({}))});
  commit(remove_row{1, 1, {}}, remove_row{1, 1, {}}, remove_row{1, 50, {}});
  commit(remove_row{1, 1, {}});
  EXPECT_TRUE(contents().contains("queue 1 from 2 to 2 rows 1 bytes 48"));
}

TEST_P(every_store, reads_windows_of_a_queue) {
  put_session_named(1);
  put_session_named(2);
  for (queue_sequence at = 1; at <= 10; ++at)
    commit(put_row{make_row(1, at, at, make_message({.payload = std::string(60, 'x')}))});
  commit(put_row{make_row(2, 1, 100, make_message({}))});
  (void)contents();
  const std::size_t row = sizeof(message) + 61;
  EXPECT_EQ(window(1, 0, 100).size(), 10U);
  EXPECT_EQ(next_, 0U);
  EXPECT_EQ(window(1, 3, 6).size(), 3U);
  EXPECT_EQ(next_, 0U);
  EXPECT_EQ(window(1, 0, 100, {4, 1'000'000}).size(), 4U);
  EXPECT_EQ(next_, 5U);
  EXPECT_EQ(window(1, 5, 100, {100, 3 * row}).size(), 3U);
  EXPECT_EQ(next_, 8U);
  EXPECT_EQ(window(1, 5, 100, {100, 3 * row - 1}).size(), 2U);
  EXPECT_EQ(window(1, 5, 100, {100, 1}).size(), 1U);
  EXPECT_EQ(next_, 6U);
  EXPECT_THAT(window(1, 11, 100), IsEmpty());
  EXPECT_THAT(window(3, 0, 100), IsEmpty());
  EXPECT_EQ(next_, 0U);
  // What an outbox that stops behind so many bytes may have sent.
  EXPECT_EQ(window(1, 5, 100, {100, 3 * row - 1, true}).size(), 3U);
  EXPECT_EQ(window(1, 5, 100, {100, 3 * row, true}).size(), 3U);
  EXPECT_EQ(window(1, 5, 100, {100, 3 * row + 1, true}).size(), 4U);
  EXPECT_EQ(window(1, 5, 100, {2, 3 * row + 1, true}).size(), 2U);
  commit(update_row{1, 6, 0, row_stage::released});
  EXPECT_EQ(window(1, 5, 100, {100, 3 * row, true}).size(), 4U);
}

TEST_P(every_store, keeps_the_last_retained_message_of_each_topic) {
  commit(change_retained{make_message({.topic = "a", .payload = "1", .retain = true})},
         change_retained{make_message({.topic = "a", .payload = "2", .retain = true})},
         change_retained{make_message({.topic = "b", .payload = "3", .properties = "p", .retain = true})});
  commit(change_retained{make_message({.topic = "c", .payload = "4", .retain = true})},
         change_retained{make_message({.topic = "c"}), true}, change_retained{make_message({.topic = "d"}), true});
  EXPECT_THAT(contents(), UnorderedElementsAre("retained a=2 {} qos 1 retained expiry never",
                                               "retained b=3 {p} qos 1 retained expiry never"));
  commit(change_retained{make_message({.topic = "a"}), true});
  EXPECT_EQ(contents().size(), 1U);
}

// [MQTT-3.3.2-5]
TEST_P(every_store, takes_time_that_passed_off_from_deadlines) {
  put_session_named(1);
  commit(put_row{make_row(1, 1, 1, make_message({.expiry = at_.now + 60s}))},
         change_retained{make_message({.topic = "r", .retain = true, .expiry = at_.now + 30s})},
         change_retained{make_message({.topic = "soon", .retain = true, .expiry = at_.now + 10s})});
  // The process ends and is started again ten seconds later, on a machine that has just begun to count.
  at_ = {instant(1'000ms), at_.wall + 10s};
  load_report report;
  open();
  const auto found = contents_of(*one_, at_, &report);
  EXPECT_TRUE(found.contains("row 1 1 id 1 qos 1 48 bytes: t=payload {} qos 1 expiry 50000"));
  EXPECT_TRUE(found.contains("retained r=payload {} qos 1 retained expiry 20000"));
  EXPECT_EQ(report.expired, 1U);
}

TEST_P(every_store, never_hands_out_a_key_that_was_used) {
  commit(put_session{5, "c", "", 1, true, never}, put_row{make_row(5, 1, 1'234'567, make_message({}))});
  commit(remove_row{5, 1, {}}, remove_session{5});
  load_report report;
  open();
  EXPECT_THAT(contents_of(*one_, at_, &report), IsEmpty());
  EXPECT_GT(report.next_session, 5U);
  EXPECT_GT(report.next_message, 1'234'567U);
}

TEST_P(every_store, keeps_large_and_odd_messages) {
  put_session_named(1);
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte.push_back(static_cast<char>(byte));
  const std::string large(3'000'000, 'L');
  commit(put_row{make_row(1, 1, 1, make_message({.payload = every_byte, .properties = every_byte}))},
         put_row{make_row(1, 2, 2, make_message({.topic = std::string(65'535, '/'), .payload = large}))},
         change_retained{make_message({.topic = "\xC3\xA9", .payload = large, .retain = true})});
  const auto found = contents();
  EXPECT_TRUE(
      found.contains("row 1 1 id 1 qos 1 553 bytes: t=" + every_byte + " {" + every_byte + "} qos 1 expiry never"));
  EXPECT_TRUE(found.contains("retained \xC3\xA9=" + large + " {} qos 1 retained expiry never"));
  EXPECT_EQ(found.size(), 5U);
}

}  // namespace
}  // namespace nanolib
