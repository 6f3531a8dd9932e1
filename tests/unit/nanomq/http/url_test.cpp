#include "nanomq/http/url.hpp"

#include <gtest/gtest.h>

namespace nanomq::http {
namespace {

url read(std::string_view text) {
  std::string why;
  const auto made = read_url(text, why);
  EXPECT_TRUE(made) << text << ": " << why;
  return made.value_or(url{});
}

std::string refusal(std::string_view text) {
  std::string why;
  EXPECT_FALSE(read_url(text, why)) << text;
  return why;
}

TEST(url, has_a_host_a_port_and_a_target) {
  EXPECT_EQ(read("http://auth.example:8080/mqtt/auth?key=a%20b"),
            (url{.secure = false, .host = "auth.example", .port = 8080, .target = "/mqtt/auth?key=a%20b"}));
  EXPECT_EQ(read("HTTPS://10.0.0.7"), (url{.secure = true, .host = "10.0.0.7", .port = 443, .target = "/"}));
  EXPECT_EQ(read("http://[::1]:80"), (url{.secure = false, .host = "::1", .port = 80, .target = "/"}));
  EXPECT_EQ(read("http://h?x=1").target, "/?x=1");
}

TEST(url, names_its_origin_with_the_port_and_shows_no_query) {
  EXPECT_EQ(read("http://h/a?token=secret").origin(), "http://h:80");
  EXPECT_EQ(read("https://[::1]/a?token=secret").text(), "https://[::1]:443/a");
}

TEST(url, is_refused_with_the_reason) {
  EXPECT_NE(refusal("ftp://h/").find("http://"), std::string::npos);
  EXPECT_NE(refusal("h/auth").find("http://"), std::string::npos);
  EXPECT_NE(refusal("http://user:password@h/").find("user name"), std::string::npos);
  EXPECT_NE(refusal("http:///auth").find("host"), std::string::npos);
  EXPECT_NE(refusal("http://h:0/").find("port"), std::string::npos);
  EXPECT_NE(refusal("http://h:70000/").find("port"), std::string::npos);
  EXPECT_NE(refusal("http://h:/").find("port"), std::string::npos);
  EXPECT_NE(refusal("http://h:+80/").find("port"), std::string::npos);
  EXPECT_NE(refusal("http://h/#a").find("fragment"), std::string::npos);
  EXPECT_NE(refusal("http://h/%u/auth").find("place-holders"), std::string::npos);
  EXPECT_NE(refusal("http://[::1").find("]"), std::string::npos);
  EXPECT_NE(refusal("http://[h]/").find("IPv6"), std::string::npos);
}

TEST(url, cannot_carry_a_second_line) {
  refusal("http://h/a\r\nHost: evil");
  refusal("http://h\r\n/a");
  refusal("http://h/a b");
  refusal(std::string_view("http://h/a\0b", 12));
  refusal("http://h\xC3\xA4/");
  refusal("http://h/\xC3\xA4");
}

}  // namespace
}  // namespace nanomq::http
