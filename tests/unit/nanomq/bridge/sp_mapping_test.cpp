#include "nanomq/bridge/sp_mapping.hpp"

#include <gtest/gtest.h>

namespace nanomq::bridge {
namespace {

using std::string_literals::operator""s;

constexpr sp_directions both{.to_sp = true, .to_mqtt = true};
constexpr sp_directions to_sp_only{.to_sp = true};
constexpr sp_directions to_mqtt_only{.to_mqtt = true};

sp_mapping_options topic_framing(std::string delimiter, std::vector<std::string> filters) {
  return {.framing = sp_framing::topic, .delimiter = std::move(delimiter), .filters = std::move(filters)};
}

sp_mapping made_of(sp_mapping_options options, sp_directions directions = both) {
  auto made = sp_mapping::create(std::move(options), directions);
  if (!made) throw std::invalid_argument(made.error());
  return *std::move(made);
}

std::string fault_of(sp_mapping_options options, sp_directions directions = both) {
  const auto made = sp_mapping::create(std::move(options), directions);
  return made ? std::string() : made.error();
}

/// "topic|payload", or the name of the refusal.
std::string in(const sp_mapping& by, std::string_view body) {
  std::string scratch;
  const auto found = by.to_mqtt(nanolib::as_bytes(body), scratch);
  if (!found) return std::string(name_of(found.error()));
  return std::string(found->topic) + "|" + std::string(nanolib::as_text(found->payload));
}

/// What stands in front of the payload, or the name of the refusal.
std::string out(const sp_mapping& by, std::string_view topic, std::size_t size = 0) {
  std::string scratch;
  const auto head = by.to_sp(topic, size, scratch);
  return head ? std::string(nanolib::as_text(*head)) : std::string(name_of(head.error()));
}

TEST(payload_framing, has_one_topic_for_all_that_comes_and_none_for_what_goes) {
  const auto by = made_of({.filters = {"first", "second"}});
  EXPECT_EQ(in(by, "a/b:c"), "first|a/b:c");
  EXPECT_EQ(in(by, ""), "first|");
  EXPECT_EQ(out(by, "any/topic"), "");
  EXPECT_EQ(by.sp_prefixes(), std::vector<std::string>{""});
}

TEST(payload_framing, takes_the_topic_that_was_named_for_it) {
  EXPECT_EQ(in(made_of({.filters = {"a/#"}, .to = "back"}), "x"), "back|x");
  EXPECT_EQ(in(made_of({.filters = {}, .to = "back"}, to_mqtt_only), "x"), "back|x");
}

TEST(payload_framing, wants_a_topic_that_can_be_published_to) {
  EXPECT_NE(fault_of({.filters = {"a/#"}}), "");
  EXPECT_NE(fault_of({.filters = {}}, to_mqtt_only), "");
  EXPECT_NE(fault_of({.filters = {}}, to_sp_only), "");
  EXPECT_NE(fault_of({.filters = {"a"}, .to = "a/+"}), "");
  EXPECT_NE(fault_of({.filters = {"a"}, .to = "$SYS/x"}), "");
  EXPECT_NE(fault_of({.filters = {"a"}, .to = "a/{1}"}), "");
  EXPECT_EQ(fault_of({.filters = {"a/#"}}, to_sp_only), "");
}

TEST(payload_framing, refuses_rules_that_have_nothing_to_work_on) {
  EXPECT_NE(fault_of({.filters = {"a"}, .mqtt_prefix = "x/"}), "");
  EXPECT_NE(fault_of({.filters = {"a"}, .sp_topic = "x"}), "");
}

TEST(payload_framing, refuses_what_is_too_large) {
  const auto by = made_of({.filters = {"t"}, .maximum_payload = 4});
  EXPECT_EQ(in(by, "1234"), "t|1234");
  EXPECT_EQ(in(by, "12345"), "too_large");
  EXPECT_EQ(out(by, "t", 4), "");
  EXPECT_EQ(out(by, "t", 5), "too_large");
}

TEST(topic_framing, ends_the_topic_at_the_first_delimiter) {
  const auto by = made_of(topic_framing(":", {"a/#"}));
  EXPECT_EQ(in(by, "a/b:21.5"), "a/b|21.5");
  EXPECT_EQ(in(by, "a/b:1:2"), "a/b|1:2");
  EXPECT_EQ(in(by, "a:"), "a|");
  EXPECT_EQ(out(by, "a/b"), "a/b:");
}

TEST(topic_framing, what_goes_out_comes_back_the_same) {
  for (const auto& delimiter : {":"s, "\0"s, " -> "s}) {
    const auto by = made_of(topic_framing(delimiter, {"a/#"}));
    EXPECT_EQ(in(by, out(by, "a/b") + "p" + delimiter + "q"), "a/b|p" + delimiter + "q");
  }
}

TEST(topic_framing, refuses_messages_without_a_topic) {
  const auto by = made_of(topic_framing(":", {"#"}));
  EXPECT_EQ(in(by, "a/b"), "no_delimiter");
  EXPECT_EQ(in(by, ""), "no_delimiter");
  EXPECT_EQ(in(by, ":x"), "no_topic");
  EXPECT_EQ(in(by, "a/+:x"), "no_topic");
  EXPECT_EQ(in(by, "a\0b:x"s), "no_topic");
  EXPECT_EQ(in(by, "\xC3:x"), "no_topic");
  EXPECT_EQ(in(by, "$SYS/broker:x"), "no_topic");
  EXPECT_EQ(in(by, std::string(65'536, 'a') + ":x"), "no_topic");
}

TEST(topic_framing, publishes_only_what_the_filters_permit) {
  const auto by = made_of(topic_framing(":", {"a/+", "$share/group/b/#"}));
  EXPECT_EQ(in(by, "a/b:x"), "a/b|x");
  EXPECT_EQ(in(by, "b:x"), "b|x");
  EXPECT_EQ(in(by, "a/b/c:x"), "not_permitted");
  EXPECT_EQ(in(by, "c:x"), "not_permitted");
}

TEST(topic_framing, refuses_to_send_a_topic_that_would_end_early) {
  const auto by = made_of(topic_framing(":", {"#"}));
  EXPECT_EQ(out(by, "a:b"), "ambiguous");
}

TEST(topic_framing, with_the_slash_the_topic_is_the_longest_name_that_fits) {
  const auto by = made_of(topic_framing("/", {"a", "a/b", "c/"}));
  EXPECT_EQ(in(by, "a/21.5"), "a|21.5");
  EXPECT_EQ(in(by, "a/b/21.5"), "a/b|21.5");
  EXPECT_EQ(in(by, "a/b/"), "a/b|");
  EXPECT_EQ(in(by, "a/bc"), "a|bc");
  EXPECT_EQ(in(by, "c/x"), "c/|x");
  EXPECT_EQ(in(by, "a"), "no_delimiter");
  EXPECT_EQ(in(by, "ab/x"), "no_delimiter");
  EXPECT_EQ(out(by, "a/b"), "a/b/");
}

TEST(topic_framing, with_the_slash_wants_names_in_full) {
  EXPECT_NE(fault_of(topic_framing("/", {"a/#"})), "");
  EXPECT_EQ(fault_of(topic_framing("/", {"a/#"}), to_sp_only), "");
  EXPECT_NE(fault_of(topic_framing("", {"a"})), "");
  EXPECT_NE(fault_of(topic_framing(std::string(17, ':'), {"a"})), "");
  EXPECT_NE(fault_of(topic_framing(":", {})), "");
  EXPECT_NE(fault_of(topic_framing(":", {"a/#/b"})), "");
}

TEST(topic_framing, prefixes_and_suffixes_change_places) {
  auto options = topic_framing(":", {"plant/+/raw"});
  options.mqtt_prefix = "plant/";
  options.mqtt_suffix = "/raw";
  options.sp_prefix = "x.";
  const auto by = made_of(options);
  EXPECT_EQ(in(by, "x.7:v"), "plant/7/raw|v");
  EXPECT_EQ(in(by, "7:v"), "no_rule");
  EXPECT_EQ(out(by, "plant/7/raw"), "x.7:");
  EXPECT_EQ(out(by, "plant/7"), "no_rule");
  EXPECT_EQ(out(by, "plant/raw"), "no_rule");
  EXPECT_EQ(by.sp_prefixes(), std::vector<std::string>{"x."});
}

TEST(topic_framing, templates_make_other_topics) {
  auto options = topic_framing(":", {"site/#"});
  options.to = "site/{1}/in";
  options.sp_topic = "{2}";
  const auto by = made_of(options);
  EXPECT_EQ(in(by, "berlin/x:v"), "site/berlin/in|v");
  EXPECT_EQ(out(by, "site/paris/in"), "paris:");
  EXPECT_EQ(out(by, "site"), "no_rule");
  options.mqtt_prefix = "x";
  EXPECT_NE(fault_of(options), "");
  auto wrong = topic_framing(":", {"a"});
  wrong.to = "{";
  EXPECT_NE(fault_of(wrong), "");
}

TEST(topic_framing, a_template_whose_result_is_no_topic_is_refused) {
  auto options = topic_framing(":", {"#"});
  options.to = "{2-}";
  const auto by = made_of(options);
  EXPECT_EQ(in(by, "a:x"), "no_rule");
  EXPECT_EQ(in(by, "a/:x"), "no_topic");
  EXPECT_EQ(in(by, "a/$SYS/b:x"), "no_topic");
}

TEST(topic_framing, counts_the_topic_into_the_size_of_an_sp_message) {
  auto options = topic_framing(":", {"a"});
  options.maximum_payload = 4;
  const auto by = made_of(options);
  EXPECT_EQ(out(by, "a", 2), "a:");
  EXPECT_EQ(out(by, "a", 3), "too_large");
}

TEST(sp_prefixes, are_what_the_filters_begin_with) {
  using strings = std::vector<std::string>;
  EXPECT_EQ(made_of(topic_framing(":", {"a/#", "b/+/c", "d/e", "#"})).sp_prefixes(), (strings{"a", "b/", "d/e", ""}));
  EXPECT_EQ(made_of(topic_framing("/", {"a/b", "a/long"})).sp_prefixes(), (strings{"a/long", "a/b"}));
  auto options = topic_framing(":", {"m/+", "m/x/s"});
  options.mqtt_prefix = "m/";
  options.mqtt_suffix = "/s";
  options.sp_prefix = "q/";
  EXPECT_EQ(made_of(options).sp_prefixes(), (strings{"q/", "q/x"}));
}

TEST(sp_prefixes, of_a_filter_shorter_than_the_prefix_are_the_prefix) {
  auto options = topic_framing(":", {"#"});
  options.mqtt_prefix = "plant/";
  options.sp_prefix = "q/";
  EXPECT_EQ(made_of(options).sp_prefixes(), std::vector<std::string>{"q/"});
}

TEST(delimiter, is_read_as_it_is_written) {
  EXPECT_EQ(read_delimiter("/"), "/");
  EXPECT_EQ(read_delimiter("\\0"), "\0"s);
  EXPECT_EQ(read_delimiter("\\t\\n\\r\\\\"), "\t\n\r\\");
  EXPECT_EQ(read_delimiter("<\\x1F\\xff>"), "<\x1F\xff>"s);
  for (const auto* const wrong : {"\\", "a\\", "\\q", "\\x1", "\\x1g", "\\xg1", "\\x"})
    EXPECT_EQ(read_delimiter(wrong), std::nullopt) << wrong;
}

TEST(shared_filters, are_named_when_they_bring_back_what_is_published) {
  const auto echo = [](sp_mapping_options options) { return std::string(made_of(std::move(options)).shared_echo()); };
  EXPECT_EQ(echo({.filters = {"$share/g/a/#"}, .to = "a/b"}), "$share/g/a/#");
  EXPECT_EQ(echo({.filters = {"a/#", "$share/g/c"}, .to = "a/b"}), "");
  EXPECT_EQ(echo({.filters = {"a/#"}, .to = "a/b"}), "");
  EXPECT_EQ(echo(topic_framing(":", {"b", "$share/g/a/#"})), "$share/g/a/#");
  auto constant = topic_framing(":", {"$share/g/a/#"});
  constant.to = "out";
  EXPECT_EQ(echo(constant), "");
  constant.to = "a/{1}";
  EXPECT_EQ(echo(constant), "$share/g/a/#");
}

}  // namespace
}  // namespace nanomq::bridge
