#include "nanomq/tools/failure.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace {

using nanomq::tools::advice;
using nanomq::tools::describe;
using nanomq::tools::failure;
using nanomq::tools::failure_tally;
using nanonng::mqtt::reason_code;
using kind = failure::kind;

failure system_failure(kind what, int code) { return {.what = what, .error = {nanolib::error_domain::sys, code}}; }

TEST(failure, is_described_with_its_reason) {
  EXPECT_EQ(describe({.what = kind::refused, .reason = reason_code::not_authorized}), "CONNACK: not authorized (0x87)");
  EXPECT_EQ(describe({.what = kind::disconnected, .reason = reason_code::server_shutting_down}),
            "DISCONNECT from the server: server shutting down (0x8B)");
  EXPECT_EQ(describe(system_failure(kind::dial, ECONNREFUSED)), "Connection refused");
  EXPECT_EQ(describe(system_failure(kind::local, EMFILE)), "on this machine: Too many open files");
  EXPECT_EQ(describe({.what = kind::violation, .why = "a second CONNACK"}),
            "the server broke the protocol: a second CONNACK");
}

TEST(failure, tells_an_end_before_connack_from_one_after_it) {
  EXPECT_EQ(describe({.what = kind::closed}), "closed by the server before CONNACK");
  EXPECT_EQ(describe({.what = kind::closed, .after_connack = true}), "closed by the server without a word");
  EXPECT_EQ(describe({.what = kind::closed, .after_connack = true, .error = {nanolib::error_domain::sys, ECONNRESET}}),
            "closed by the server without a word: Connection reset by peer");
}

TEST(failure, says_what_to_do_where_something_can_be_done) {
  EXPECT_NE(advice(system_failure(kind::local, EMFILE)).find("ulimit"), std::string_view::npos);
  EXPECT_NE(advice(system_failure(kind::local, EADDRNOTAVAIL)).find("--ifaddr"), std::string_view::npos);
  EXPECT_NE(advice({.what = kind::refused, .reason = reason_code::not_authorized}).find("-u"), std::string_view::npos);
  EXPECT_EQ(advice({.what = kind::silent}), "");
}

TEST(failure_tally, counts_by_reason_the_most_frequent_first) {
  failure_tally tally;
  tally.add(system_failure(kind::dial, ECONNREFUSED));
  for (int times = 0; times < 3; ++times) tally.add({.what = kind::connack_timeout});
  const auto sorted = tally.sorted();
  ASSERT_EQ(sorted.size(), 2U);
  EXPECT_EQ(sorted[0].first.what, kind::connack_timeout);
  EXPECT_EQ(sorted[0].second, 3U);
  EXPECT_EQ(tally.total(), 4U);
}

TEST(failure_tally, merges_equal_reasons) {
  failure_tally one;
  failure_tally other;
  one.add({.what = kind::refused, .reason = reason_code::server_busy});
  other.add({.what = kind::refused, .reason = reason_code::server_busy}, 4);
  other.add({.what = kind::refused, .reason = reason_code::banned});
  one.merge(other);
  ASSERT_EQ(one.sorted().size(), 2U);
  EXPECT_EQ(one.sorted()[0].second, 5U);
}

}  // namespace
