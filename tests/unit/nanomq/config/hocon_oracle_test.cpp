// Our reader beside libcpp-hocon: the collected samples, files that include each other, and documents made by a seeded
// generator. Ours may refuse what the other accepts where the head of hocon.hpp says so, never the other way round.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "hocon_oracle.hpp"
#include "nanolib/base/json_writer.hpp"
#include "nanomq/config/hocon.hpp"

namespace nanomq::config {
namespace {

void write(nanolib::json_writer& json, const hocon_value& value) {
  if (value.is == hocon_value::kind::null) return json.null();
  if (value.is == hocon_value::kind::text) return json.text(value.text);
  if (value.is == hocon_value::kind::list) {
    json.begin_array();
    for (const auto& item : value.items) write(json, item);
    return json.end_array();
  }
  std::map<std::string, const hocon_value*> sorted;
  for (std::size_t i = 0; i < value.keys.size(); ++i) sorted[value.keys[i].name] = &value.items[i];
  json.begin_object();
  for (const auto& [key, item] : sorted) {
    json.key(key);
    write(json, *item);
  }
  json.end_object();
}

void write(nanolib::json_writer& json, const oracle_value& value) {
  if (value.is == oracle_value::kind::null) return json.null();
  if (value.is == oracle_value::kind::text) return json.text(value.text);
  if (value.is == oracle_value::kind::list) {
    json.begin_array();
    for (const auto& item : value.items) write(json, item);
    return json.end_array();
  }
  std::map<std::string, const oracle_value*> sorted;
  for (const auto& [key, item] : value.members) sorted[key] = &item;
  json.begin_object();
  for (const auto& [key, item] : sorted) {
    json.key(key);
    write(json, *item);
  }
  json.end_object();
}

template <class Value>
std::string json_of(const Value& value) {
  std::string out;
  nanolib::json_writer json(out);
  write(json, value);
  return out;
}

// Files on disk, and the environment of this process: what the other one looks at as well.
class this_machine final : public hocon_surroundings {
 public:
  nanolib::result<std::string> read(const std::string& path, std::string& why) override {
    std::ifstream file(path);
    if (file) return std::string(std::istreambuf_iterator<char>(file), {});
    why = "not there";
    return std::unexpected(nanolib::error{});
  }
  std::optional<std::string> variable(const std::string& name) override {
    const char* const text = std::getenv(name.c_str());
    return text == nullptr ? std::nullopt : std::optional<std::string>(text);
  }
};

class hocon_oracle : public ::testing::Test {
 protected:
  hocon_oracle() {
    std::string pattern = ::testing::TempDir() + "nanomq_oracleXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    ::setenv("NANOMQ_ORACLE", "from the environment", 1);
  }
  ~hocon_oracle() override {
    ::unsetenv("NANOMQ_ORACLE");
    std::filesystem::remove_all(directory_);
  }

  void put(const std::string& name, const std::string& text) const { std::ofstream(directory_ + "/" + name) << text; }

  std::string ours(const std::string& text) const {
    this_machine around;
    std::string why;
    const auto made = read_hocon(text, directory_ + "/f.conf", around, why);
    return made ? json_of(made->root) : "refused";
  }
  std::string theirs(const std::string& text) const {
    put("f.conf", text);
    std::string why;
    const auto made = ask_oracle(directory_ + "/f.conf", why);
    return made ? json_of(*made) : "refused";
  }
  void compare(const std::string& text) const { EXPECT_EQ(ours(text), theirs(text)) << text; }

 private:
  std::string directory_;
};

TEST_F(hocon_oracle, says_what_the_collected_samples_say_that_it_says) {
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
        EXPECT_EQ(theirs(text), answer) << text;
      }
      text.clear();
      answer.clear();
      answering = false;
      ++samples;
    }
  }
  EXPECT_GT(samples, 100);
}

TEST_F(hocon_oracle, agrees_about_files_that_include_others) {
  put("one.conf", "x = 1, y = ${x}, z = ${?outer}\n");
  put("two.conf", "include \"one.conf\"\nx = 2\n");
  for (const char* const text :
       {"include \"one.conf\"", "a { include \"one.conf\" }", "a { include \"two.conf\" }\nb = ${a}",
        "outer = o\ninclude \"two.conf\"", "x = 9\ninclude \"one.conf\"", "include \"one.conf\"\nx = 9",
        "a.b.c { include \"one.conf\", x = 3 }", "a = {include \"one.conf\"} {q = ${a.x}}",
        "include \"two.conf\"\ny = ${y}${y}", "include file(\"one.conf\")", "include required(\"one.conf\")"}) {
    const auto said = ours(text);
    if (said != "refused") {
      EXPECT_EQ(said, theirs(text)) << text;
    }
  }
}

TEST_F(hocon_oracle, agrees_about_what_configurations_are_made_of) {
  for (const char* const text : {"a = 10s, b = 5 minutes, c = 500ms",
                                 "a = 64KB, b = 2 MB, c = 1GiB",
                                 "a = 25%",
                                 "a = 100/s, b = \"10/30s\"",
                                 "a = 007, b = 1e3, c = -5, d = 1.50",
                                 "a = true, b = yes, c = on, d = null",
                                 "a = ${?NANOMQ_ORACLE}",
                                 "a = ${NANOMQ_ORACLE}/b",
                                 "a = ${?NANOMQ_ORACLE_NOT_THERE}\nb = 1",
                                 "a = x ${?nothing} y",
                                 "a { b = 1 }\nc = ${a} { b = 2, d = 3 }",
                                 "a = [1, 2] [3]",
                                 "a = [1]\na += 2\na += ${b}\nb = 3",
                                 "path = \"/usr/bin\"\npath = ${path}\":/opt\"",
                                 "a.b.c = 1\na.b = { d = 2 }\na = { e = 3 }",
                                 "a = \"\"\"one\n\"two\" \\n\"\"\"",
                                 "a = \"\\u00e9\\t\\\"\"",
                                 "a = b c   d # e",
                                 "a: 1, \"b.c\": 2, d.\"e.f\": 3",
                                 "a = {} , b = [], c = \"\"",
                                 "a = ${b}, b = ${c}, c = 1",
                                 "a = ${a}",
                                 "a = ${b}, b = ${a}",
                                 "a = 1\n\n\n,b = 2",
                                 "{a = 1}",
                                 "[1]",
                                 "a = {b = 1",
                                 "a = [1,,2]",
                                 "a = 1,",
                                 "a"}) {
    compare(text);
  }
}

// Documents of a few keys, so that they meet each other.
class generator {
 public:
  explicit generator(std::uint32_t seed) : chance_(seed) {}

  std::string document() {
    std::string out;
    for (int lines = 1 + below(6); lines > 0; --lines) out += field(2) + (below(4) == 0 ? ", " : "\n");
    return out;
  }

 private:
  int below(int bound) { return static_cast<int>(chance_() % static_cast<unsigned>(bound)); }
  template <std::size_t Count>
  std::string one_of(const std::array<const char*, Count>& of) {
    return of[static_cast<std::size_t>(below(static_cast<int>(Count)))];
  }

  std::string key() { return one_of(std::array{"a", "b", "c", "a.b", "b.c", "a.b.c", "\"a.b\"", "c.\"d\""}); }
  std::string plain() {
    return one_of(std::array{"1", "1.0", "true", "null", "x", "\"x y\"", "x y", "10s", "64 KB", "\"\"", "-7", "25%"});
  }
  std::string reference() {
    return "${" + one_of(std::array{"", "?"}) + one_of(std::array{"a", "b", "c", "a.b", "b.c", "NANOMQ_ORACLE"}) + "}";
  }
  std::string value(int depth) {
    const int what = below(depth > 0 ? 9 : 5);
    if (what < 3) return plain();
    if (what == 3) return reference();
    if (what == 4) return plain() + " " + reference();
    if (what < 7) return object(depth - 1) + (below(4) == 0 ? " " + object(depth - 1) : "");
    return list(depth - 1) + (below(4) == 0 ? " " + list(depth - 1) : "");
  }
  std::string object(int depth) {
    std::string out = "{";
    for (int fields = below(3); fields > 0; --fields) out += " " + field(depth) + (fields > 1 ? "," : "");
    return out + " }";
  }
  std::string list(int depth) {
    std::string out = "[";
    for (int items = below(3); items > 0; --items) out += value(depth) + (items > 1 ? ", " : "");
    return out + "]";
  }
  std::string field(int depth) {
    const int what = below(10);
    if (what == 0) return key() + " += " + value(0);
    if (what == 1) return key() + " " + object(depth > 0 ? depth - 1 : 0);
    if (what == 2) return "# " + plain() + "\n" + key() + " : " + plain();
    return key() + " = " + value(depth);
  }

  std::minstd_rand chance_;
};

TEST_F(hocon_oracle, agrees_about_documents_that_nobody_has_thought_of) {
  constexpr std::uint32_t documents = 3'000;
  int both = 0;
  int only_theirs = 0;
  for (std::uint32_t seed = 1; seed <= documents; ++seed) {
    const auto text = generator(seed).document();
    const auto mine = ours(text);
    const auto other = theirs(text);
    if (mine == "refused" && other != "refused") {
      ++only_theirs;
      continue;
    }
    EXPECT_EQ(mine, other) << "seed " << seed << "\n" << text;
    if (mine != "refused") ++both;
  }
  EXPECT_GT(both, 500);
  EXPECT_LT(only_theirs, 30);
}

}  // namespace
}  // namespace nanomq::config
