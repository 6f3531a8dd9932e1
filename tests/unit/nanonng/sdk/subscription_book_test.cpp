#include "subscription_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "nanonng/mqtt/encoder.hpp"

namespace nanonng::sdk {
namespace {

/// A book whose recipients are told apart by name.
class subscriptions : public ::testing::Test {
 protected:
  void add(const std::string& filter, std::uint32_t identifier = 0, const std::string& name = {}) {
    auto to = make_recipient(message_handler([](const message&) {}));
    names_[to.get()] = name.empty() ? filter : name;
    const wanted_subscription wanted{.filter = filter, .to = to};
    book.install(wanted, identifier);
    last_ = wanted;
  }
  std::string found(const std::string& topic, const std::vector<std::uint32_t>& identifiers = {}) {
    mqtt::property_writer block;
    mqtt::publish_view view;
    for (const std::uint32_t each : identifiers) {
      block.variable_byte(mqtt::property_id::subscription_identifier, each);
      view.props.present |= 1ULL << static_cast<unsigned>(mqtt::property_id::subscription_identifier);
    }
    view.topic = topic;
    view.props.raw = block.block();
    std::vector<recipient_ptr> all;
    book.find(view, all);
    std::vector<std::string> sorted;
    for (const recipient_ptr& each : all) sorted.push_back(names_[each.get()]);
    std::ranges::sort(sorted);
    std::string text;
    for (const std::string& each : sorted) text += each + " ";
    return text;
  }

  subscription_book book;
  wanted_subscription last_;

 private:
  std::map<recipient*, std::string> names_;
};

TEST_F(subscriptions, find_whom_a_topic_is_for) {
  add("a/b");
  add("a/+");
  add("#");
  add("$share/g/a/b", 0, "shared");
  add("c");
  EXPECT_EQ(found("a/b"), "# a/+ a/b shared ");
  EXPECT_EQ(found("c"), "# c ");
  EXPECT_EQ(found("d"), "# ");
}

// [MQTT-4.7.2-1]
TEST_F(subscriptions, do_not_match_a_leading_dollar_with_a_wildcard) {
  add("#");
  add("$SYS/#");
  EXPECT_EQ(found("$SYS/x"), "$SYS/# ");
}

TEST_F(subscriptions, believe_the_identifiers_of_the_server) {
  add("a/#", 1);
  add("a/b", 2);
  EXPECT_EQ(found("a/b", {1}), "a/# ");
  EXPECT_EQ(found("a/b", {1, 2}), "a/# a/b ");
  EXPECT_EQ(found("a/b", {1, 1}), "a/# ");
}

TEST_F(subscriptions, with_one_identifier_are_told_apart_by_topic) {
  add("a/#", 7);
  add("b/#", 7);
  EXPECT_EQ(found("b/x", {7}), "b/# ");
}

TEST_F(subscriptions, fall_back_to_the_topic_for_identifiers_of_an_earlier_process) {
  add("a/#", 1);
  EXPECT_EQ(found("a/b", {99}), "a/# ");
  EXPECT_EQ(found("b", {99}), "");
}

TEST_F(subscriptions, are_replaced_by_one_with_the_same_filter) {
  add("a/+", 1, "old");
  add("a/+", 2, "new");
  EXPECT_EQ(book.size(), 1);
  EXPECT_EQ(found("a/b"), "new ");
  EXPECT_EQ(found("a/b", {2}), "new ");
}

TEST_F(subscriptions, end_without_a_trace) {
  add("a/+", 1);
  add("a/b", 1);
  book.remove("a/b");
  EXPECT_EQ(found("a/b"), "a/+ ");
  book.remove("a/+");
  book.remove("never/there");
  EXPECT_EQ(found("a/b", {1}), "");
  EXPECT_EQ(book.size(), 0);
}

TEST_F(subscriptions, that_end_deactivate_their_recipient) {
  add("a");
  const recipient_ptr to = last_.to;
  book.remove("a");
  EXPECT_FALSE(to->active);
}

TEST_F(subscriptions, are_not_removed_by_the_refusal_of_one_that_was_replaced) {
  add("a", 0, "old");
  const recipient_ptr old = last_.to;
  add("a", 0, "new");
  book.remove("a", old.get());
  EXPECT_EQ(found("a"), "new ");
}

TEST_F(subscriptions, are_renewed_in_their_groups_once_granted) {
  add("a", 1);
  book.grant(last_);
  add("b", 1);
  book.grant(last_);
  add("c", 2);
  book.grant(last_);
  add("d", 3);
  const auto groups = book.granted();
  ASSERT_EQ(groups.size(), 2);
  EXPECT_EQ(groups[0].second.size(), 2);
  EXPECT_EQ(groups[1].second[0].filter, "c");
}

TEST_F(subscriptions, get_identifiers_that_are_free) {
  EXPECT_EQ(book.next_identifier(), 1);
  add("a", 2);
  EXPECT_EQ(book.next_identifier(), 3);
}

}  // namespace
}  // namespace nanonng::sdk
