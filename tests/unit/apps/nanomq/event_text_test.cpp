#include "event_text.hpp"

#include <gtest/gtest.h>

namespace nanomq::program {
namespace {

TEST(event_text, writes_name_and_fields) {
  EXPECT_EQ(event_text("listening", {{"url", "mqtt-tcp://127.0.0.1:1883"}, {"shards", 2}}),
            "listening url=mqtt-tcp://127.0.0.1:1883 shards=2");
  EXPECT_EQ(event_text("stopped", {}), "stopped");
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

}  // namespace
}  // namespace nanomq::program
