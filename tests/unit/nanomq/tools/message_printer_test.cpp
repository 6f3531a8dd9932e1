#include "nanomq/tools/message_printer.hpp"

#include <gtest/gtest.h>

namespace nanomq::tools {
namespace {

// What is printed for messages of one topic.
std::string printed(print_options options, std::initializer_list<std::string_view> payloads) {
  message_printer printer(std::move(options), 7);
  std::string out = printer.heading("broker");
  std::string complaint;
  for (const auto payload : payloads) {
    printer.print(out, {.topic = "a/b", .payload = nanolib::as_bytes(payload), .properties = {}}, complaint);
  }
  EXPECT_EQ(complaint, "");
  return out;
}

TEST(message_printer, prints_payloads_on_lines_and_nothing_for_an_empty_one) {
  EXPECT_EQ(printed({}, {"one", "", "two"}), "one\ntwo\n");
  EXPECT_EQ(printed({.line_end = false}, {"one", "", "two"}), "onetwo");
}

TEST(message_printer, verbose_is_topic_and_payload) {
  EXPECT_EQ(printed({.verbose = true}, {"one", ""}), "a/b one\na/b (null)\n");
  EXPECT_EQ(printed({.verbose = true, .line_end = false}, {"one", ""}), "a/b one");
}

TEST(message_printer, a_format_comes_before_verbose) {
  auto format = message_format::parse("%t=%p");
  EXPECT_EQ(printed({.format = *format, .verbose = true}, {"one", ""}), "a/b=one\na/b=\n");
  EXPECT_EQ(printed({.format = *format, .line_end = false}, {"one"}), "a/b=one");
}

TEST(message_printer, json_is_one_line) {
  const auto out = printed({.json = true, .verbose = true}, {"one"});
  EXPECT_TRUE(out.starts_with("{\"tst\":\""));
  EXPECT_TRUE(out.ends_with("\"topic\":\"a/b\",\"qos\":0,\"retain\":0,\"payloadlen\":3,\"payload\":\"one\"}\n")) << out;
}

TEST(message_printer, a_percentage_is_printed) {
  message_printer printer({.percentage = 20}, 7);
  std::string out;
  std::string complaint;
  for (int i = 0; i < 10'000; ++i) {
    printer.print(out, {.topic = "t", .payload = nanolib::as_bytes("x"), .properties = {}}, complaint);
  }
  EXPECT_GT(out.size(), 2 * 1'700U);
  EXPECT_LT(out.size(), 2 * 2'300U);
}

TEST(message_printer, watching_gives_each_topic_a_line) {
  message_printer printer({.verbose = true, .watch = true}, 7);
  std::string out = printer.heading("broker");
  EXPECT_EQ(out, "\x1b[2J\x1b[1;1HBroker: broker\n");
  out.clear();
  std::string complaint;
  for (const auto* topic : {"a", "b", "a"}) {
    printer.print(out, {.topic = topic, .payload = nanolib::as_bytes("x"), .properties = {}}, complaint);
  }
  EXPECT_EQ(out,
            "\x1b[2;1H\x1b[Ka x\n\x1b[2;1H\n"
            "\x1b[3;1H\x1b[Kb x\n\x1b[3;1H\n"
            "\x1b[2;1H\x1b[Ka x\n\x1b[3;1H\n");
}

TEST(message_printer, watches_so_many_topics_and_no_more) {
  message_printer printer({.watch = true}, 7);
  std::string out;
  std::string complaint;
  for (std::size_t i = 0; i < message_printer::most_watched; ++i) {
    printer.print(out, {.topic = std::to_string(i), .payload = nanolib::as_bytes("x"), .properties = {}}, complaint);
  }
  out.clear();
  printer.print(out, {.topic = "one more", .payload = nanolib::as_bytes("x"), .properties = {}}, complaint);
  EXPECT_EQ(out, "");
  printer.print(out, {.topic = "7", .payload = nanolib::as_bytes("x"), .properties = {}}, complaint);
  EXPECT_NE(out, "");
}

}  // namespace
}  // namespace nanomq::tools
