#include "nanomq/config/hocon.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "nanolib/base/json_writer.hpp"

namespace nanomq::config {
namespace {

// Files and variables in memory.
class made_up final : public hocon_surroundings {
 public:
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> variables;

  nanolib::result<std::string> read(const std::string& path, std::string& why) override {
    const auto found = files.find(path);
    if (found != files.end()) return found->second;
    why = "not there";
    return std::unexpected(nanolib::error{});
  }
  std::optional<std::string> variable(const std::string& name) override {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  }
};

void write(nanolib::json_writer& json, const hocon_value& value) {
  if (value.is == hocon_value::kind::null) {
    json.null();
  } else if (value.is == hocon_value::kind::text) {
    json.text(value.text);
  } else if (value.is == hocon_value::kind::list) {
    json.begin_array();
    for (const auto& item : value.items) write(json, item);
    json.end_array();
  } else {
    std::map<std::string, const hocon_value*> sorted;
    for (std::size_t i = 0; i < value.keys.size(); ++i) sorted[value.keys[i].name] = &value.items[i];
    json.begin_object();
    for (const auto& [key, item] : sorted) {
      json.key(key);
      write(json, *item);
    }
    json.end_object();
  }
}

std::string json_of(const hocon_value& value) {
  std::string out;
  nanolib::json_writer json(out);
  write(json, value);
  return out;
}

std::string read(std::string_view text, made_up& around, const hocon_limits& limits = {}) {
  std::string why;
  const auto document = read_hocon(text, "dir/f.conf", around, why, limits);
  return document ? json_of(document->root) : why;
}

std::string read(std::string_view text, const hocon_limits& limits = {}) {
  made_up nothing;
  return read(text, nothing, limits);
}

TEST(hocon, means_what_the_reference_library_takes_it_for) {
  std::ifstream file(NANOMQ_SOURCE_DIR "/tests/unit/nanomq/config/hocon_samples.txt");
  std::string line;
  std::string text;
  std::string answer;
  bool answering = false;
  int samples = -1;  // what stands before the first one is a comment
  while (std::getline(file, line)) {
    if (line == "===") {
      answering = true;
    } else if (line != "---") {
      (answering ? answer : text) += (answering || text.empty() ? "" : "\n") + line;
    } else {
      if (samples >= 0) {
        const auto ours = read(text);
        EXPECT_EQ(ours.starts_with("dir/f.conf:") ? "refused" : ours, answer) << text << "\n" << ours;
      }
      text.clear();
      answer.clear();
      answering = false;
      ++samples;
    }
  }
  EXPECT_GT(samples, 100);
}

TEST(hocon, reads_what_editors_make_of_a_file) {
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "a = 1\r\nb = [1,\r\n2]\r\n"),
            R"({"a":"1","b":["1","2"]})");
  EXPECT_EQ(read(""), "{}");
  EXPECT_EQ(read("\xef\xbb\xbf"), "{}");
  EXPECT_EQ(read("# nothing\n// at all"), "{}");
}

TEST(hocon, says_where_and_what_is_wrong) {
  EXPECT_EQ(read("a = 1\n  = 2"), "dir/f.conf:2:3: expected a key such as mqtt.max_packet_size");
  EXPECT_EQ(read("key"), "dir/f.conf:1:4: expected = after the key");
  EXPECT_EQ(read("key\n\nother = 1"), "dir/f.conf:1:4: expected = after the key");
  EXPECT_EQ(
      read("# theirs\nlistener 1883\nallow_anonymous true\n"),
      "dir/f.conf:2:14: expected = after the key; this looks like mosquitto.conf, and the form here is nanomq.conf's "
      "(see config.md)");
  EXPECT_EQ(read("key = "), "dir/f.conf:1:7: expected a value");
  EXPECT_EQ(read("\na = \"x"), "dir/f.conf:2:5: a string without its closing quote");
  EXPECT_EQ(read("a = \"\x01\""), "dir/f.conf:1:6: a control character in a string");
  EXPECT_EQ(read("a = 127.0.0.1:1883"),
            "dir/f.conf:1:14: put the value in double quotes: outside of them it cannot contain :");
  EXPECT_EQ(read("a {\n b = 1"), "dir/f.conf:2:7: a { without its }");
  EXPECT_EQ(read("a = 1\nb = \"\xff\""), "dir/f.conf:2:1: not a text in UTF-8");
  EXPECT_EQ(read("a = 1\nb = ${c}"), "dir/f.conf:2:5: ${c} has no value");
  EXPECT_EQ(read("a = ${\"b\\nc\"}"), "dir/f.conf:1:5: ${b?c} has no value");
  EXPECT_EQ(read(std::string_view("a\0= 1", 5)), "dir/f.conf:1:1: not a text in UTF-8");
}

TEST(hocon, takes_variables_where_no_key_has_the_name) {
  made_up around;
  around.variables = {{"HOME", "/h"}, {"a", "wrong"}};
  EXPECT_EQ(read("a = 1\nb = ${a}, c = ${HOME}/x, d = ${?NONE}", around), R"({"a":"1","b":"1","c":"/h/x"})");
}

TEST(hocon, includes_files_beside_the_file_that_asks) {
  made_up around;
  around.files = {
      {"dir/one", "x = 1\ny = ${x}"}, {"/abs/two", "include file(\"three\")\nz = 2"}, {"/abs/three", "{w=3}"}};
  EXPECT_EQ(read("include \"one\"\nx = 5", around), R"({"x":"5","y":"5"})");
  EXPECT_EQ(read("a { include required(file(\"one\")) }\nx = 7", around), R"({"a":{"x":"1","y":"1"},"x":"7"})");
  EXPECT_EQ(read("p = {include \"/abs/two\"}", around), R"({"p":{"w":"3","z":"2"}})");
  EXPECT_EQ(read("a.x = 4\na { y = 1, include \"one\" }", around), R"({"a":{"x":"1","y":"1"}})");
}

TEST(hocon, finds_what_an_included_file_refers_to_outside_of_it) {
  made_up around;
  around.files = {{"dir/in", "y = ${top}"}};
  EXPECT_EQ(read("top = 1\na { include \"in\" }", around), R"({"a":{"y":"1"},"top":"1"})");
}

// THREATS 76, 77: a file with passwords or rights that is not there is not an empty one.
TEST(hocon, refuses_a_file_that_cannot_be_included) {
  made_up around;
  EXPECT_EQ(read("a = 1\ninclude \"none\"", around), "dir/f.conf:2:1: dir/none: not there");
  around.files = {{"dir/self", "include \"self\""}, {"dir/broken", "a = \n= 1"}};
  EXPECT_EQ(read("include \"self\"", around), "dir/self:1:1: dir/self includes itself");
  EXPECT_EQ(read("include \"broken\"", around),
            "dir/broken:2:1: put the value in double quotes: outside of them it cannot contain =");
  EXPECT_EQ(read("include url(\"http://x\")"), "dir/f.conf:1:9: only files are included: include \"FILE\"");
  EXPECT_EQ(read("include \"\""), "dir/f.conf:1:1: an include without a name");
  EXPECT_EQ(read("a = [{include \"self\"}]", around), "dir/f.conf:1:7: an include inside a list");
}

TEST(hocon, ends_a_chain_of_includes) {
  made_up around;
  for (int i = 0; i < 20; ++i) around.files["dir/" + std::to_string(i)] = "include \"" + std::to_string(i + 1) + "\"";
  EXPECT_EQ(read("include \"0\"", around), "dir/7:1:1: files include each other too deep");
}

TEST(hocon, refuses_values_that_refer_to_themselves) {
  EXPECT_EQ(read("a = ${b}\nb = ${a}"), "dir/f.conf:2:5: ${a} refers to itself");
  EXPECT_EQ(read("a = { b = ${a} }"), "dir/f.conf:1:11: ${a} refers to itself");
  EXPECT_EQ(read("a = ${b}, b = ${c}, c = [${?a}]"), "dir/f.conf:1:26: ${a} refers to itself");
}

TEST(hocon, ends_what_would_grow_without_end) {
  std::string twice = "x0 = 0123456789\n";
  std::string empty = "x0 = \"\"\n";
  std::string chain = "x0 = 1\n";
  for (int i = 1; i < 600; ++i) {
    const auto one = "${x" + std::to_string(i - 1) + "}";
    const auto key = "x" + std::to_string(i) + " = ";
    if (i < 60) twice += key + one + one + "\n";
    if (i < 60) empty += key + one + one + "\n";
    chain += key + one + "\n";
  }
  EXPECT_NE(read(twice, {.bytes = 100'000}).find("substitutions make too much"), std::string::npos);
  EXPECT_NE(read(empty, {.values = 10'000}).find("substitutions make too many values"), std::string::npos);
  EXPECT_NE(read(chain).find("substitutions are nested too deep"), std::string::npos);
}

TEST(hocon, has_limits_of_depth_and_size) {
  const auto repeated = [](std::string_view what, int times) {
    std::string out;
    while (times-- > 0) out += what;
    return out;
  };
  for (const auto& text : {"a = " + repeated("[", 10'000), "a = " + repeated("{a=", 100'000),
                           repeated("a.", 1000) + "a = 1", repeated("a{", 10'000), "a = " + repeated("[{a=", 1000)}) {
    EXPECT_NE(read(text).find("nested too deep"), std::string::npos) << read(text);
  }
  EXPECT_EQ(read(repeated("{", 100'000)), "dir/f.conf:1:2: expected a key such as mqtt.max_packet_size");
  EXPECT_NE(read(repeated("a", 5'000), {.bytes = 1'000}).find("too large"), std::string::npos);
  EXPECT_NE(read("a = [1,2,3,4]", {.values = 5}).find("too many values"), std::string::npos);
  EXPECT_NE(read("a=1,b=2,c=3", {.keys = 2}).find("too many keys"), std::string::npos);
}

TEST(hocon, knows_where_each_value_is_from) {
  made_up around;
  around.files = {{"dir/in", "\n  x = [1,\n 2]"}};
  std::string why;
  const auto document = read_hocon("a {\n include \"in\" }", "dir/f.conf", around, why);
  ASSERT_TRUE(document) << why;
  const auto* object = document->root.find("a");
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(document->place(object->keys[0].place), "dir/in:2:3");
  EXPECT_EQ(document->place(object->find("x")->items[1].place), "dir/in:3:2");
  EXPECT_EQ(object->find("y"), nullptr);
}

TEST(hocon, takes_any_bytes_without_harm) {
  std::string text;
  for (unsigned seed = 1, i = 0; i < 40'000; ++i) {
    seed = seed * 1'103'515'245U + 12'345U;
    text += "ab.=[]{}$?+\",\\\n #/\xff"[(seed >> 16U) % 19U];
    if (i % 40 == 0) {
      (void)read(text);
      text.clear();
    }
  }
}

}  // namespace
}  // namespace nanomq::config
