#include "options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace nanomq::bench;
using testing::ElementsAre;

std::expected<options, std::string> parse(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& each : words) arguments.push_back(each.data());
  return parse_options(arguments);
}

TEST(bench_options, have_defaults) {
  const auto chosen = parse({});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->rounds, 3U);
  EXPECT_TRUE(chosen->installed_peers);
  EXPECT_EQ(chosen->version, protocol_version::v3_1_1);
}

TEST(bench_options, are_read) {
  const auto chosen = parse({"--nanomq", "x", "--rows", "a,,b", "--rounds", "5", "--seconds", "0.25", "--scale", "0.5",
                             "--protocol", "5", "--no-peers", "--peer", "other=run  me {port}"});
  ASSERT_TRUE(chosen) << chosen.error();
  EXPECT_EQ(chosen->nanomq, "x");
  EXPECT_THAT(chosen->rows, ElementsAre("a", "b"));
  EXPECT_EQ(chosen->rounds, 5U);
  EXPECT_EQ(chosen->duration, std::chrono::milliseconds{250});
  EXPECT_EQ(chosen->scale, 0.5);
  EXPECT_EQ(chosen->version, protocol_version::v5);
  EXPECT_FALSE(chosen->installed_peers);
  ASSERT_EQ(chosen->peers.size(), 1U);
  EXPECT_EQ(chosen->peers[0].name, "other");
  EXPECT_THAT(chosen->peers[0].command, ElementsAre("run", "me", "{port}"));
}

TEST(bench_options, are_refused_when_unknown_incomplete_or_out_of_range) {
  EXPECT_FALSE(parse({"--nonsense", "1"}));
  EXPECT_FALSE(parse({"--rounds"}));
  EXPECT_FALSE(parse({"--rounds", "0"}));
  EXPECT_FALSE(parse({"--rounds", "3x"}));
  EXPECT_FALSE(parse({"--seconds", "nan"}));
  EXPECT_FALSE(parse({"--scale", "-1"}));
  EXPECT_FALSE(parse({"--protocol", "3"}));
  EXPECT_FALSE(parse({"--peer", "no command"}));
  EXPECT_FALSE(parse({"--peer", "name="}));
}

TEST(bench_recipes, put_the_arguments_after_the_address) {
  EXPECT_THAT(nanomq_recipe("n", " --shards 1").command,
              ElementsAre("n", "broker", "start", "--url", "mqtt-tcp://127.0.0.1:{port}", "--shards", "1"));
}

TEST(bench_recipes, fill_in_every_place) {
  EXPECT_EQ(fill_in("{port} {dir}/x {port}", "1883", "/tmp/{port}y"), "1883 /tmp/{port}y/x 1883");
}

}  // namespace
