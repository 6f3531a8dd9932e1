#include "nanomq/config/option.hpp"

#include <gtest/gtest.h>

#include <set>

#include "nanomq/config/configuration.hpp"

namespace nanomq::config {
namespace {

bool is_number(const option& row) {
  return row.type == value_type::count || row.type == value_type::size || row.type == value_type::duration;
}

TEST(option_table, names_every_key_once) {
  std::set<std::string> names;
  for (const auto& row : options()) {
    EXPECT_TRUE(names.insert(std::string(row.key)).second) << row.key;
    if (!row.alias.empty()) {
      EXPECT_TRUE(names.insert(std::string(row.alias)).second) << row.alias;
    }
    EXPECT_EQ(find_option(row.key), &row);
    EXPECT_FALSE(row.help.empty()) << row.key;
  }
  EXPECT_EQ(find_option("mqtt.max_mqueue_len"), find_option("mqtt.max_queue_messages"));
  EXPECT_EQ(find_option("mqtt.nothing"), nullptr);
  EXPECT_EQ(find_option(""), nullptr);
}

TEST(option_table, keeps_the_rows_of_a_group_together) {
  std::set<std::string_view> groups;
  std::string_view current;
  for (const auto& row : options()) {
    const auto group = row.key.substr(0, row.key.find('.'));
    if (group != current) {
      EXPECT_TRUE(groups.insert(group).second) << group;
    }
    current = group;
  }
}

TEST(option_table, has_every_default_in_its_range) {
  const settings defaults;
  for (const auto& row : options()) {
    if (row.type == value_type::list || row.type == value_type::path) continue;
    std::string why;
    const auto printed = print_value(row.type, row.get(defaults));
    const auto parsed = parse_value(row.type, row.range, {false, {printed}}, why);
    ASSERT_TRUE(parsed) << row.key << ": " << why;
    EXPECT_EQ(*parsed, row.get(defaults)) << row.key;
  }
}

// THREATS 30: a number that a configuration may hold never breaks what it is used for; here, it arrives unchanged or
// is refused, and no conversion on the way loses a bit of it.
TEST(option_table, takes_0_minus_1_and_the_greatest_number_unchanged_or_refuses_them) {
  for (const auto& row : options()) {
    if (!is_number(row)) continue;
    const std::string unit = row.type == value_type::duration ? "ms" : "";
    const auto least = std::to_string(row.range.least);
    const auto most = std::to_string(row.range.most);
    for (const auto& text : {std::string("0"), std::string("-1"), std::string("18446744073709551615"), least, most,
                             std::to_string(row.range.most + 1), std::string("-9223372036854775808")}) {
      configuration configuration;
      std::string why;
      const auto before = row.get(configuration.values());
      const auto done = configuration.set(row.key, {false, {text + unit}}, "here", why);
      const auto after = std::get<std::uint64_t>(row.get(configuration.values()));
      if (done) {
        EXPECT_EQ(std::to_string(after), text) << row.key;
        const bool is_in = (after >= row.range.least && after <= row.range.most) || (after == 0 && row.range.or_zero);
        EXPECT_TRUE(is_in) << row.key;
      } else {
        EXPECT_EQ(value(after), before) << row.key;
        EXPECT_TRUE(why.starts_with(std::string(row.key) + ": ") && why.find("out of range") != std::string::npos)
            << why;
      }
      const bool is_taken = text == least || text == most || (text == "0" && row.range.or_zero);
      EXPECT_EQ(done.has_value(), is_taken) << row.key << " " << text;
    }
  }
}

TEST(option_table, sets_each_word_that_it_offers) {
  for (const auto& row : options()) {
    if (row.type != value_type::text) continue;
    std::string word;
    for (const char c : std::string(row.range.choices) + "|") {
      if (c != '|') {
        word += c;
        continue;
      }
      configuration configuration;
      std::string why;
      ASSERT_TRUE(configuration.set(row.key, {false, {word}}, "here", why)) << why;
      EXPECT_EQ(std::get<std::string>(row.get(configuration.values())), word);
      word.clear();
    }
  }
}

TEST(option_table, guesses_the_key_that_was_meant) {
  EXPECT_EQ(nearest_key("mqtt.max_paket_size"), "mqtt.max_packet_size");
  EXPECT_EQ(nearest_key("max_packet_size"), "mqtt.max_packet_size");
  EXPECT_EQ(nearest_key("broker.allow_anonymous"), "auth.allow_anonymous");
  EXPECT_EQ(nearest_key("log.levle"), "log.level");
  EXPECT_EQ(nearest_key("listeners.ssl.certfil"), "listeners.ssl.certfile");
  EXPECT_EQ(nearest_key("listeners.wss.plant.orgins"), "listeners.wss.plant.origins");
  EXPECT_EQ(nearest_key("completely.different"), "");
  EXPECT_EQ(nearest_key(std::string(100'000, 'a')), "");
}

TEST(option_table, gives_each_key_its_variable) {
  EXPECT_EQ(environment_name(*find_option("mqtt.max_packet_size")), "NANOMQ_MQTT__MAX_PACKET_SIZE");
}

TEST(option_table, is_found_by_what_is_nearly_its_name) {
  EXPECT_EQ(nearest_key("webhok.url"), "webhook.url");
  EXPECT_EQ(nearest_key("lisetners.tcp.bind"), "listeners.tcp.bind");
  EXPECT_EQ(nearest_key("listeners.tpc.bind"), "listeners.tcp.bind");
  EXPECT_EQ(nearest_key("password_file"), "auth.password_file");
  EXPECT_EQ(nearest_key("something.else.altogether"), "");
}

}  // namespace
}  // namespace nanomq::config
