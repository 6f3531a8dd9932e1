#include "nanomq/tools/message_format.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "nanonng/mqtt/encoder.hpp"

namespace nanomq::tools {
namespace {

using nanonng::mqtt::property_id;
using nanonng::mqtt::quality_of_service;

class formats : public ::testing::Test {
 protected:
  formats() {
    when_.seconds = 1'470'818'943;
    when_.nanoseconds = 86'368'637;
    ::gmtime_r(&when_.seconds, &when_.parts);
    message_.topic = "f/1";
    message_.payload = nanolib::as_bytes("hello");
    message_.qos = quality_of_service::at_least_once;
    message_.retain = true;
    message_.packet_identifier = 7;
  }

  void add_properties() {
    block_.text(property_id::content_type, "text/plain");
    block_.binary(property_id::correlation_data, nanolib::as_bytes("c\"d"));
    block_.byte(property_id::payload_format_indicator, 1);
    block_.text(property_id::response_topic, "r/t");
    block_.text_pair(property_id::user_property, "a", "1");
    block_.text_pair(property_id::user_property, "b", "2");
    block_.text_pair(property_id::user_property, "a", "3");
    block_.four_byte(property_id::message_expiry_interval, 599);
    block_.variable_byte(property_id::subscription_identifier, 1);
    message_.properties = block_.block();
  }

  std::string shown(std::string_view format) {
    const auto made = message_format::parse(format);
    if (!made) return "refused: " + made.error();
    std::string out;
    complaint_.clear();
    made->append_to(out, message_, when_, indented_, complaint_);
    return out;
  }
  std::string json(const json_form& form) {
    std::string out = "before ";
    EXPECT_TRUE(append_json(out, message_, when_, form));
    return out.substr(7);
  }

  shown_message message_;
  local_time when_;
  nanonng::mqtt::property_writer block_;
  std::string complaint_;
  bool indented_ = false;
};

// What mosquitto_sub 2.0.11 prints for the same message.

TEST_F(formats, every_plain_field) {
  EXPECT_EQ(shown("%t|%p|%q|%r|%l|%m|%%|%x|%X|@@"), "f/1|hello|1|1|5|7|%|68656c6c6f|68656C6C6F|@");
}

TEST_F(formats, every_escape) {
  EXPECT_EQ(shown("\\\\|\\0|\\a|\\e|\\n|\\r|\\t|\\v"), std::string("\\|\0|\a|\x1b|\n|\r|\t|\v", 15));
}

TEST_F(formats, width_and_precision_of_text) {
  EXPECT_EQ(shown("[%10t] [%-10t] [%.2t] [%10.2t] [%-10.2t] [%010t] [%2t]"),
            "[       f/1] [f/1       ] [f/] [        f/] [f/        ] [       f/1] [f/1]");
}

TEST_F(formats, the_width_of_a_payload_is_its_longest_too) {
  EXPECT_EQ(shown("[%10p] [%-10p] [%010p] [%3p] [%-3p] [%.2p] [%10.2p]"),
            "[     hello] [hello     ] [00000hello] [hel] [hel] [hello] [     hello]");
}

TEST_F(formats, width_of_numbers) {
  message_.packet_identifier = 0;
  EXPECT_EQ(shown("[%l] [%4l] [%-4l] [%04l] [%4m] [%5q] [%5r] [%-04l] [%.3l]"),
            "[5] [   5] [5   ] [0005] [   0] [1] [1] [5   ] [5]");
}

TEST_F(formats, properties_that_are_not_there) {
  EXPECT_EQ(shown("[%A] [%C] [%D] [%E] [%F] [%P] [%R] [%S] [%5A] [%05A] [%5C] [%-5C] [%5E] [%5F] [%5R] [%5S]"),
            "[] [] [] [] [] [] [] [] [     ] [00000] [     ] [     ] [     ] [     ] [] [     ]");
}

TEST_F(formats, properties_that_are_there) {
  add_properties();
  EXPECT_EQ(
      shown("[%A] [%C] [%D] [%F] [%P] [%R] [%S] [%5A] [%15C] [%-15C] [%.4C] [%3F] [%03F] [%8R] [%5S] [%E]"),
      "[] [text/plain] [c\"d] [1] [a:1 b:2 a:3] [r/t] [] [     ] [     text/plain] [text/plain     ] [text] [  1] "
      "[001] [     r/t] [     ] [599]");
}

TEST_F(formats, the_subscription_identifier_is_the_one_that_was_asked_for) {
  add_properties();
  message_.subscription_identifier = 7;
  EXPECT_EQ(shown("[%S] [%5S] [%-5S] [%05S]"), "[7] [    7] [7    ] [00007]");
}

TEST_F(formats, times) {
  EXPECT_EQ(shown("@Y-@m-@dT@H:@M:@S.@N %U %I [%30I] [%-30I] [%.4I] @s"),
            "2016-08-10T08:49:03.086368637 1470818943.086368637 2016-08-10T08:49:03+0000 "
            "[      2016-08-10T08:49:03+0000] [2016-08-10T08:49:03+0000      ] [2016] 1470818943");
}

TEST_F(formats, times_are_noticed) {
  for (const auto* with : {"%I", "%U", "%j", "%J", "@Y", "@N"}) {
    EXPECT_TRUE(message_format::parse(with)->shows_time()) << with;
  }
  EXPECT_FALSE(message_format::parse("%t %p @@")->shows_time());
}

TEST_F(formats, json_with_the_payload_as_a_string) {
  EXPECT_EQ(shown("%j"),
            R"({"tst":"2016-08-10T08:49:03.086368+0000","topic":"f/1","qos":1,"retain":1,"payloadlen":5,"mid":7,)"
            R"("payload":"hello"})");
}

TEST_F(formats, json_with_the_payload_as_it_is) {
  message_.payload = nanolib::as_bytes(R"( {"a": 1.0, "b":[1,{"c":"x\u00e9\/"}], "n":1e3} )");
  EXPECT_EQ(shown("<%J>"),
            R"(<{"tst":"2016-08-10T08:49:03.086368+0000","topic":"f/1","qos":1,"retain":1,"payloadlen":48,"mid":7,)"
            R"("payload":{"a":1.0,"b":[1,{"c":"x\u00e9\/"}],"n":1e3}}>)");
  EXPECT_EQ(complaint_, "");
}

TEST_F(formats, a_payload_that_is_no_json_is_complained_about) {
  EXPECT_EQ(shown("%t %J after"), "f/1  after");
  EXPECT_EQ(complaint_, "Error: Message payload is not valid JSON on topic f/1.");
}

TEST_F(formats, json_on_several_lines) {
  indented_ = true;
  message_.packet_identifier = 0;
  add_properties();
  EXPECT_EQ(
      shown("%j"),
      "{\n\t\"tst\":\t\"2016-08-10T08:49:03.086368+0000\",\n\t\"topic\":\t\"f/1\",\n\t\"qos\":\t1,\n\t\"retain\":\t1,"
      "\n\t\"payloadlen\":\t5,\n\t\"properties\":\t{\n\t\t\"content-type\":\t\"text/plain\",\n\t\t"
      "\"correlation-data\":\t\"c\\\"d\",\n\t\t\"payload-format-indicator\":\t1,\n\t\t\"response-topic\":\t\"r/t\","
      "\n\t\t\"user-properties\":\t{\n\t\t\t\"a\":\t\"1\",\n\t\t\t\"b\":\t\"2\",\n\t\t\t\"a\":\t\"3\"\n\t\t},\n\t\t"
      "\"message-expiry-interval\":\t599\n\t},\n\t\"payload\":\t\"hello\"\n}");
}

TEST_F(formats, an_empty_payload_is_null) {
  message_.payload = {};
  EXPECT_TRUE(shown("%j").ends_with("\"payload\":null}"));
  EXPECT_TRUE(shown("%J").ends_with("\"payload\":null}"));
}

TEST_F(formats, refuses_in_the_words_of_mosquitto) {
  for (const auto* text : {"%", "%0", "%-", "%1", "%.", "%.1", "@", "x%"}) {
    EXPECT_EQ(shown(text), "refused: Incomplete format specifier.") << text;
  }
  EXPECT_EQ(shown("%Z"), "refused: Invalid format specifier 'Z'.");
  EXPECT_EQ(shown("%0-5t"), "refused: Invalid format specifier '-'.");
  EXPECT_EQ(shown("\\"), "refused: Incomplete escape specifier.");
  EXPECT_EQ(shown("\\Z"), "refused: Invalid escape specifier 'Z'.");
}

// What came with mosquitto 2.1.

TEST_F(formats, hexadecimal_in_groups) {
  EXPECT_EQ(shown("%.2x %.2:x %.4-X %.3x"), "68 65 6c 6c 6f 68:65:6c:6c:6f 6865-6C6C-6F 686 56c 6c6 f");
}

TEST_F(formats, the_width_of_hexadecimal_is_its_least) {
  EXPECT_EQ(shown("[%4x] [%12x] [%-12x] [%012x]"), "[68656c6c6f] [  68656c6c6f] [68656c6c6f  ] [0068656c6c6f]");
}

TEST_F(formats, floating_point_payloads) {
  const double wide = 2.5;
  char bytes[sizeof wide];
  std::memcpy(bytes, &wide, sizeof wide);
  message_.payload = nanolib::as_bytes(std::string_view(bytes, sizeof wide));
  EXPECT_EQ(shown("[%d] [%.1d] [%8.2d] [%-8.2d] [%08.2d]"), "[2.500000] [2.5] [    2.50] [2.50    ] [00002.50]");
  EXPECT_EQ(shown("[%f]"), "[]");
  EXPECT_EQ(complaint_, "Error: requested float printing, but non-float data received");
  const float narrow = -0.25F;
  std::memcpy(bytes, &narrow, sizeof narrow);
  message_.payload = nanolib::as_bytes(std::string_view(bytes, sizeof narrow));
  EXPECT_EQ(shown("[%.2f]"), "[-0.25]");
}

TEST_F(formats, enormous_widths_are_cut) { EXPECT_EQ(shown("%99999999999t").size(), 100'000U); }

// Ours.

TEST_F(formats, exact_json_tells_bytes_from_text) {
  message_.payload = nanolib::as_bytes(std::string_view("\xff\0\x01", 3));
  EXPECT_TRUE(json({.exact = true}).ends_with(R"("payloadlen":3,"mid":7,"payload_base64":"/wAB"})"));
  message_.payload = nanolib::as_bytes("\xff");
  EXPECT_TRUE(json({.exact = true}).ends_with(R"("payload_base64":"/w=="})"));
  message_.payload = nanolib::as_bytes("\xff\xfe");
  EXPECT_TRUE(json({.exact = true}).ends_with(R"("payload_base64":"//4="})"));
  EXPECT_TRUE(json({}).ends_with("\"payload\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"}"));
  message_.payload = {};
  EXPECT_TRUE(json({.exact = true}).ends_with(R"("payload":""})"));
}

TEST_F(formats, exact_json_keeps_the_order_of_user_properties) {
  add_properties();
  message_.subscription_identifier = 3;
  EXPECT_TRUE(json({.exact = true})
                  .ends_with(R"("user-properties":[{"a":"1"},{"b":"2"},{"a":"3"}],"message-expiry-interval":599,)"
                             R"("subscription-identifier":3},"payload":"hello"})"));
}

TEST(local_clock, tells_the_time_of_this_machine) {
  local_clock clock;
  const auto before = std::time(nullptr);
  const auto& now = clock.now();
  EXPECT_GE(now.seconds, before);
  std::tm parts = now.parts;
  EXPECT_EQ(std::mktime(&parts), now.seconds);
}

}  // namespace
}  // namespace nanomq::tools
