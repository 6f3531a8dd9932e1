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

// Every setting, those of listeners with a kind that has them.
std::vector<setting> in_sample() {
  std::vector<setting> all;
  for (const auto& row : options()) all.emplace_back(row);
  for (const auto& row : listener_rows()) {
    const auto kind = (row.kinds & on_tcp) != 0 ? "tcp" : (row.kinds & on_ssl) != 0 ? "ssl" : "ws";
    all.push_back(*find_setting("listeners." + std::string(kind) + "." + std::string(row.key)));
  }
  return all;
}

// The sample with every setting in force.
std::string without_comment_marks(const std::string& sample) {
  std::string out = "\n" + sample;
  for (const auto& one : in_sample()) {
    const auto at = out.find("\n#" + one.key() + " = ");
    EXPECT_NE(at, std::string::npos) << one.key();
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
  for (const auto& one : in_sample()) {
    EXPECT_EQ(one.get(made.values()), one.get(defaults)) << one.key();
    EXPECT_TRUE(made.origin(one.key()).starts_with("sample:")) << one.key();
  }
}

TEST(document, printed_configuration_can_be_read_again) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.assign("listeners.tcp.bind=127.0.0.1:1,[::1]:2", why)) << why;
  ASSERT_TRUE(made.assign("mqtt.max_session_expiry=4294967295s", why)) << why;
  ASSERT_TRUE(made.assign("listeners.ssl.plant.bind=*:8883,unix:///tmp/s", why)) << why;
  ASSERT_TRUE(made.assign("listeners.ssl.plant.more_certificates=a.pem:a.key", why)) << why;
  ASSERT_TRUE(made.assign("listeners.ssl.plant.unix_mode=0660", why)) << why;
  ASSERT_TRUE(made.assign("listeners.ws.bind=127.0.0.1:8083/path", why)) << why;
  ASSERT_TRUE(made.assign("listeners.ws.allow_anonymous=true", why)) << why;
  configuration again;
  ASSERT_TRUE(again.read_text(print_configuration(made), "printed", why)) << why;
  for (const auto& one : settings_in(made.values()))
    EXPECT_EQ(one.get(again.values()), one.get(made.values())) << one.key();
}

}  // namespace
}  // namespace nanomq::config
