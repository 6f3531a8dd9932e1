// Readers match while writers subscribe and leave. What it shows is mostly for the thread and address sanitizers.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "tree_fixture.hpp"

namespace nanolib {
namespace {

constexpr std::size_t reader_count = 2;
constexpr std::size_t writer_count = 2;
constexpr int rounds = 4'000;

std::string churned_filter(std::mt19937& random) {
  const std::string tail = std::to_string(random() % 40);
  switch (random() % 6) {
    case 0:
      return "s/" + tail + "/v";
    case 1:
      return "s/+/" + tail;
    case 2:
      return "s/" + tail + "/#";
    case 3:
      return "$share/g" + std::to_string(random() % 3) + "/s/" + tail + "/v";
    case 4:
      return "s/#";
    default:
      return "+/" + tail + "/v";
  }
}

struct churn {
  quiescence readers{reader_count};
  subscription_tree tree{readers};
  std::atomic<std::size_t> writers_left{writer_count};
  std::atomic<bool> lost_the_steady_one{false};

  void write(std::uint32_t seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < rounds; ++i) {
      const std::string text = churned_filter(random);
      const auto who = make_subscriber_id(seed, static_cast<std::uint32_t>(1 + random() % 50));
      if (random() % 2 == 0) {
        const auto identifier = static_cast<std::uint32_t>(random() % 1000);
        tree.subscribe(filter_of(text), who, options_with_identifier(identifier));
      } else {
        tree.unsubscribe(filter_of(text), who);
      }
    }
    writers_left.fetch_sub(1);
  }

  void read(std::size_t reader) {
    std::mt19937 random(static_cast<std::uint32_t>(reader + 100));
    match_result out;
    std::vector<shared_group_ptr> kept;
    while (writers_left.load() != 0) {
      readers.online(reader);
      for (int i = 0; i < 20; ++i) {
        const std::string topic = "s/" + std::to_string(random() % 40) + "/v";
        out.clear();
        tree.match(topic, out);
        bool found = false;
        for (const subscription_match& one : out.plain) found |= one.who == 7 && one.options.identifier == 77;
        if (!found || tree.version(topic) == 0) lost_the_steady_one = true;
        for (const shared_group_ptr& group : out.shared) (void)group->pick([](subscriber_id who) { return who != 0; });
        if (!out.shared.empty()) kept.push_back(out.shared[0]);
        readers.quiet(reader);
        for (const shared_group_ptr& group : kept) (void)group->pick([](subscriber_id who) { return who % 2 == 0; });
        if (kept.size() > 10) kept.clear();
      }
      readers.offline(reader);
    }
  }
};

TEST(subscription_tree_threads, readers_always_find_who_stays_while_writers_churn) {
  churn all;
  all.tree.subscribe(filter_of("s/+/v"), 7, options_with_identifier(77));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < reader_count; ++i) threads.emplace_back([&all, i] { all.read(i); });
    for (std::uint32_t i = 1; i <= writer_count; ++i) threads.emplace_back([&all, i] { all.write(i); });
  }
  EXPECT_FALSE(all.lost_the_steady_one);
  all.readers.online(0);
  all.readers.offline(0);
  EXPECT_EQ(all.readers.waiting(), 0U);
}

TEST(subscription_tree_threads, a_version_read_before_a_match_tells_that_the_match_is_old) {
  quiescence readers(1);
  subscription_tree tree(readers);
  std::atomic<bool> stop{false};
  std::atomic<std::uint32_t> subscribed{0};
  std::jthread writer([&] {
    for (std::uint32_t i = 1; i <= 3'000; ++i) {
      tree.subscribe(filter_of("a/b"), 5, options_with_identifier(i));
      subscribed.store(i, std::memory_order_release);
    }
    stop = true;
  });
  std::uint64_t cached_version = UINT64_MAX;
  std::uint32_t cached = 0;
  readers.online(0);
  for (bool last = false; !last;) {
    last = stop;
    const std::uint32_t at_least = subscribed.load(std::memory_order_acquire);
    if (const std::uint64_t version = tree.version("a/b"); version != cached_version) {
      cached_version = version;
      match_result out;
      tree.match("a/b", out);
      cached = out.plain.empty() ? 0 : out.plain[0].options.identifier;
    }
    ASSERT_GE(cached, at_least);
    readers.quiet(0);
  }
  EXPECT_EQ(cached, 3'000U);
}

}  // namespace
}  // namespace nanolib
