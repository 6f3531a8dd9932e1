#include "nanolib/subscription/member_list.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace nanolib {
namespace {

std::map<subscriber_id, subscription_options> read(const member_list& list) {
  std::map<subscriber_id, subscription_options> members;
  const member_list::view view(list);
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    const subscription_match member = view.at(i);
    if (member.who == nobody) continue;
    EXPECT_TRUE(members.emplace(member.who, member.options).second) << "seen twice: " << member.who;
  }
  return members;
}

TEST(member_list, keeps_every_option_of_a_member) {
  quiescence readers(1);
  for (const quality_of_service qos :
       {quality_of_service::at_most_once, quality_of_service::at_least_once, quality_of_service::exactly_once}) {
    for (const bool no_local : {false, true}) {
      for (const bool retain : {false, true}) {
        for (const std::uint32_t identifier : {0U, 1U, 268'435'455U}) {
          member_list list;
          const subscription_options options{qos, no_local, retain, identifier};
          list.set({make_subscriber_id(255, 0xFFFFFF), options}, readers);
          EXPECT_EQ(list.find(make_subscriber_id(255, 0xFFFFFF)).options, options);
          EXPECT_EQ(read(list).begin()->second, options);
        }
      }
    }
  }
}

TEST(member_list, tells_an_addition_from_a_replacement_and_from_nothing_new) {
  quiescence readers(1);
  member_list list;
  EXPECT_EQ(list.set({7, {}}, readers), member_list::change::added);
  EXPECT_EQ(list.set({7, {}}, readers), member_list::change::unchanged);
  EXPECT_EQ(list.set({7, {quality_of_service::at_least_once}}, readers), member_list::change::replaced);
  EXPECT_EQ(list.count(), 1U);
}

TEST(member_list, removes_only_who_is_there) {
  quiescence readers(1);
  member_list list;
  EXPECT_FALSE(list.remove(7, readers));
  EXPECT_FALSE(list.remove(nobody, readers));
  list.set({7, {}}, readers);
  list.set({8, {}}, readers);
  EXPECT_FALSE(list.remove(nobody, readers));
  EXPECT_TRUE(list.remove(7, readers));
  EXPECT_FALSE(list.remove(7, readers));
  EXPECT_EQ(list.count(), 1U);
  EXPECT_EQ(list.find(7).who, nobody);
  EXPECT_EQ(list.find(8).who, 8U);
}

TEST(member_list, agrees_with_a_map_through_random_growth_and_shrinking) {
  std::mt19937 random(11);
  quiescence readers(1);
  member_list list;
  std::map<subscriber_id, subscription_options> model;
  for (int round = 0; round < 40'000; ++round) {
    // Long phases that mostly add and phases that mostly remove.
    const bool adds = random() % 10 < ((round / 4'000) % 2 == 0 ? 8U : 2U);
    const auto who = static_cast<subscriber_id>(1 + random() % 500);
    if (adds) {
      const subscription_options options{quality_of_service::at_most_once, false, false,
                                         static_cast<std::uint32_t>(random() % 1000)};
      const bool is_new = !model.contains(who);
      EXPECT_EQ(list.set({who, options}, readers) == member_list::change::added, is_new);
      model[who] = options;
    } else {
      EXPECT_EQ(list.remove(who, readers), model.erase(who) == 1);
    }
    ASSERT_EQ(list.count(), model.size());
    if (round % 50 == 0) {
      ASSERT_EQ(read(list), model);
    }
    readers.online(0);
    readers.offline(0);
  }
  EXPECT_EQ(readers.waiting(), 0U);
}

TEST(member_list, closes_gaps_when_half_of_it_has_left) {
  quiescence readers(1);
  member_list list;
  for (subscriber_id who = 1; who <= 1000; ++who) list.set({who, {}}, readers);
  for (subscriber_id who = 1; who <= 990; ++who) list.remove(who, readers);
  EXPECT_LT(member_list::view(list).size(), 32U);
  EXPECT_EQ(read(list).size(), 10U);
}

}  // namespace
}  // namespace nanolib
