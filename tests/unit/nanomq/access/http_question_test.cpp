// THREATS 17, 18, 76, 83: what clients say on its way into requests, and what becomes of answers.
#include "http_question.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "right_cache.hpp"

namespace nanomq::access {
namespace {

using kind = http_verdict::kind;
using fields = http_question_settings::fields;

http_question question(bool is_post, fields headers, fields params, const std::string& url = "http://h/a") {
  std::string why;
  auto made =
      http_question::make({.url = url, .is_post = is_post, .headers = std::move(headers), .params = std::move(params)},
                          "auth.http_auth.auth_req", why);
  if (!made) throw std::runtime_error(why);
  return *made;
}

std::string refusal(fields headers, fields params, const std::string& url = "http://h/a") {
  std::string why;
  const auto made =
      http_question::make({.url = url, .is_post = true, .headers = std::move(headers), .params = std::move(params)},
                          "auth.http_auth.auth_req", why);
  EXPECT_FALSE(made);
  return why;
}

const fields everything{{"u", "%u"}, {"c", "%c"}, {"a", "%a"}, {"P", "%P"}, {"p", "%p"}, {"r", "%r"},
                        {"C", "%C"}, {"d", "%d"}, {"A", "%A"}, {"t", "%t"}, {"m", "%m"}, {"x", "100%% %u!"}};

http_facts some() {
  return {.user_name = "ann",
          .password = "p w",
          .client_id = "c1",
          .address = "192.0.2.7",
          .port = "1883",
          .common_name = "cn",
          .subject = "CN=cn",
          .access = "2",
          .topic = "a/b"};
}

TEST(http_question, writes_a_form) {
  http::request made;
  ASSERT_TRUE(question(true, {}, everything).fill(some(), made));
  EXPECT_EQ(made.verb, http::method::post);
  EXPECT_EQ(made.body, "u=ann&c=c1&a=192.0.2.7&P=p%20w&p=1883&r=mqtt&C=cn&d=CN%3Dcn&A=2&t=a%2Fb&m=&x=100%25%20ann%21");
  ASSERT_EQ(made.headers.size(), 1U);
  EXPECT_EQ(made.headers[0].value, "application/x-www-form-urlencoded");
}

TEST(http_question, writes_a_query) {
  http::request made;
  ASSERT_TRUE(
      question(false, {{"content-type", "application/json"}}, {{"u", "%u"}}, "http://h/a?k=1").fill(some(), made));
  EXPECT_EQ(made.verb, http::method::get);
  EXPECT_EQ(made.where.target, "/a?k=1&u=ann");
  EXPECT_TRUE(made.headers.empty());
  EXPECT_TRUE(made.body.empty());
}

// THREATS 91: where a request goes to is in the configuration, and nothing that a client says is in it.
TEST(http_question, goes_to_the_url_that_is_configured_whatever_a_client_is_called) {
  http_facts hostile = some();
  hostile.user_name = "@169.254.169.254/";
  hostile.client_id = "http://192.0.2.1/";
  hostile.topic = "/../../admin?x=1#";
  for (const bool is_post : {true, false}) {
    http::request made;
    ASSERT_TRUE(question(is_post, {}, everything, "http://auth.example:8080/a?k=1").fill(hostile, made));
    EXPECT_EQ(made.where.host, "auth.example");
    EXPECT_EQ(made.where.port, 8080);
    EXPECT_TRUE(made.where.target.starts_with("/a?k=1")) << made.where.target;
    EXPECT_EQ(made.where.target.find("169.254.169.254/"), std::string::npos) << made.where.target;
    EXPECT_EQ(made.where.target.find("/../"), std::string::npos) << made.where.target;
  }
  for (const char* url : {"http://%c/", "http://h/%u", "http://h/a?x=%t", "http://%u@h/"})
    EXPECT_NE(refusal({}, {}, url), "") << url;
}

TEST(http_question, writes_json) {
  http::request made;
  http_facts with = some();
  with.user_name = "a\"b\\\n\x01";
  ASSERT_TRUE(question(true, {{"Content-Type", "application/json; charset=utf-8"}}, {{"u", "%u"}, {"t", "%t"}})
                  .fill(with, made));
  EXPECT_EQ(made.body, R"({"u":"a\"b\\\n\u0001","t":"a/b"})");
}

TEST(http_question, leaves_nothing_that_could_be_another_parameter_line_or_header) {
  http_facts with = some();
  with.client_id = "x&admin=1\r\nX-Evil: 1\r\n\r\n";
  http::request made;
  ASSERT_TRUE(question(false, {}, {{"c", "%c"}}).fill(with, made));
  EXPECT_EQ(made.where.target, "/a?c=x%26admin%3D1%0D%0AX-Evil%3A%201%0D%0A%0D%0A");
  http::request header;
  EXPECT_FALSE(question(true, {{"X-Client", "%c"}}, {}).fill(with, header));
  with.client_id = "%P %%u";  // not looked at again
  ASSERT_TRUE(question(true, {{"X-Client", "%c"}}, {{"c", "%c"}}).fill(with, header = {}));
  EXPECT_EQ(header.headers[0].value, "%P %%u");
  EXPECT_EQ(header.body, "c=%25P%20%25%25u");
}

TEST(http_question, takes_whatever_is_missing_for_empty_and_whatever_is_long_as_it_is) {
  http::request made;
  ASSERT_TRUE(question(true, {{"X-User", "%u"}}, everything).fill({}, made));
  EXPECT_EQ(made.body, "u=&c=&a=&P=&p=&r=mqtt&C=&d=&A=&t=&m=&x=100%25%20%21");
  const std::string nul("a\0b", 3);
  const std::string longest(65'535, 'x');
  for (const std::string_view user : {std::string_view(), std::string_view(nul), std::string_view(longest)}) {
    for (const std::string_view password : {std::string_view(), std::string_view(nul), std::string_view(longest)}) {
      for (const std::string_view client : {std::string_view(), std::string_view(nul), std::string_view(longest)}) {
        http_facts with;
        with.user_name = user;
        with.password = password;
        with.client_id = client;
        http::request one;
        EXPECT_TRUE(question(true, {}, everything).fill(with, one));
        EXPECT_EQ(one.body.find('\0'), std::string::npos);
      }
    }
  }
}

TEST(http_question, is_refused_with_the_place) {
  EXPECT_NE(refusal({}, {}, "ftp://h").find("auth.http_auth.auth_req.url: "), std::string::npos);
  EXPECT_NE(refusal({}, {{"u", "%x"}}).find("auth.http_auth.auth_req.params: "), std::string::npos);
  EXPECT_NE(refusal({}, {{"u", "100%"}}).find("behind a %"), std::string::npos);
  EXPECT_NE(refusal({{"Host", "x"}}, {}).find("auth.http_auth.auth_req.headers: "), std::string::npos);
  EXPECT_NE(refusal({{"X", "a\r\nb"}}, {}).find("control character"), std::string::npos);
  EXPECT_NE(refusal({{"content-type", "text/xml"}}, {}).find("application/json"), std::string::npos);
  EXPECT_EQ(refusal({{"X", "Bearer secret\n"}}, {}).find("secret"), std::string::npos);
}

http_verdict verdict(int status, const std::string& body = "", const std::string& type = "") {
  http::response said{.status = status, .headers = {}, .body = body};
  if (!type.empty()) said.headers.push_back({"Content-Type", type});
  return read_verdict(said);
}

TEST(http_verdict, goes_by_the_status) {
  EXPECT_EQ(verdict(200).is, kind::allow);
  EXPECT_EQ(verdict(200, "ok", "text/plain").is, kind::allow);
  EXPECT_EQ(verdict(200, "<p>{", "text/html").is, kind::allow);
  for (const char* type : {"text/html", "text/plain", "application/problem+json", ""}) {
    EXPECT_EQ(verdict(200, " \n{\"result\": \"deny\"}", type).is, kind::deny) << type;
    EXPECT_EQ(verdict(200, "{", type).is, kind::unavailable) << type;
  }
  EXPECT_EQ(verdict(204).is, kind::allow);
  for (const int status : {201, 202, 206, 301, 302, 400, 401, 403, 404, 429, 499})
    EXPECT_EQ(verdict(status).is, kind::deny);
  for (const int status : {500, 502, 503, 504, 599, 999}) EXPECT_EQ(verdict(status).is, kind::unavailable);
  EXPECT_EQ(read_verdict(std::unexpected(nanolib::error{})).is, kind::unavailable);
}

TEST(http_verdict, says_why_for_the_log) {
  EXPECT_EQ(verdict(403).why, "the HTTP server says no");
  EXPECT_EQ(verdict(503).why, "the HTTP server answered with an error of its own (5xx)");
  EXPECT_EQ(verdict(200, "{").why, "the HTTP server's answer cannot be understood");
  for (const int code : {ECONNREFUSED, ETIMEDOUT, ECONNRESET, EPROTO, EACCES, EMSGSIZE, EAGAIN, ENOMEM}) {
    const auto said = read_verdict(std::unexpected(nanolib::error{nanolib::error_domain::sys, code}));
    EXPECT_EQ(said.is, kind::unavailable);
    EXPECT_TRUE(said.why.contains("the HTTP server")) << said.why;
  }
  EXPECT_EQ(verdict(200).why, "");
}

TEST(http_verdict, listens_to_a_body_in_json) {
  const std::string json = "application/json; charset=utf-8";
  EXPECT_EQ(verdict(200, R"({"result": "allow"})", json).is, kind::allow);
  EXPECT_EQ(verdict(200, R"({"result": "deny"})", json).is, kind::deny);
  EXPECT_EQ(verdict(200, R"({"result": "ignore"})", json).is, kind::ignore);
  EXPECT_EQ(verdict(200, R"({"result": "deny"})").is, kind::deny);
  EXPECT_EQ(verdict(200, R"({"message": "hello"})", json).is, kind::allow);
  EXPECT_TRUE(verdict(200, R"({"result": "allow", "is_superuser": true})", json).is_superuser);
  EXPECT_FALSE(verdict(200, R"({"result": "allow", "is_superuser": false})", json).is_superuser);
  EXPECT_FALSE(verdict(200, R"({"result": "allow", "is_superuser": "true"})", json).is_superuser);
  EXPECT_FALSE(verdict(200, R"({"result": "deny", "is_superuser": true})", json).is_superuser);
  EXPECT_EQ(verdict(403, R"({"result": "allow"})", json).is, kind::deny);
  EXPECT_EQ(verdict(500, R"({"result": "allow"})", json).is, kind::unavailable);
}

TEST(http_verdict, is_none_when_the_body_cannot_be_understood) {
  const std::string json = "application/json";
  for (const char* body : {"", "{", R"({"result": "den)", R"({"result": "maybe"})", R"({"result": true})", "[]",
                           R"({"result": "deny", "result": "allow"})", R"({"result": "allow"} x)"}) {
    EXPECT_EQ(verdict(200, body, json).is, kind::unavailable) << body;
  }
  EXPECT_EQ(verdict(200, "{").is, kind::unavailable);
}

TEST(right_cache, forgets_after_a_while_and_what_was_not_used_for_longest) {
  using nanolib::instant;
  right_cache subject(2);
  const instant start{};
  subject.put("a", kind::allow, start + nanolib::duration(10));
  subject.put("b", kind::deny, start + nanolib::duration(20));
  ASSERT_NE(subject.find("a", start), nullptr);
  EXPECT_EQ(*subject.find("a", start), kind::allow);
  subject.put("c", kind::allow, start + nanolib::duration(20));
  EXPECT_EQ(subject.find("b", start), nullptr);
  EXPECT_NE(subject.find("a", start + nanolib::duration(9)), nullptr);
  EXPECT_EQ(subject.find("a", start + nanolib::duration(10)), nullptr);
  EXPECT_EQ(subject.size(), 1U);
  subject.put("c", kind::deny, start + nanolib::duration(30));
  EXPECT_EQ(*subject.find("c", start + nanolib::duration(29)), kind::deny);
}

}  // namespace
}  // namespace nanomq::access
