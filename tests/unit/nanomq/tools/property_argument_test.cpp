#include "nanomq/tools/property_argument.hpp"

#include <gtest/gtest.h>

namespace nanomq::tools {
namespace {

using nanonng::mqtt::property_id;
using nanonng::mqtt::property_place;
using words = std::vector<std::string_view>;

std::string refusal(const words& given) {
  property_arguments list;
  std::string why;
  EXPECT_EQ(list.read(given, why), 0U);
  EXPECT_TRUE(list.empty());
  return why;
}

TEST(property_argument, takes_three_words_and_four_for_a_pair) {
  property_arguments list;
  std::string why;
  EXPECT_EQ(list.read(words{"publish", "content-type", "text/plain", "-m", "x"}, why), 3U);
  EXPECT_EQ(list.read(words{"PUBLISH", "user-property", "-k", "-v", "-q"}, why), 4U);
  EXPECT_EQ(list.read(words{"connect", "receive-maximum", "7"}, why), 3U);
  ASSERT_EQ(list.all().size(), 3U);
  EXPECT_EQ(list.all()[0].text, "text/plain");
  EXPECT_EQ(list.all()[1].text, "-k");
  EXPECT_EQ(list.all()[1].value, "-v");
  EXPECT_EQ(list.all()[2].number, 7U);
  EXPECT_EQ(list.find(property_place::connect, property_id::receive_maximum)->number, 7U);
  EXPECT_EQ(list.find(property_place::will, property_id::receive_maximum), nullptr);
}

TEST(property_argument, refuses_in_the_words_of_mosquitto) {
  EXPECT_EQ(refusal({"publish", "content-type"}), "--property argument given but not enough arguments specified.");
  EXPECT_EQ(refusal({"publish", "user-property", "k"}),
            "--property argument given but not enough arguments specified.");
  EXPECT_EQ(refusal({"invalid", "receive-maximum", "1"}), "Invalid command given in --property argument.");
  EXPECT_EQ(refusal({"connect", "invalid", "1"}), "Invalid property name given in --property argument.");
  EXPECT_EQ(refusal({"connect", "will-delay-interval", "1"}),
            "will-delay-interval property not allowed for connect in --property argument.");
  EXPECT_EQ(refusal({"auth", "authentication-method", "1"}),
            "authentication-method property not supported for auth in --property argument.");
  EXPECT_EQ(refusal({"publish", "subscription-identifier", "1"}),
            "subscription-identifier property not supported for publish in --property argument.");
  EXPECT_EQ(refusal({"connect", "receive-maximum", "65536"}),
            "Property value (65536) out of range for property receive-maximum.");
  EXPECT_EQ(refusal({"connect", "request-problem-information", "-1"}),
            "Property value (-1) out of range for property request-problem-information.");
  EXPECT_EQ(refusal({"connect", "receive-maximum", "1x"}),
            "Property value (1x) out of range for property receive-maximum.");
  EXPECT_EQ(refusal({"subscribe", "subscription-identifier", "268435456"}),
            "Property value (268435456) out of range for property subscription-identifier.");
}

TEST(property_argument, refuses_text_that_is_not_utf8_or_too_long) {
  EXPECT_EQ(refusal({"publish", "content-type", "\xff"}), "Malformed UTF-8 in property content-type.");
  EXPECT_EQ(refusal({"publish", "user-property", "a", "\xff"}), "Malformed UTF-8 in property user-property.");
  EXPECT_EQ(refusal({"publish", "correlation-data", std::string(65'536, 'x')}),
            "Property value too long for property correlation-data.");
}

TEST(property_argument, binary_data_may_be_any_bytes) {
  property_arguments list;
  std::string why;
  EXPECT_EQ(list.read(words{"publish", "correlation-data", "\xff\x01"}, why), 3U);
  EXPECT_EQ(list.all()[0].text, "\xff\x01");
}

TEST(property_argument, finds_what_is_given_twice_and_may_not_be) {
  property_arguments list;
  std::string why;
  (void)list.read(words{"publish", "user-property", "a", "1"}, why);
  (void)list.read(words{"publish", "user-property", "a", "1"}, why);
  (void)list.read(words{"publish", "content-type", "x"}, why);
  (void)list.read(words{"will", "content-type", "y"}, why);
  EXPECT_EQ(list.check(), "");
  (void)list.read(words{"publish", "content-type", "z"}, why);
  EXPECT_EQ(list.check(), "The property content-type may be given once only.");
}

}  // namespace
}  // namespace nanomq::tools
