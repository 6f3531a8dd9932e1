// The three files that NanoMQ brings along, in our words: they are read as they are.
#include <gtest/gtest.h>

#include <algorithm>

#include "nanomq/config/configuration.hpp"

namespace nanomq::config {
namespace {

const std::string directory = NANOMQ_SOURCE_DIR "/tests/unit/nanomq/config/nanomq_files/";

TEST(nanomq_files, mean_what_they_mean_to_nanomq) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_file(directory + "nanomq.conf", why)) << why;
  const auto& values = made.values();
  EXPECT_TRUE(values.allow_anonymous);
  EXPECT_EQ(values.broker.limits.max_packet_size, 268'435'456U);
  EXPECT_EQ(values.broker.limits.max_queue_messages, 2048U);
  EXPECT_EQ(effective_listeners(values).size(), 2U);
  EXPECT_EQ(made.origin("auth.no_match"), directory + "nanomq.conf:" + "70");
}

TEST(nanomq_files, are_warned_about_where_they_have_no_meaning_here) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_file(directory + "nanomq.conf", why)) << why;
  std::string lines;
  for (const auto& line : made.warnings()) lines += line.substr(directory.size()) + "\n";
  EXPECT_EQ(lines, R"()");
}

}  // namespace
}  // namespace nanomq::config
