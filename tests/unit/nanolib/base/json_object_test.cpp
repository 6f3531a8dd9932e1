#include "nanolib/base/json_object.hpp"

#include <gtest/gtest.h>

namespace nanolib {
namespace {

using kind = json_member::kind;

TEST(json_object, has_members_of_each_kind) {
  const auto read = read_json_object(
      R"( {"a":"x\n\u00e9\ud83d\ude00\"", "b": -12, "c": 1.75 , "d":["p","q"], "e":[], "f":{"g":[1,{"h":null}]}, "i":true,
          "j":1e3, "k":["p",1], "l":false} )");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 10U);
  EXPECT_EQ(find_member(*read, "a")->text, "x\n\xc3\xa9\xf0\x9f\x98\x80\"");
  EXPECT_EQ(find_member(*read, "b")->number, -12);
  EXPECT_EQ(find_member(*read, "c")->number, 1);
  EXPECT_EQ(find_member(*read, "d")->texts, (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(find_member(*read, "e")->is, kind::texts);
  for (const char* name : {"f", "j", "k"}) EXPECT_EQ(find_member(*read, name)->is, kind::other) << name;
  for (const char* name : {"i", "l"}) {
    EXPECT_EQ(find_member(*read, name)->is, kind::truth) << name;
    EXPECT_EQ(find_member(*read, name)->truth, *name == 'i') << name;
  }
  EXPECT_EQ(find_member(*read, "g"), nullptr);
}

TEST(json_object, refuses_what_is_none) {
  for (const char* text : {"",
                           "{",
                           "}",
                           "[]",
                           "1",
                           "{}x",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\":1,\"a\":2}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12\"}",
                           "{\"a\":\"\\ud83d\"}",
                           "{\"a\":\"\\udc00\"}",
                           "{\"a\":\"\xff\"}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":-}",
                           "{\"a\":+1}",
                           "{\"a\":-e3}",
                           "{\"a\":1e}",
                           "{\"a\":-25e.3}",
                           "{\"a\":[1e+-3]}",
                           "{\"a\":tru}",
                           "{\"a\":[1,]}",
                           "{\"a\":[\"x\"}",
                           "{\"a\":{\"b\":1}",
                           "{\"a\":\"x}",
                           "{\"a\":\"\\",
                           "{} {}"}) {
    EXPECT_FALSE(read_json_object(text)) << text;
  }
}

TEST(json_object, keeps_how_values_are_written) {
  const std::string text = R"({"a": [1, {"b":"]"}] , "c":"d"})";
  const auto read = read_json_object(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->front().written, R"([1, {"b":"]"}])");
  EXPECT_EQ(read->back().written, R"("d")");
  const auto list = read_json_list(read->front().written);
  ASSERT_TRUE(list);
  EXPECT_EQ(*list, (std::vector<std::string_view>{"1", R"({"b":"]"})"}));
  EXPECT_EQ(read_json_list("[]")->size(), 0U);
  for (const char* wrong : {"", "{}", "[", "[1", "[1,]", "[,1]", "[1] 2", "[1 2]", "[x]"}) {
    EXPECT_FALSE(read_json_list(wrong)) << wrong;
  }
  std::string wide = "[0";
  for (int i = 0; i < 256; ++i) wide += ",0";
  EXPECT_FALSE(read_json_list(wide + "]"));
}

TEST(json_object, has_bounds) {
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100'000; ++i) deep += '[';
  EXPECT_FALSE(read_json_object(deep));
  std::string wide = "{";
  for (int i = 0; i < 65; ++i) wide += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
  EXPECT_FALSE(read_json_object(wide + "}"));
  EXPECT_EQ(read_json_object("{\"a\":99999999999999999999}")->front().is, kind::other);
}

}  // namespace
}  // namespace nanolib
