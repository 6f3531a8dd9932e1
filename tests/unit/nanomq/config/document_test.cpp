#include "nanomq/config/document.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace nanomq::config {
namespace {

std::string committed(const std::string& path) {
  std::ifstream file(std::string(NANOMQ_SOURCE_DIR "/") + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The sample with every setting in force.
std::string without_comment_marks(const std::string& sample) {
  std::string out = "\n" + sample;
  for (const auto& row : options()) {
    const auto at = out.find("\n#" + std::string(row.key) + " = ");
    EXPECT_NE(at, std::string::npos) << row.key;
    out.erase(at + 1, 1);
  }
  return out;
}

TEST(document, sample_file_is_the_committed_one) {
  EXPECT_EQ(sample_file(), committed("etc/nanomq.conf")) << "nanomq start --print-config=sample > etc/nanomq.conf";
}

TEST(document, reference_is_the_committed_one) {
  EXPECT_EQ(reference(), committed("docs/config.md")) << "nanomq start --print-config=reference > docs/config.md";
}

TEST(document, sample_file_changes_nothing_as_it_is) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_text(sample_file(), "sample", why)) << why;
  EXPECT_EQ(print_configuration(made), print_configuration({}));
}

TEST(document, sample_file_sets_the_defaults_without_its_comment_marks) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_text(without_comment_marks(sample_file()), "sample", why)) << why;
  const settings defaults;
  for (const auto& row : options()) {
    EXPECT_EQ(row.get(made.values()), row.get(defaults)) << row.key;
    EXPECT_TRUE(made.origin(row).starts_with("sample:")) << row.key;
  }
}

TEST(document, printed_configuration_can_be_read_again) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.assign("listeners.tcp.bind=127.0.0.1:1,[::1]:2", why)) << why;
  ASSERT_TRUE(made.assign("mqtt.max_session_expiry=4294967295s", why)) << why;
  configuration again;
  ASSERT_TRUE(again.read_text(print_configuration(made), "printed", why)) << why;
  for (const auto& row : options()) EXPECT_EQ(row.get(again.values()), row.get(made.values())) << row.key;
}

}  // namespace
}  // namespace nanomq::config
