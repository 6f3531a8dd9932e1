#include "cli_option.hpp"

#include <gtest/gtest.h>

namespace nanomq::program {
namespace {

using words = std::vector<std::string_view>;

struct sample {
  std::string host;
  std::string message;
  bool retain = false;
  std::vector<std::string> pairs;
  option_table table;

  sample() {
    table.group("Connection");
    table.value({"-h", "--host"}, "HOST", "host", "Where", host);
    table.value({"-m", "--message"}, "TEXT", "message", "What", message).also({"--msg"});
    table.toggle({"-r", "--retain"}, "Kept", retain);
    table.words(
        {"-D"}, "NAME VALUE", "Pairs", [](auto) { return std::size_t{2}; },
        [this](option_table::word_span from) {
          if (from.size() < 2) throw usage_error("too few");
          pairs.emplace_back(from[0]).append("=").append(from[1]);
          return std::size_t{2};
        });
  }

  std::string refusal(const words& given) {
    try {
      table.read(given);
    } catch (const usage_error& wrong) {
      return wrong.what();
    }
    return "taken";
  }
};

TEST(option_table, an_option_takes_the_word_behind_it_whatever_it_looks_like) {
  sample s;
  s.table.read(words{"-m", "-h", "--host", "--retain", "-D", "-r", "-m"});
  EXPECT_EQ(s.message, "-h");
  EXPECT_EQ(s.host, "--retain");
  EXPECT_FALSE(s.retain);
  EXPECT_EQ(s.pairs, std::vector<std::string>{"-r=-m"});
}

TEST(option_table, the_last_one_counts) {
  sample s;
  s.table.read(words{"-h", "a", "-h", "b", "--msg", "x", "-r"});
  EXPECT_EQ(s.host, "b");
  EXPECT_EQ(s.message, "x");
  EXPECT_TRUE(s.retain);
}

TEST(option_table, a_long_option_may_have_its_value_behind_an_equals_sign) {
  sample s;
  s.table.read(words{"--host=a=b", "--message="});
  EXPECT_EQ(s.host, "a=b");
  EXPECT_EQ(s.message, "");
  EXPECT_EQ(s.refusal({"--retain=yes"}), "The option '--retain' takes no value.");
  EXPECT_EQ(s.refusal({"--other=x"}), "Unknown option '--other=x'.");
}

TEST(option_table, refuses_in_the_words_of_mosquitto) {
  sample s;
  EXPECT_EQ(s.refusal({"--host"}), "-h argument given but no host specified.");
  EXPECT_EQ(s.refusal({"-r", "stray"}), "Unknown option 'stray'.");
  EXPECT_EQ(s.refusal({"-rh"}), "Unknown option '-rh'.");
  EXPECT_EQ(s.refusal({"-D", "a"}), "too few");
}

TEST(option_table, looks_a_value_up_without_taking_anything) {
  const sample s;
  const words given{"-m", "-h", "-D", "-h", "x", "--host", "there", "-r", "-h", "again", "-h"};
  EXPECT_EQ(s.table.values_of("-h", given), (words{"there", "again"}));
  EXPECT_EQ(s.host, "");
  EXPECT_TRUE(s.table.mentions("--help", words{"-r", "--help"}));
  EXPECT_FALSE(s.table.mentions("--help", words{"-m", "--help", "-D", "--help", "--help"}));
}

TEST(option_table, a_spelling_belongs_to_the_row_that_claims_it_first) {
  sample s;
  std::string other;
  s.table.group("More");
  s.table.value({"-h", "--hidden"}, "X", "x", "Other", other);
  s.table.value({"-m"}, "X", "x", "Nothing left", other);
  s.table.read(words{"-h", "mine", "--hidden", "theirs"});
  EXPECT_EQ(s.host, "mine");
  EXPECT_EQ(other, "theirs");
  EXPECT_EQ(s.table.rows().size(), 5U);
  EXPECT_EQ(s.table.groups(), (std::vector<std::string>{"Connection", "More"}));
}

TEST(option_table, numbers_are_the_whole_word) {
  EXPECT_EQ(whole_number("-12"), -12);
  EXPECT_EQ(whole_number("+12"), 12);
  EXPECT_EQ(whole_number(""), std::nullopt);
  EXPECT_EQ(whole_number("1x"), std::nullopt);
  EXPECT_EQ(decimal_number("0.25"), 0.25);
  EXPECT_EQ(decimal_number(".5"), 0.5);
  EXPECT_EQ(decimal_number("nan"), std::nullopt);
  EXPECT_EQ(decimal_number("1s"), std::nullopt);
}

}  // namespace
}  // namespace nanomq::program
