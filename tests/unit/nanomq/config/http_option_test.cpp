// auth.http_auth, as NanoMQ writes it and as the table has it.
#include <gtest/gtest.h>

#include "nanomq/config/configuration.hpp"
#include "nanomq/config/document.hpp"

namespace nanomq::config {
namespace {

using fields = access::http_question_settings::fields;

configuration read(std::string_view text) {
  configuration made;
  std::string why;
  const auto done = made.read_text(text, "f", why);
  EXPECT_TRUE(done) << why;
  return made;
}

std::string complaint(std::string_view text) {
  configuration made;
  std::string why;
  EXPECT_FALSE(made.read_text(text, "f", why)) << text;
  return why;
}

TEST(http_options, are_read_as_nanomq_writes_them) {
  const configuration made = read(R"(
    auth.http_auth {
      auth_req {
        url = "http://127.0.0.1:80/mqtt/auth"
        method = "post"
        headers.content-type = "application/x-www-form-urlencoded"
        params = {clientid = "%c", username = "%u", password = "%P"}
      }
      super_req {
        url = "http://127.0.0.1:80/mqtt/superuser"
        method = "post"
        headers.content-type = "application/x-www-form-urlencoded"
        params = {clientid = "%c", username = "%u", password = "%P"}
      }
      acl_req {
        url = "https://127.0.0.1/mqtt/acl"
        method = "get"
        headers = {content-type = "application/json", x = "a=b"}
        params = {clientid = "%c", access = "%A", topic = "%t", mountpoint = "%m"}
      }
      timeout = 7s
      connect_timeout = 3s
      pool_size = 16
      cache_ttl = 2m
    })");
  EXPECT_TRUE(made.warnings().empty());
  const access::http_settings& http = made.values().access.http;
  EXPECT_EQ(http.auth.url, "http://127.0.0.1:80/mqtt/auth");
  EXPECT_TRUE(http.auth.is_post);
  EXPECT_EQ(http.auth.headers, (fields{{"content-type", "application/x-www-form-urlencoded"}}));
  EXPECT_EQ(http.auth.params, (fields{{"clientid", "%c"}, {"username", "%u"}, {"password", "%P"}}));
  EXPECT_EQ(http.super.url, "http://127.0.0.1:80/mqtt/superuser");
  EXPECT_FALSE(http.acl.is_post);
  EXPECT_EQ(http.acl.headers, (fields{{"content-type", "application/json"}, {"x", "a=b"}}));
  EXPECT_EQ(http.timeout, std::chrono::seconds(7));
  EXPECT_EQ(http.connect_timeout, std::chrono::seconds(3));
  EXPECT_EQ(http.pool_size, 16U);
  EXPECT_EQ(http.cache_ttl, std::chrono::minutes(2));
  EXPECT_TRUE(http.verify);
}

TEST(http_options, are_lists_of_name_and_value_elsewhere) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.assign(R"(auth.http_auth.acl_req.params=["t=%t","e=","q=a=b"])", why)) << why;
  EXPECT_EQ(made.values().access.http.acl.params, (fields{{"t", "%t"}, {"e", ""}, {"q", "a=b"}}));
  const char* const environment[] = {"NANOMQ_AUTH__HTTP_AUTH__AUTH_REQ__URL=http://h/a",
                                     "NANOMQ_AUTH__HTTP_AUTH__AUTH_REQ__PARAMS=u=%u,p=%P"};
  ASSERT_TRUE(made.read_environment(environment, why)) << why;
  EXPECT_EQ(made.values().access.http.auth.url, "http://h/a");
  EXPECT_EQ(made.values().access.http.auth.params, (fields{{"u", "%u"}, {"p", "%P"}}));
  EXPECT_FALSE(made.assign("auth.http_auth.acl_req.params=t", why));
  EXPECT_NE(why.find("name=value"), std::string::npos);
}

TEST(http_options, do_not_show_secrets) {
  const configuration made = read(
      R"(auth.http_auth.auth_req {url = "http://h/a?token=hush", headers.authorization = "Bearer hush"
         params {apikey = hush, user = "%u"}})");
  const std::string shown = print_configuration(made);
  EXPECT_EQ(shown.find("hush"), std::string::npos);
  EXPECT_NE(shown.find("auth.http_auth.auth_req.headers = [\"authorization=********\"]"), std::string::npos);
  EXPECT_NE(shown.find("auth.http_auth.auth_req.params = [\"apikey=********\", \"user=%u\"]"), std::string::npos);
  EXPECT_NE(shown.find("http://h/a?********"), std::string::npos);
}

TEST(http_options, are_refused_with_the_place) {
  EXPECT_EQ(complaint("auth.http_auth.auth_req.url = \"ftp://h\"").substr(0, 6), "f:1:31");
  EXPECT_NE(complaint("auth.http_auth.auth_req.method = put").find("get"), std::string::npos);
  EXPECT_NE(complaint("auth.http_auth.auth_req.params = {a = {b = c}}").find("list of texts"), std::string::npos);
  EXPECT_NE(complaint("auth.http_auth.pool_size = 0").find("auth.http_auth.pool_size"), std::string::npos);
  EXPECT_NE(complaint("auth.http_auth.timeout = 5").find("auth.http_auth.timeout"), std::string::npos);
  EXPECT_NE(complaint("auth.http_auth.acl_request.url = x").find("unknown"), std::string::npos);
}

}  // namespace
}  // namespace nanomq::config
