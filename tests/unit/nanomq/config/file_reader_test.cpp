#include "nanomq/config/file_reader.hpp"

#include <gtest/gtest.h>

namespace nanomq::config {
namespace {

// The entries as "line:key=item,item;", or the complaint.
std::string read(std::string_view text) {
  std::string why;
  const auto entries = read_entries(text, why);
  if (!entries) return "error: " + why;
  std::string out;
  for (const auto& entry : *entries) {
    out += std::to_string(entry.line) + ":" + entry.key + (entry.written.is_list ? "=[" : "=");
    for (const auto& item : entry.written.items) out += item + ",";
    out += ";";
  }
  return out;
}

TEST(file_reader, reads_a_setting_a_line) {
  EXPECT_EQ(read("a.b = 1\nc=2MB\n  d :  \"x y\"  "), "1:a.b=1,;2:c=2MB,;3:d=x y,;");
}

TEST(file_reader, passes_over_comments_and_blank_lines) {
  EXPECT_EQ(read("# one\n\n// two\n \t\na = 1 # three\nb = 2 // four\nc = \"#//\""), "5:a=1,;6:b=2,;7:c=#//,;");
}

TEST(file_reader, reads_lists_on_one_line) {
  EXPECT_EQ(read("a = []\nb = [\"x\", y,]\nc = [ 1 ] # end"), "1:a=[;2:b=[x,y,;3:c=[1,;");
}

TEST(file_reader, reads_escapes_in_strings) { EXPECT_EQ(read(R"(a = "\"\\\/\n\t")"), "1:a=\"\\/\n\t,;"); }

// A byte order mark, line ends of Windows, no line end at all.
TEST(file_reader, reads_what_editors_make_of_a_file) {
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "a = 1\r\nb = 2\r\n"),
            "1:a=1,;2:b=2,;");
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("\xef\xbb\xbf"), "");
  EXPECT_EQ(read("a = 1"), "1:a=1,;");
}

TEST(file_reader, says_where_and_what_is_wrong) {
  EXPECT_EQ(read("a = 1\n  = 2"), "error: 2:3: expected a key such as mqtt.max_packet_size");
  EXPECT_EQ(read("key"), "error: 1:4: expected = after the key");
  EXPECT_EQ(read("key = "), "error: 1:7: expected a value");
  EXPECT_EQ(read("key = # 1"), "error: 1:7: expected a value");
  EXPECT_EQ(read("a = 1 2"), "error: 1:7: something follows the value; put text with spaces in double quotes");
  EXPECT_EQ(read("a = \"x"), "error: 1:7: a string without its closing quote");
  EXPECT_EQ(read("a = \"\\u0041\""), "error: 1:7: an escape other than \\\" \\\\ \\/ \\n \\r \\t");
  EXPECT_EQ(read("a = \"\x01\""), "error: 1:6: a control character in a string");
  EXPECT_EQ(read("a = [1"), "error: 1:7: expected , or ] (a list stands on one line)");
  EXPECT_EQ(read("a = [,]"),
            "error: 1:6: expected a value; put text with other characters than A-Z a-z 0-9 . _ - in double quotes");
  EXPECT_EQ(read("a = [1 2]"), "error: 1:8: expected , or ] (a list stands on one line)");
}

TEST(file_reader, refuses_what_only_a_full_reader_understands) {
  EXPECT_TRUE(read("mqtt {").starts_with("error: 1:6:"));
  EXPECT_TRUE(read("a = ${b}").starts_with("error: 1:5:"));
  EXPECT_TRUE(read("include \"x\"").starts_with("error: 1:9:"));
  EXPECT_TRUE(read("a = 127.0.0.1:1883").starts_with("error: 1:14:"));
  EXPECT_TRUE(read("a = \"\"\"x\"\"\"").starts_with("error: 1:7:"));
}

TEST(file_reader, says_what_to_write_instead) {
  const std::string braces = "braces are not read here; write the whole key: mqtt.max_packet_size = 2MB";
  EXPECT_EQ(read("mqtt {"), "error: 1:6: " + braces);
  EXPECT_EQ(read("mqtt = {"), "error: 1:8: " + braces);
  EXPECT_EQ(read("a = 1\n}"), "error: 2:1: " + braces);
  for (const char* text : {"a = 127.0.0.1:1883", "a = tcp://x", "a = [127.0.0.1:1883]", "a = x/y"}) {
    EXPECT_NE(read(text).find(": put it in double quotes"), std::string::npos) << text << read(text);
  }
}

TEST(file_reader, takes_any_bytes_without_harm) {
  std::string text;
  for (unsigned seed = 1, i = 0; i < 20'000; ++i) {
    seed = seed * 1'103'515'245U + 12'345U;
    text += "a.=[]\",\\\n #/\x00\xff"[(seed >> 16U) % 14U];
    if (i % 50 == 0) {
      (void)read(text);
      text.clear();
    }
  }
}

}  // namespace
}  // namespace nanomq::config
