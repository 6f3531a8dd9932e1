// What cannot be used says so, names the file and says what to do.
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tls_fixture.hpp"

namespace nanonng::net {
namespace {

using test::certificate_file;
using test::usual_client;
using test::usual_server;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string refusal(const tls_server_options& options) {
  std::string why;
  const auto made = tls_context::server(options, why);
  EXPECT_FALSE(made);
  EXPECT_EQ(made ? nanolib::error_domain::sys : made.error().domain, nanolib::error_domain::config);
  return why;
}

std::string refusal(const tls_client_options& options) {
  std::string why;
  EXPECT_FALSE(tls_context::client(options, why));
  return why;
}

TEST(tls_context_options, a_listener_needs_a_certificate_or_keys) {
  EXPECT_THAT(refusal(tls_server_options{}), HasSubstr("needs a certificate"));
}

TEST(tls_context_options, names_a_file_that_cannot_be_read) {
  tls_server_options options = usual_server();
  options.credentials[0].certificate_file = "/nonexistent/server.crt";
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("/nonexistent/server.crt"), HasSubstr("No such file")));
  options = usual_server();
  options.credentials[0].key_file = "/nonexistent/server.key";
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("key file"), HasSubstr("/nonexistent/server.key")));
  options.credentials[0].key_file.clear();
  EXPECT_THAT(refusal(options), HasSubstr("has no key file beside it; set keyfile (--key) too"));
  options = usual_server();
  options.ca_file = certificate_file("empty.crt");
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("empty.crt"), HasSubstr("is empty")));
  options = usual_server();
  options.ca_directory = "/nonexistent";
  EXPECT_THAT(refusal(options), HasSubstr("/nonexistent"));
  options = usual_server();
  options.crl_file = certificate_file("ca.crt");
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("revocation list"), HasSubstr("ca.crt")));
}

TEST(tls_context_options, names_a_file_that_holds_something_else) {
  tls_server_options options = usual_server();
  options.credentials[0].certificate_file = certificate_file("broken.crt");
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("broken.crt"), HasSubstr("BEGIN CERTIFICATE")));
  options = usual_server();
  options.credentials[0].key_file = certificate_file("server.crt");
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("server.crt"), HasSubstr("BEGIN PRIVATE KEY")));
}

TEST(tls_context_options, wants_the_key_of_the_certificate) {
  tls_server_options options = usual_server();
  options.credentials[0].key_file = certificate_file("device.key");
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("device.key"), HasSubstr("is not the key of")));
}

TEST(tls_context_options, opens_a_key_with_its_password) {
  for (const char* const name : {"locked.key", "locked8.key"}) {
    tls_server_options options = usual_server();
    options.credentials[0].key_file = certificate_file(name);
    EXPECT_THAT(refusal(options), AllOf(HasSubstr(name), HasSubstr("give its password")));
    options.credentials[0].key_password = "wrong";
    EXPECT_THAT(refusal(options), AllOf(HasSubstr(name), HasSubstr("does not open it")));
    options.credentials[0].key_password = "open-sesame";
    EXPECT_NE(test::server_context(options), nullptr);
  }
}

TEST(tls_context_options, tells_how_to_convert_a_key_that_mbedtls_cannot_open) {
  tls_server_options options = usual_server();
  options.credentials[0].key_file = certificate_file("modern.key");
  options.credentials[0].key_password = "open-sesame";
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("modern.key"), HasSubstr("openssl pkey")));
}

TEST(tls_context_options, client_certificates_need_authorities) {
  tls_server_options options = usual_server();
  options.ask = client_certificates::optional;
  EXPECT_THAT(refusal(options), HasSubstr("name the CA file"));
}

TEST(tls_context_options, knows_ciphers_by_their_names) {
  tls_server_options options = usual_server();
  options.ciphers = {"ECDHE-RSA-AES128-GCM-SHA999"};
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("ECDHE-RSA-AES128-GCM-SHA999"), HasSubstr("write names like")));
}

TEST(tls_context_options, refuses_a_protocol_without_a_name) {
  tls_server_options options = usual_server();
  options.protocols = {""};
  EXPECT_THAT(refusal(options), HasSubstr("ALPN"));
}

TEST(tls_context_options, tells_the_line_of_a_bad_key_but_not_the_key) {
  tls_server_options options = usual_server();
  options.psk_file = certificate_file("broken.psk");
  EXPECT_THAT(refusal(options), AllOf(HasSubstr("broken.psk, line 1"), ::testing::Not(HasSubstr("0g"))));
}

// THREATS 77: whatever an editor makes of the file, nobody has a key who was not meant to.
TEST(tls_context_options, read_a_file_of_keys_whole_or_not_at_all) {
  struct row {
    std::string text;
    const char* said;  // empty: it is taken
  };
  const std::vector<row> rows{
      {"a:0a0b\n", ""},
      {"\xef\xbb\xbf"
       "a:0a0b\r\n# a comment\r\n\r\nb:0c0d",
       ""},
      {"", "is empty"},
      {"\xef\xbb\xbf", "holds no key"},
      {"# only a comment\r\n", "holds no key"},
      {"a:0a0b\nb:0c0d\na:0e0f\n", "line 3: this identity has a key already"},
      {"a:0a0b\na:0a0b\n", "line 2: this identity has a key already"},
      {"a:0a0b\nb\n", "line 2: write identity:key"},
      {"a:0a0b\n:0c0d\n", "line 2: write identity:key"},
      {std::string(3'000, 'x') + ":0a0b\n", "line 1: write identity:key"},
      {"a:" + std::string(3'000, '0') + "\n", "line 1: write identity:key"},
  };
  for (const row& one : rows) {
    std::string path = ::testing::TempDir() + "nanomq_psk_XXXXXX";
    const int file = ::mkstemp(path.data());
    ASSERT_GE(file, 0);
    ASSERT_EQ(::write(file, one.text.data(), one.text.size()), static_cast<ssize_t>(one.text.size()));
    ::close(file);
    tls_server_options options;
    options.psk_file = path;
    if (*one.said == '\0') {
      EXPECT_NE(test::server_context(options), nullptr) << one.text;
    } else {
      EXPECT_THAT(refusal(options), AllOf(HasSubstr(path), HasSubstr(one.said))) << one.text;
    }
    ::unlink(path.c_str());
  }
}

TEST(tls_context_options, a_clients_key_is_hexadecimal_and_has_an_identity) {
  tls_client_options options = usual_client();
  options.psk_identity = "sensor";
  for (const char* const key : {"", "0", "xy", "0a0"}) {
    options.psk_key = key;
    EXPECT_THAT(refusal(options), HasSubstr("hexadecimal")) << key;
  }
  options.psk_identity = "";
  options.psk_key = "0a";
  EXPECT_THAT(refusal(options), HasSubstr("identity"));
}

}  // namespace
}  // namespace nanonng::net
