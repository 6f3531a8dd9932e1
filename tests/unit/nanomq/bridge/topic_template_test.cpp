#include "nanomq/bridge/topic_template.hpp"

#include <gtest/gtest.h>

namespace nanomq::bridge {
namespace {

std::string expand(std::string_view text, std::string_view topic) {
  const auto made = topic_template::parse(text);
  if (!made) return "error: " + made.error();
  std::string out;
  return made->expand_into(out, topic) ? out : "no such level";
}

TEST(topic_template, text_is_itself) {
  EXPECT_EQ(expand("a/b", "x"), "a/b");
  EXPECT_EQ(expand("", "x"), "");
}

TEST(topic_template, takes_levels_of_the_topic) {
  EXPECT_EQ(expand("site/{1}/in", "berlin/3/t"), "site/berlin/in");
  EXPECT_EQ(expand("{3}{2}", "berlin/3/t"), "t3");
  EXPECT_EQ(expand("x/{2}", "a//b"), "x/");
}

TEST(topic_template, takes_the_whole_topic_and_what_follows_a_level) {
  EXPECT_EQ(expand("site/{topic}/in", "a/b"), "site/a/b/in");
  EXPECT_EQ(expand("x/{2-}", "a/b/c"), "x/b/c");
  EXPECT_EQ(expand("{1-}", "a/b/c"), "a/b/c");
}

TEST(topic_template, has_nothing_to_say_about_a_level_that_is_not_there) {
  EXPECT_EQ(expand("{2}", "a"), "no such level");
  EXPECT_EQ(expand("{4-}", "a/b/c"), "no such level");
}

TEST(topic_template, doubled_braces_are_braces) { EXPECT_EQ(expand("{{{1}}}", "a"), "{a}"); }

TEST(topic_template, refuses_places_that_mean_nothing) {
  for (const char* wrong : {"{", "}", "{}", "{0}", "{-}", "{x}", "{1", "{99999999999}", "a}b", "{1-2}", "{-1}"}) {
    EXPECT_FALSE(topic_template::parse(wrong)) << wrong;
  }
}

TEST(topic_template, knows_whether_it_depends_on_the_topic) {
  EXPECT_TRUE(topic_template::parse("a/b")->is_constant());
  EXPECT_FALSE(topic_template::parse("a/{1}")->is_constant());
}

}  // namespace
}  // namespace nanomq::bridge
