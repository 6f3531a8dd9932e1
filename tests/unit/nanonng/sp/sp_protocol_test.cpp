#include "nanonng/net/sp_protocol.hpp"

#include <gtest/gtest.h>

/// LeakSanitizer asks for it. nng frees listeners and pipes on a thread of its own, which the end of the program overtakes.
extern "C" const char* __lsan_default_suppressions() { return "leak:libnng.so\n"; }

namespace nanonng::net {
namespace {

TEST(sp_protocol, has_a_name_and_finds_it_again) {
  for (std::size_t index = 0; index < sp_protocol_count; ++index) {
    const auto which = static_cast<sp_protocol>(index);
    EXPECT_EQ(sp_protocol_named(traits_of(which).name), which);
  }
}

TEST(sp_protocol, version_0_needs_no_digit) {
  EXPECT_EQ(sp_protocol_named("pub"), sp_protocol::pub0);
  EXPECT_EQ(sp_protocol_named("pair"), sp_protocol::pair0);
  EXPECT_EQ(sp_protocol_named("pair1"), sp_protocol::pair1);
  EXPECT_EQ(sp_protocol_named("surveyor"), sp_protocol::surveyor0);
}

TEST(sp_protocol, refuses_other_words) {
  for (const char* wrong : {"", "0", "pub1", "publish", "PUB0", "pair2", "pub00"}) {
    EXPECT_FALSE(sp_protocol_named(wrong)) << wrong;
  }
}

TEST(sp_protocol, sends_receives_asks_or_answers) {
  for (std::size_t index = 0; index < sp_protocol_count; ++index) {
    const auto& one = traits_of(static_cast<sp_protocol>(index));
    EXPECT_EQ((one.sends || one.receives) + one.asks + one.answers, 1) << one.name;
  }
}

}  // namespace
}  // namespace nanonng::net
