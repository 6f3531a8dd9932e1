#include "options.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "report.hpp"

namespace nanomq::crash {
namespace {

std::expected<options, std::string> parse(std::initializer_list<std::string> words) {
  std::vector<std::string> owned{words};
  std::vector<char*> arguments;
  for (std::string& each : owned) arguments.push_back(each.data());
  return parse_options(arguments);
}

TEST(crash_options, have_defaults) {
  const auto chosen = parse({});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->what, mode::crash);
  EXPECT_EQ(chosen->brokers, (std::vector<std::string>{"nanomq"}));
}

TEST(crash_options, are_taken) {
  const auto chosen = parse({"--broker", "mosquitto", "--broker", "flashmq", "--cycles", "7", "--seed", "3",
                             "--load-ms", "20-30", "--ending", "cut", "--rate", "0", "--json"});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->brokers, (std::vector<std::string>{"mosquitto", "flashmq"}));
  EXPECT_EQ(chosen->crash.cycles, 7U);
  EXPECT_EQ(chosen->crash.seed, 3U);
  EXPECT_EQ(chosen->crash.how, ending::cut);
  EXPECT_EQ(chosen->crash.longest_load, std::chrono::milliseconds{30});
  EXPECT_TRUE(chosen->json);
}

TEST(crash_options, are_refused_with_a_sentence) {
  EXPECT_EQ(parse({"--cycles", "many"}).error(), "--cycles wants a number from 0 to 1000000");
  EXPECT_EQ(parse({"--ending", "soon"}).error(), "--ending wants kill, terminate or cut");
  EXPECT_EQ(parse({"--load-ms", "30-20"}).error(), "--load-ms wants the shorter time first");
  EXPECT_EQ(parse({"--wrong", "1"}).error(), "unknown option --wrong");
  EXPECT_FALSE(parse({"--seed"}));
  EXPECT_FALSE(parse({"--broker", "a", "--broker", "b", "--program", "p"}));
}

TEST(crash_recipe, is_filled_in) {
  EXPECT_EQ(fill_in("a {port} {dir}/b {port}", "1883", "/d"), "a 1883 /d/b 1883");
  const auto own = find_recipe({.name = "mine=run {port}", .program = {}, .arguments = "-v -w", .durability = {}});
  ASSERT_TRUE(own);
  EXPECT_EQ(own->name, "mine");
  EXPECT_EQ(own->command, (std::vector<std::string>{"run", "{port}", "-v", "-w"}));
  EXPECT_FALSE(find_recipe({.name = "unheard-of", .program = {}, .arguments = {}, .durability = {}}));
}

TEST(crash_report, is_json_whatever_a_broker_prints) {
  json_object object;
  object.text("a", "line\n\"quoted\"\x01").count("b", 3).flag("c", true).raw("d", json_array({"1", "2"}));
  EXPECT_EQ(object.str(), R"({"a":"line\u000a\"quoted\"\u0001","b":3,"c":true,"d":[1,2]})");
}

TEST(crash_report, says_that_nothing_is_wrong_only_when_nothing_is) {
  crash_result result;
  EXPECT_NE(in_words(result).find("nothing wrong"), std::string::npos);
  result.faults.add(fault::lost, "something");
  EXPECT_NE(in_words(result).find("WRONG: 1 lost"), std::string::npos);
}

}  // namespace
}  // namespace nanomq::crash
