#include "check_report.hpp"

#include <gtest/gtest.h>

namespace nanomq::program {
namespace {

check_report sample() {
  return {.listeners = {{"tcp:default", "mqtt-tcp://127.0.0.1:1883", false, "anybody on this machine"},
                        {"ssl:default", "mqtts://*:8883", true, "users of users"}},
          .rights = "everything",
          .keeps = {},
          .errors = {},
          .warnings = {"something \x1b"}};
}

TEST(check_report, is_lines_for_people) {
  EXPECT_EQ(check_text(sample()),
            "listens on  mqtt-tcp://127.0.0.1:1883  without TLS\n"
            "  admits    anybody on this machine\n"
            "listens on  mqtts://*:8883  with TLS\n"
            "  admits    users of users\n"
            "rights      everything\n"
            "keeps       nothing across a restart\n"
            "warning     something ?\n"
            "good, 1 warning\n");
}

TEST(check_report, says_in_its_last_line_that_it_is_not_good) {
  EXPECT_EQ(check_text({.listeners = {}, .rights = {}, .keeps = {}, .errors = {"n.conf:1:1: wrong"}, .warnings = {}}),
            "ERROR       n.conf:1:1: wrong\nnot good: a broker would not start with this, or nobody could enter\n");
}

TEST(check_report, is_an_object_for_programs) {
  auto what = sample();
  EXPECT_EQ(check_json(what),
            R"({"ok":true,"errors":[],"warnings":["something \u001b"],"listeners":[)"
            R"({"id":"tcp:default","url":"mqtt-tcp://127.0.0.1:1883","tls":false,"admits":"anybody on this machine"},)"
            R"({"id":"ssl:default","url":"mqtts://*:8883","tls":true,"admits":"users of users"}],)"
            R"("rights":"everything","keeps":""})"
            "\n");
  what.errors.emplace_back("wrong");
  EXPECT_TRUE(check_json(what).starts_with(R"({"ok":false,"errors":["wrong"],)"));
}

}  // namespace
}  // namespace nanomq::program
