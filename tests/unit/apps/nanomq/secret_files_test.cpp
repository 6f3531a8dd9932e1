#include "secret_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace nanomq::program {
namespace {

class secret_files : public ::testing::Test {
 protected:
  std::string file(const std::string& name, mode_t mode) {
    const std::string path = ::testing::TempDir() + "secret_files_" + std::to_string(::getpid()) + "_" + name;
    std::ofstream(path) << "secret";
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    made_.push_back(path);
    return path;
  }
  void TearDown() override {
    for (const auto& one : made_) ::unlink(one.c_str());
  }

 private:
  std::vector<std::string> made_;
};

TEST_F(secret_files, that_others_can_read_are_told_with_what_to_do) {
  config::settings all;
  broker::listener_options secure;
  secure.kind = broker::listener_kind::ssl;
  secure.certificate.key_file = file("server.key", 0644);
  secure.tls.psk_file = file("keys.psk", 0640);
  all.broker.listeners = {secure, secure};
  all.access.password_file = file("users", 0600);
  const auto lines = readable_secrets(all);
  ASSERT_EQ(lines.size(), 2U) << "each once, and not the one that is the broker's own";
  const std::string& key = secure.certificate.key_file;
  EXPECT_EQ(lines[0], "key file " + key + " can be read by everybody on this machine: chmod 600 " + key);
  EXPECT_NE(lines[1].find("can be read by its group"), std::string::npos) << lines[1];
}

TEST_F(secret_files, of_clients_for_http_are_looked_at_where_they_are_used) {
  config::settings all;
  all.access.http.key_file = file("auth.key", 0644);
  all.webhook.key_file = file("hook.key", 0640);
  EXPECT_TRUE(readable_secrets(all).empty());
  all.access.http.auth.url = "https://127.0.0.1/";
  all.webhook.url = "https://127.0.0.1/";
  all.webhook.events = {{webhook::event_kind::client_connected}};
  const auto lines = readable_secrets(all);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("auth.key can be read by everybody"), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("hook.key can be read by its group"), std::string::npos) << lines[1];
}

TEST_F(secret_files, that_are_not_there_are_somebody_elses_business) {
  config::settings all;
  all.access.password_file = "/nonexistent/users";
  EXPECT_TRUE(readable_secrets(all).empty());
}

}  // namespace
}  // namespace nanomq::program
