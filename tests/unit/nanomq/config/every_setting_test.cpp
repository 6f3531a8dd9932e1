// Every setting of the table, in every source: what is true of each is tested for each, also for those that come later.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "nanomq/config/configuration.hpp"
#include "option_samples.hpp"

namespace nanomq::config {
namespace {

std::string variable_of(const std::string& key) {
  std::string name = "NANOMQ_";
  for (const char c : key) name += c == '.' ? std::string("__") : std::string(1, static_cast<char>(std::toupper(c)));
  return name;
}

TEST(every_setting, has_a_value_besides_its_default) {
  for (const auto& one : all_settings()) {
    ASSERT_TRUE(another_value(one, {})) << one.key() << ": option_samples.hpp needs a line";
  }
}

TEST(every_setting, is_set_by_a_file) {
  for (const auto& one : all_settings()) {
    configuration made;
    std::string why;
    const auto text = in_a_file(one, *another_value(one, {}));
    ASSERT_TRUE(made.read_text(text, "f.conf", why)) << text << why;
    EXPECT_NE(one.get(made.values()), one.get(settings{})) << text;
    EXPECT_EQ(made.origin(one.key()), "f.conf:1");
    EXPECT_TRUE(made.warnings().empty()) << made.warnings().front();
  }
}

TEST(every_setting, is_set_by_the_environment_and_by_the_command_line_in_the_same_way) {
  for (const auto& one : all_settings()) {
    const auto text = *another_value(one, {});
    configuration by_file;
    configuration by_variable;
    configuration by_assignment;
    std::string why;
    const auto variable = variable_of(one.key()) + "=" + text;
    ASSERT_TRUE(by_file.read_text(in_a_file(one, text), "f", why)) << why;
    ASSERT_TRUE(by_variable.read_environment(std::array{variable.c_str()}, why)) << variable << why;
    ASSERT_TRUE(by_assignment.assign(one.key() + "=" + text, why)) << why;
    EXPECT_EQ(one.get(by_variable.values()), one.get(by_file.values())) << variable;
    EXPECT_EQ(one.get(by_assignment.values()), one.get(by_file.values())) << one.key();
    EXPECT_EQ(by_variable.origin(one.key()), variable_of(one.key()));
  }
}

TEST(every_setting, that_nanomq_has_a_variable_for_takes_it) {
  for (const auto& row : options()) {
    if (row.environment.empty()) continue;
    const setting one(row);
    const auto text = *another_value(one, {});
    configuration made;
    std::string why;
    const auto variable = std::string(row.environment) + "=" + text;
    ASSERT_TRUE(made.read_environment(std::array{variable.c_str()}, why)) << variable << why;
    EXPECT_NE(row.get(made.values()), row.get(settings{})) << variable;
  }
}

TEST(every_setting, that_is_a_number_takes_the_ends_of_its_range_and_nothing_beyond) {
  for (const auto& one : all_settings()) {
    if (!is_counted(one.type())) continue;
    const auto range = one.range();
    const auto takes = [&](std::uint64_t number) {
      configuration made;
      std::string why;
      const std::string unit = one.type() == value_type::duration ? "ms" : "";
      const bool taken = made.assign(one.key() + "=" + std::to_string(number) + unit, why).has_value();
      EXPECT_EQ(taken, why.empty());
      if (!taken) {
        EXPECT_TRUE(why.starts_with(one.key() + ": ")) << why;
      }
      if (taken) {
        EXPECT_EQ(one.get(made.values()), value(number)) << one.key();
      }
      return taken;
    };
    EXPECT_TRUE(takes(range.least)) << one.key();
    EXPECT_TRUE(takes(range.most)) << one.key();
    EXPECT_FALSE(takes(range.most + 1)) << one.key();
    if (range.least > 0) {
      EXPECT_EQ(takes(range.least - 1), range.or_zero && range.least == 1) << one.key();
      EXPECT_EQ(takes(0), range.or_zero) << one.key();
    }
    if (range.step > 1) {
      EXPECT_FALSE(takes(range.least + 1)) << one.key();
    }
  }
}

TEST(every_setting, that_is_a_word_or_a_truth_takes_no_other) {
  for (const auto& one : all_settings()) {
    if (one.type() != value_type::text && one.type() != value_type::boolean) continue;
    configuration made;
    std::string why;
    if (one.key().ends_with("unix_mode")) continue;
    EXPECT_FALSE(made.assign(one.key() + "=perhaps", why)) << one.key();
    EXPECT_NE(why.find("\"perhaps\" is not "), std::string::npos) << why;
    EXPECT_EQ(one.get(made.values()), one.get(settings{}));
  }
}

TEST(every_setting, is_refused_as_a_list_or_an_object_with_its_place) {
  for (const auto& one : all_settings()) {
    std::string why;
    const auto takes_objects = one.key() == "auth.password_file" || one.key() == "auth.acl_file" ||
                               one.key().ends_with(".headers") || one.key().ends_with(".params");
    if (!takes_objects && one.key() != "webhook.events") {
      EXPECT_FALSE(configuration().read_text("\n" + one.key() + " = {nobody_has_this = 1}", "f", why)) << one.key();
      EXPECT_TRUE(why.starts_with("f:2:")) << why;
    }
    if (one.type() == value_type::list) continue;
    EXPECT_FALSE(configuration().read_text("\n" + one.key() + " = [1, 2]", "f", why)) << one.key();
    EXPECT_TRUE(why.starts_with("f:2:")) << why;
    EXPECT_NE(why.find(one.key() + ": takes one value, not a list"), std::string::npos) << why;
  }
}

TEST(every_setting, whose_last_letter_is_missing_is_guessed_or_another_is) {
  for (const auto& one : all_settings()) {
    auto wrong = one.key();
    wrong.pop_back();
    if (find_setting(wrong)) continue;
    std::string why;
    EXPECT_FALSE(configuration().read_text(wrong + " = 1", "f", why)) << wrong;
    EXPECT_TRUE(why.starts_with("f:1:1: unknown setting '" + wrong.substr(0, 64))) << why;
    EXPECT_NE(why.find("; did you mean "), std::string::npos) << why;
  }
}

TEST(every_setting, is_printed_in_a_form_that_is_read_again) {
  for (const auto& one : all_settings()) {
    if (one.secret()) continue;
    configuration made;
    std::string why;
    ASSERT_TRUE(made.assign(one.key() + "=" + *another_value(one, {}), why)) << why;
    const auto printed = one.key() + " = " + print_value(one.type(), one.get(made.values())) + "\n";
    configuration again;
    ASSERT_TRUE(again.read_text(printed, "f", why)) << printed << why;
    EXPECT_EQ(one.get(again.values()), one.get(made.values())) << printed;
  }
}

}  // namespace
}  // namespace nanomq::config
