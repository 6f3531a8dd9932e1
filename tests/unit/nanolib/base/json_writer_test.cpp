#include "nanolib/base/json_writer.hpp"

#include <gtest/gtest.h>

namespace nanolib {
namespace {

using layout = json_writer::layout;

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// The copy, or "refused".
std::string copied(std::string_view text, layout how = layout::compact) {
  std::string out;
  json_writer writer(out, how);
  return copy_json(writer, text) ? out : "refused";
}

TEST(json_string, escapes_quotes_backslashes_and_control_characters) {
  EXPECT_EQ(quoted(""), R"("")");
  EXPECT_EQ(quoted("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(quoted("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(quoted(std::string_view("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\x7f\"");
}

TEST(json_string, leaves_utf8_alone_and_replaces_what_is_none) {
  EXPECT_EQ(quoted("zürich €😀"), "\"zürich €😀\"");
  EXPECT_EQ(quoted("a\xff"
                   "b\xc3"),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
  EXPECT_EQ(quoted("\xed\xa0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(quoted(std::string_view("\xff\0ü", 4)), "\"\xEF\xBF\xBD\\u0000ü\"");
}

TEST(json_writer, puts_commas_where_they_belong) {
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.number("a", -1);
  json.key("b");
  json.begin_array();
  json.text("x");
  json.begin_object();
  json.end_object();
  json.null();
  json.begin_array();
  json.end_array();
  json.end_array();
  json.truth("c", true);
  json.text("d\"", "e");
  json.end_object();
  EXPECT_EQ(out, R"({"a":-1,"b":["x",{},null,[]],"c":true,"d\"":"e"})");
}

TEST(json_writer, indents_as_cjson_does) {
  EXPECT_EQ(copied(R"({"a":1,"b":[1,2,{"c":"x"}],"e":{},"f":[]})", layout::indented),
            "{\n\t\"a\":\t1,\n\t\"b\":\t[1, 2, {\n\t\t\t\"c\":\t\"x\"\n\t\t}],\n\t\"e\":\t{\n\t},\n\t\"f\":\t[]\n}");
}

TEST(json_copy, keeps_strings_and_numbers_as_they_stand) {
  EXPECT_EQ(copied(" { \"a\" : 1.0 , \"b\\u00e9\\/\" : [ 1e3 ,\n-0.50E+7\t, 12345678901234567890 ] } "),
            R"({"a":1.0,"b\u00e9\/":[1e3,-0.50E+7,12345678901234567890]})");
  for (const auto* scalar : {"0", "-0", "1.5", "\"\"", "true", "false", "null", "[]", "{}", "[[[]]]", "{\"\":{}}"}) {
    EXPECT_EQ(copied(scalar), scalar);
  }
}

TEST(json_copy, refuses_what_is_not_json) {
  for (const auto* text :
       {"",          " ",       "hello",       "{",         "}",        "[1,]",  "[,1]",      "{\"a\":1,}",
        "{,}",       "{\"a\"}", "{\"a\":}",    "{a:1}",     "{1:2}",    "[1 2]", "1 2",       "01",
        "-",         "+1",      "1.",          ".5",        "1e",       "1e+",   "0x1",       "'a'",
        "\"a",       "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "\"a\nb\"", "nul",   "truefalse", "[1}",
        "{\"a\":1]", "[]]",     "NaN",         "Infinity",  "\"\xff\"", "// c",  "[1]x"}) {
    EXPECT_EQ(copied(text), "refused") << text;
  }
  EXPECT_EQ(copied(std::string_view("1\0", 2)), "refused");
}

TEST(json_copy, bounds_the_depth_without_recursion) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(copied(nested(1'000)), nested(1'000));
  EXPECT_EQ(copied(nested(1'001)), "refused");
  EXPECT_EQ(copied(std::string(1'000'000, '[')), "refused");
}

}  // namespace
}  // namespace nanolib
