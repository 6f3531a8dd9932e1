// Random operations against a map and the reference matcher.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "nanolib/topic/topic.hpp"
#include "retained_fixture.hpp"

namespace nanolib {
namespace {

struct level_order {
  bool operator()(const std::string& left, const std::string& right) const {
    const auto key = [](std::string text) {
      std::replace(text.begin(), text.end(), '/', '\0');
      return text;
    };
    return key(left) < key(right);
  }
};

struct retained_store_model : testing::Test, retained_fixture {
  struct known {
    std::string payload;
    instant expiry;
  };

  std::mt19937 random{31};
  std::map<std::string, known, level_order> model;
  instant now{};

  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); }

  std::string random_level() {
    constexpr std::string_view names[] = {"", "a", "b", "a!", "\x01", "$x", "\xC3\xA9", "level"};
    return below(3) == 0 ? "n" + std::to_string(below(30)) : std::string(names[below(8)]);
  }
  std::string random_topic() {
    std::string topic = random_level();
    for (std::uint32_t i = below(4); i > 0; --i) topic += '/' + random_level();
    return topic.empty() ? "a" : topic;
  }
  std::string random_filter() {
    std::string filter;
    for (std::uint32_t i = below(4); i > 0; --i) filter += (below(2) == 0 ? "+" : random_level()) + '/';
    filter += below(3) == 0 ? "#" : below(2) == 0 ? "+" : random_level();
    return filter.empty() ? "+" : filter;
  }

  void change_something() {
    const std::string topic = random_topic();
    if (below(100) < 25 && !model.empty()) {
      auto at = model.lower_bound(topic);
      if (at == model.end()) at = model.begin();
      ASSERT_EQ(store(at->first, ""), retained_store::stored::removed);
      model.erase(at);
      return;
    }
    const std::string payload = std::to_string(1 + below(100'000));
    const instant expiry = below(10) == 0 ? now + std::chrono::milliseconds(below(1000)) : never;
    const bool is_known = model.contains(topic);
    ASSERT_EQ(store(topic, payload, expiry),
              is_known ? retained_store::stored::replaced : retained_store::stored::added);
    model[topic] = {payload, expiry};
  }

  void compare() {
    const std::string filter = random_filter();
    std::vector<std::string> expected;
    for (const auto& [topic, what] : model) {
      if (what.expiry > now && matches(filter, topic)) expected.push_back(topic);
    }
    ASSERT_EQ(replay(filter, 1 + below(50), now), expected) << filter;
    const std::string topic = random_topic();
    const auto at = model.find(topic);
    ASSERT_EQ(payload_of(topic), at == model.end() ? "(none)" : at->second.payload);
  }

  void expire_all() {
    now += std::chrono::milliseconds(below(100));
    const std::size_t expected = std::erase_if(model, [this](const auto& one) { return one.second.expiry <= now; });
    ASSERT_EQ(retained.remove_expired(now, SIZE_MAX), expected);
  }
};

TEST_F(retained_store_model, agrees_with_a_map_through_random_changes) {
  for (int round = 0; round < 12'000; ++round) {
    ASSERT_NO_FATAL_FAILURE(change_something());
    if (round % 10 == 0) {
      ASSERT_NO_FATAL_FAILURE(compare());
    }
    if (round % 100 == 0) {
      ASSERT_NO_FATAL_FAILURE(expire_all());
    }
    ASSERT_EQ(retained.messages(), model.size());
  }
  std::uint64_t bytes = 0;
  for (const auto& [topic, what] : model) bytes += sizeof(message) + topic.size() + what.payload.size();
  EXPECT_EQ(retained.bytes(), bytes);
}

TEST_F(retained_store_model, is_empty_again_when_everything_was_removed) {
  for (int round = 0; round < 3'000; ++round) ASSERT_NO_FATAL_FAILURE(change_something());
  for (const auto& [topic, what] : model) ASSERT_EQ(store(topic, ""), retained_store::stored::removed);
  EXPECT_EQ(retained.messages(), 0U);
  EXPECT_EQ(retained.bytes(), 0U);
  EXPECT_TRUE(replay("#").empty());
}

}  // namespace
}  // namespace nanolib
