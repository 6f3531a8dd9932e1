// What comes back from the store into the outbox of a session.
#include <gmock/gmock.h>

#include "outbox_fixture.hpp"

namespace nanolib {
namespace {

using ::testing::ElementsAre;

/// Notes what leaves.
class noting_journal final : public queue_journal {
 public:
  queue_row_ptr put(queue_row_content) noexcept override { return {}; }
  void release(session_key, queue_sequence, std::uint64_t) noexcept override {}
  void remove(session_key, queue_sequence sequence, const queue_row_ptr&, std::uint64_t) noexcept override {
    removed.push_back(sequence);
  }
  void pass_on(session_key, queue_sequence, queue_row_ptr, std::uint64_t) noexcept override {}

  std::vector<queue_sequence> removed;
};

stored_row row_of(queue_sequence sequence, std::string_view name, instant expiry = never) {
  stored_row made;
  made.sequence = sequence;
  made.packet_identifier = identifier_of(sequence);
  made.what = named(name, quality_of_service::exactly_once, expiry);
  made.bytes = made.what.what->size();
  return made;
}

// [MQTT-3.3.2-5]
TEST(stored_outbox, does_not_send_what_has_expired_while_nothing_ran) {
  noting_journal journal;
  outbox owed(outbox_limits{}, journal, 1, 100);
  owed.stored()->restore({.first = 1, .bytes = 1'000, .rows = 3, .sent = 3});
  ASSERT_TRUE(owed.stored()->begin_read());
  queue_window window;
  const instant now = start + std::chrono::seconds(10);
  window.rows.push_back(row_of(1, "first"));
  window.rows.push_back(row_of(2, "expired", now));
  window.rows.push_back(row_of(3, "last", now + std::chrono::seconds(1)));
  owed.finish_read(window, {}, now);
  owed.connect(10);
  const outbox::entry* sent = owed.resume();
  ASSERT_NE(sent, nullptr);
  EXPECT_EQ(sent->packet_identifier, 1U);
  sent = owed.resume();
  ASSERT_NE(sent, nullptr);
  EXPECT_EQ(sent->packet_identifier, 3U);
  EXPECT_EQ(owed.resume(), nullptr);
  EXPECT_THAT(journal.removed, ElementsAre(2U));
  EXPECT_EQ(owed.take_expired(), 1U);
}

// [MQTT-4.3.3-7]
TEST(stored_outbox, sends_what_was_sent_before_a_rest_however_old_it_is) {
  noting_journal journal;
  outbox owed(outbox_limits{}, journal, 1, 100);
  owed.stored()->restore({.first = 1, .bytes = 1'000, .rows = 1, .sent = 1, .sent_is_known = true});
  ASSERT_TRUE(owed.stored()->begin_read());
  queue_window window;
  const instant now = start + std::chrono::seconds(10);
  window.rows.push_back(row_of(1, "expired", now));
  owed.finish_read(window, {}, now);
  owed.connect(10);
  EXPECT_NE(owed.resume(), nullptr);
}

TEST(stored_outbox, has_no_body_of_what_is_released_and_counts_none) {
  noting_journal journal;
  outbox owed(outbox_limits{}, journal, 1, 100);
  queue_window window;
  window.rows = {row_of(1, "released"), row_of(2, "owed")};
  window.rows[0].stage = row_stage::released;
  const std::uint64_t owed_bytes = window.rows[1].bytes;
  owed.stored()->restore({.first = 1, .bytes = owed_bytes, .rows = 2, .sent = 2});
  ASSERT_TRUE(owed.stored()->begin_read());
  owed.finish_read(window, {}, start);
  const auto [rows, bytes] = owed.forget();
  EXPECT_EQ(rows, 2U);
  EXPECT_EQ(bytes, owed_bytes);
}

}  // namespace
}  // namespace nanolib
