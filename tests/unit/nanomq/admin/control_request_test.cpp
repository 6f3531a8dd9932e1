#include "nanomq/admin/control_request.hpp"

#include <gtest/gtest.h>

namespace nanomq::admin {
namespace {

TEST(control_request, has_a_command_and_parameters_of_each_kind) {
  const auto read = control_request::parse(R"({"a":"x","command":"do it","n":-5,"t":true,"f":false,"l":["p","q"]})");
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->command(), "do it");
  EXPECT_EQ(read->text("a"), "x");
  EXPECT_EQ(read->number("n"), -5);
  EXPECT_TRUE(read->truth("t"));
  EXPECT_FALSE(read->truth("f"));
  ASSERT_NE(read->texts("l"), nullptr);
  EXPECT_EQ(*read->texts("l"), (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(read->parameters().size(), 5U);
}

TEST(control_request, has_no_parameter_of_another_kind) {
  const auto read = control_request::parse(R"({"command":"c","a":"x","n":5,"o":{"t":true}})");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->number("a"));
  EXPECT_FALSE(read->text("n"));
  EXPECT_FALSE(read->truth("n"));
  EXPECT_FALSE(read->truth("o"));
  EXPECT_EQ(read->texts("a"), nullptr);
  EXPECT_FALSE(read->text("command"));
  EXPECT_FALSE(read->text("missing"));
}

TEST(control_request, is_one_object_with_a_command) {
  for (const char* line :
       {"", " ", "status", "[]", "{}", R"({"command":""})", R"({"command":1})", R"({"command":["x"]})",
        R"({"command":"a","command":"b"})", R"({"command":"a"} x)", R"({"command":"a")"}) {
    const auto read = control_request::parse(line);
    ASSERT_FALSE(read) << line;
    EXPECT_FALSE(read.error().empty());
  }
}

TEST(control_request, is_refused_wherever_it_is_cut) {
  const std::string whole = R"({"command":"x","a":"\u00e9","b":[1,{"c":null}],"d":-1.5e3,"e":["x","y"],"f":true})";
  ASSERT_TRUE(control_request::parse(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(control_request::parse(std::string_view(whole).substr(0, size))) << size;
  }
}

// THREATS 88.
TEST(control_request, takes_no_depth_bomb) {
  for (const char* bracket : {"[", "{\"a\":"}) {
    std::string bomb = R"({"command":"x","a":)";
    for (int depth = 0; depth < 10'000; ++depth) bomb += bracket;
    EXPECT_FALSE(control_request::parse(bomb));
  }
}

}  // namespace
}  // namespace nanomq::admin
