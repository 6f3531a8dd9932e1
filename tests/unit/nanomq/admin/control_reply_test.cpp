#include "nanomq/admin/control_reply.hpp"

#include <gtest/gtest.h>

namespace nanomq::admin {
namespace {

TEST(control_reply, is_ok_until_it_is_refused) {
  control_reply reply;
  reply.members().number("clients", 3);
  EXPECT_FALSE(reply.is_refused());
  EXPECT_EQ(reply.take_line(), "{\"ok\":true,\"clients\":3}\n");
}

TEST(control_reply, has_what_was_said_as_one_text) {
  control_reply reply;
  reply.say("one");
  reply.members().truth("x", false);
  reply.say("two \"quoted\"");
  EXPECT_EQ(reply.take_line(), "{\"ok\":true,\"x\":false,\"text\":\"one\\ntwo \\\"quoted\\\"\\n\"}\n");
}

TEST(control_reply, drops_what_was_written_when_it_is_refused) {
  control_reply reply;
  reply.members().key("list");
  reply.members().begin_array();
  reply.say("one");
  reply.refuse("no", 2);
  EXPECT_TRUE(reply.is_refused());
  EXPECT_EQ(reply.take_line(), "{\"ok\":false,\"error\":\"no\",\"exit_status\":2}\n");
}

}  // namespace
}  // namespace nanomq::admin
