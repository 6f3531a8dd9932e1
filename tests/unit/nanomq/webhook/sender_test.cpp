// The bounds of the queue, and what becomes of it when nobody takes it.
#include "webhook/sender.hpp"

#include <gtest/gtest.h>

#include <map>

#include "nanomq/http/url.hpp"

namespace nanomq::webhook {
namespace {

std::map<std::string, std::uint64_t> figures_of(const sender& of) {
  std::map<std::string, std::uint64_t> all;
  for (auto& [name, value] : of.figures()) all.emplace(name, value);
  return all;
}

/// Where nobody is: what is queued stays for an hour.
std::shared_ptr<const target> nobody(std::uint32_t messages, std::uint64_t bytes) {
  auto to = std::make_shared<target>();
  std::string why;
  to->where = http::read_url("http://127.0.0.1:1/", why).value();
  to->by = std::make_shared<http::client>(http::client_options{});
  to->max_attempts = 1'000;
  to->backoff = to->max_backoff = std::chrono::hours(1);
  to->max_queue_messages = messages;
  to->max_queue_bytes = bytes;
  return to;
}

TEST(sender, keeps_no_more_events_than_it_may) {
  sender one(2, nanolib::null_log());
  ASSERT_TRUE(one.send_to(nobody(3, 1'000)));
  for (std::uint64_t key = 0; key < 5; ++key) one.push(0, key, "{}");
  EXPECT_EQ(figures_of(one)["webhook/queued"], 3U);
  EXPECT_EQ(figures_of(one)["webhook/queued/bytes"], 6U);
  EXPECT_EQ(figures_of(one)["webhook/dropped"], 2U);
}

TEST(sender, keeps_no_more_bytes_than_it_may) {
  sender one(2, nanolib::null_log());
  ASSERT_TRUE(one.send_to(nobody(100, 10)));
  one.push(0, 1, std::string(8, 'x'));
  one.push(1, 2, std::string(3, 'x'));
  one.push(2, 3, std::string(2, 'x'));
  EXPECT_EQ(figures_of(one)["webhook/queued/bytes"], 10U);
  EXPECT_EQ(figures_of(one)["webhook/dropped"], 1U);
}

TEST(sender, counts_what_it_leaves_behind_when_it_stops) {
  sender one(1, nanolib::null_log());
  ASSERT_TRUE(one.send_to(nobody(100, 1'000)));
  for (std::uint32_t shard = 0; shard < 20; ++shard) one.push(shard, shard, "{}");
  one.stop(nanolib::duration(0));
  one.push(0, 0, "too late");
  EXPECT_EQ(figures_of(one)["webhook/queued"], 0U);
  EXPECT_EQ(figures_of(one)["webhook/queued/bytes"], 0U);
  EXPECT_EQ(figures_of(one)["webhook/dropped"], 21U);
}

TEST(sender, loses_nothing_when_the_number_of_posts_at_a_time_changes) {
  sender one(2, nanolib::null_log());
  for (const std::uint32_t lanes : {2U, 7U, 1U, 3U}) {
    const auto to = nobody(100, 1'000);
    auto other = std::make_shared<target>(*to);
    other->pool_size = lanes;
    ASSERT_TRUE(one.send_to(other));
    for (std::uint64_t key = 0; key < 5; ++key) one.push(0, key, "{}");
  }
  EXPECT_EQ(figures_of(one)["webhook/queued"], 20U);
  one.stop(nanolib::duration(0));
  EXPECT_EQ(figures_of(one)["webhook/dropped"], 20U);
  EXPECT_EQ(figures_of(one)["webhook/queued/bytes"], 0U);
}

TEST(sender, that_was_never_told_where_to_ends_at_once) {
  sender one(1, nanolib::null_log());
  one.push(0, 0, "{}");
  one.stop(std::chrono::hours(1));
  EXPECT_EQ(figures_of(one)["webhook/dropped"], 1U);
}

}  // namespace
}  // namespace nanomq::webhook
