#include "nanolib/base/event_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "nanolib/base/json_writer.hpp"

namespace nanolib {
namespace {

TEST(event_text, writes_name_and_fields) {
  EXPECT_EQ(event_text("listening", {{"url", "mqtt-tcp://127.0.0.1:1883"}, {"shards", 2}}),
            "listening url=mqtt-tcp://127.0.0.1:1883 shards=2");
  EXPECT_EQ(event_text("stopped", {}), "stopped");
  EXPECT_EQ(event_text("e", {{"yes", true}, {"no", false}}), "e yes=true no=false");
  EXPECT_EQ(event_text("e", {{"n", std::int64_t{-5}}, {"empty", ""}}), "e n=-5 empty=\"\"");
}

// THREATS 67: a client's name cannot forge a second line or a field.
TEST(event_text, escapes_what_a_client_may_send) {
  EXPECT_EQ(event_text("e", {{"id", "a b"}}), "e id=\"a b\"");
  EXPECT_EQ(event_text("e", {{"id", "x\nconnected id=\"root\""}}), R"(e id="x\nconnected id=\"root\"")");
  EXPECT_EQ(event_text("e", {{"id", "a=b"}}), "e id=\"a=b\"");
  EXPECT_EQ(event_text("e", {{"id", std::string_view("\x1b[2J\r\t\\\0\x7f\xc2\x85", 11)}}),
            R"(e id="\x1b[2J\r\t\\\x00\x7f\xc2\x85")");
}

TEST(event_text, cuts_long_values) {
  const auto text = event_text("e", {{"id", std::string(70'000, 'x')}});
  EXPECT_EQ(text, "e id=\"" + std::string(256, 'x') + "...\"");
}

constexpr wall_time a_moment{duration{1'795'355'882'780}};

TEST(iso_time, has_the_form_of_rfc_3339) {
  std::string out;
  append_iso_time(out, a_moment);
  EXPECT_EQ(out, "2026-11-22T13:58:02.780Z");
  out.clear();
  append_iso_time(out, wall_time{});
  EXPECT_EQ(out, "1970-01-01T00:00:00.000Z");
}

// What follows the time and the head that all of these have.
std::string json_of(std::initializer_list<log_field> fields) {
  constexpr std::string_view head = R"({"ts":"2026-11-22T13:58:02.780Z","level":"warn","component":"tls","event":"e")";
  const auto line = event_json({log_component::tls, log_level::warn, "e", {fields.begin(), fields.size()}}, a_moment);
  EXPECT_TRUE(line.starts_with(head)) << line;
  return line.substr(std::min(head.size(), line.size()));
}

bool is_json(std::string_view text) {
  std::string copied;
  json_writer into(copied);
  return copy_json(into, text);
}

TEST(event_json, has_typed_fields) {
  EXPECT_EQ(json_of({{"n", -5}, {"on", true}, {"id", "a"}}), R"(,"n":-5,"on":true,"id":"a"})");
}

// THREATS 67: whatever a client puts into its name, the line is one JSON object with the members that it should have.
TEST(event_json, is_json_whatever_clients_put_into_names) {
  EXPECT_EQ(json_of({{"id", "\",\"level\":\"fatal\n"}}), R"(,"id":"\",\"level\":\"fatal\n"})");
  EXPECT_EQ(json_of({{"id", std::string_view("\xff\x1b\0\xc3", 4)}}),
            ",\"id\":\"\xEF\xBF\xBD\\u001b\\u0000\xEF\xBF\xBD\"}");
  // Cut in the middle of a character.
  const auto cut = json_of({{"id", std::string(255, 'x') + "\xC3\xA4"}});
  EXPECT_TRUE(cut.ends_with("x\xEF\xBF\xBD...\"}")) << cut;
  EXPECT_TRUE(is_json("{\"a\":0" + cut));
}

TEST(event_json, does_not_let_a_field_replace_what_every_line_has) {
  EXPECT_EQ(json_of({{"event", "x"}, {"ts", 1}}), R"(,"event_":"x","ts_":1})");
}

TEST(event_json, is_bounded) {
  const std::string worst(70'000, '\x01');
  const auto tail = json_of({{"a", worst}, {"b", worst}, {"c", worst}});
  EXPECT_LT(tail.size(), longest_json_event);
  EXPECT_TRUE(tail.ends_with(",\"cut\":true}")) << tail;
  EXPECT_TRUE(is_json("{\"z\":0" + tail));
}

}  // namespace
}  // namespace nanolib
