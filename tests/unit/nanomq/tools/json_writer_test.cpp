#include "nanomq/tools/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using nanomq::tools::json_string;
using nanomq::tools::json_writer;

TEST(json_writer, sets_commas_between_values_only) {
  json_writer out;
  out.begin_object().member("a", 1).member("b", "x").key("c").begin_array().value(1.5).value(true).null().end_array();
  out.key("d").begin_object().end_object().member("e", std::uint64_t{18'446'744'073'709'551'615U}).end_object();
  EXPECT_EQ(out.text(), R"({"a":1,"b":"x","c":[1.500,true,null],"d":{},"e":18446744073709551615})");
}

TEST(json_writer, writes_null_for_what_is_no_number) {
  json_writer out;
  out.begin_array().value(std::numeric_limits<double>::infinity()).value(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(out.end_array().text(), "[null,null]");
}

TEST(json_string, escapes_what_must_be_escaped) {
  EXPECT_EQ(json_string("a\"b\\c\n\t\x01"), R"("a\"b\\c\n\t\u0001")");
  EXPECT_EQ(json_string(""), R"("")");
}

TEST(json_string, keeps_utf_8_and_replaces_what_is_none) {
  EXPECT_EQ(json_string("gr\xC3\xBC\xC3\x9F"), "\"gr\xC3\xBC\xC3\x9F\"");
  EXPECT_EQ(json_string("a\xFF\xC3"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
