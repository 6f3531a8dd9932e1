// Packet identifiers: in sequence, never two at once, in the order of the requests.
#include "nanonng/mqtt/request_window.hpp"

#include <gtest/gtest.h>

#include <list>
#include <random>
#include <vector>

namespace nanonng::mqtt::testing {

namespace {

using kind = request_window::kind;

std::vector<std::uint16_t> in_order(request_window& window) {
  std::vector<std::uint16_t> all;
  std::uint16_t before = 0;
  for (std::uint16_t at = window.first(); at != 0;) {
    const request_window::entry* found = window.find(at);
    EXPECT_NE(found, nullptr);
    EXPECT_EQ(found->before, before);
    all.push_back(at);
    before = at;
    at = found->behind;
  }
  EXPECT_EQ(all.size(), window.size());
  return all;
}

TEST(request_window, hands_out_identifiers_in_sequence) {
  request_window window;
  for (std::uint16_t expected = 1; expected <= 100; ++expected) {
    const request_window::entry* fresh = window.enter(kind::subscribe, expected + 1'000U);
    ASSERT_NE(fresh, nullptr);
    EXPECT_EQ(fresh->packet_identifier, expected);
    EXPECT_EQ(fresh->token, expected + 1'000U);
  }
  EXPECT_EQ(window.size(), 100U);
}

TEST(request_window, uses_a_free_identifier_as_late_as_possible) {
  request_window window;
  for (int round = 0; round < 65'535; ++round) {
    window.erase(window.enter(kind::publish_once, 0)->packet_identifier);
  }
  EXPECT_EQ(window.enter(kind::publish_once, 0)->packet_identifier, 1);
}

// [MQTT-2.2.1-3]
TEST(request_window, passes_over_identifiers_in_use) {
  request_window window;
  const std::uint16_t kept = window.enter(kind::publish_twice, 7)->packet_identifier;
  for (int round = 0; round < 200'000; ++round) {
    const std::uint16_t fresh = window.enter(kind::publish_once, 0)->packet_identifier;
    ASSERT_NE(fresh, kept);
    ASSERT_NE(fresh, 0);
    window.erase(fresh);
  }
  EXPECT_EQ(window.find(kept)->token, 7U);
}

TEST(request_window, has_65535_identifiers) {
  request_window window;
  for (std::uint32_t count = 0; count < request_window::identifiers; ++count) {
    ASSERT_NE(window.enter(kind::publish_once, count), nullptr);
  }
  EXPECT_EQ(window.enter(kind::publish_once, 0), nullptr);
  EXPECT_EQ(in_order(window).size(), 65'535U);
  window.erase(40'000);
  EXPECT_EQ(window.enter(kind::publish_once, 1)->packet_identifier, 40'000);
  EXPECT_EQ(in_order(window).back(), 40'000);
}

TEST(request_window, finds_nothing_in_an_empty_one) {
  request_window window;
  EXPECT_EQ(window.find(1), nullptr);
  EXPECT_EQ(window.first(), 0);
  window.erase(window.enter(kind::publish_once, 0)->packet_identifier);
  EXPECT_EQ(window.find(0), nullptr);
  EXPECT_EQ(window.find(1), nullptr);
  window.trim();
  EXPECT_EQ(window.find(1), nullptr);
  EXPECT_EQ(window.enter(kind::publish_once, 0)->packet_identifier, 2);
}

TEST(request_window, agrees_with_a_list) {
  std::mt19937 random(1);
  request_window window;
  std::list<std::pair<std::uint16_t, request_token>> model;
  for (request_token token = 0; token < 20'000; ++token) {
    const bool grows = random() % 1'000 < (token / 2'000 % 2 == 0 ? 700U : 300U);
    if (grows || model.empty()) {
      model.emplace_back(window.enter(kind::publish_once, token)->packet_identifier, token);
    } else {
      auto chosen = model.begin();
      std::advance(chosen, random() % std::min<std::size_t>(model.size(), 50));
      ASSERT_EQ(window.find(chosen->first)->token, chosen->second);
      window.erase(chosen->first);
      ASSERT_EQ(window.find(chosen->first), nullptr);
      model.erase(chosen);
    }
    if (token % 500 != 0) continue;
    const std::vector<std::uint16_t> order = in_order(window);
    ASSERT_TRUE(std::equal(order.begin(), order.end(), model.begin(), model.end(),
                           [](std::uint16_t left, const auto& right) { return left == right.first; }));
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
