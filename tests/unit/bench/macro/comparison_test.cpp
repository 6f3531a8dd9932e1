#include "comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace nanomq::bench;
using testing::HasSubstr;
using testing::Not;

measurement took(double microseconds) { return {.figures = {{"CPU", "us", microseconds}}, .fault = {}, .note = {}}; }

measurement flawed(double microseconds) {
  measurement out = took(microseconds);
  out.fault = "3 missing";
  return out;
}

class comparison_table : public testing::Test {
 protected:
  std::vector<row> rows_{{"p2p", "pairs", {}}};
  std::vector<broker_recipe> brokers_{nanomq_recipe("nanomq", ""), mosquitto_recipe("mosquitto"),
                                      *peer_recipe("other=x")};
  comparison results_{rows_, brokers_};
};

TEST_F(comparison_table, divides_our_median_by_the_best_peers) {
  for (const double each : {1.0, 9.0, 2.0}) results_.add(0, 0, took(each));
  results_.add(0, 1, took(8));
  results_.add(0, 2, took(4));
  EXPECT_THAT(results_.table(), HasSubstr("0.50\n"));
  EXPECT_TRUE(results_.verified());
}

TEST_F(comparison_table, leaves_a_run_that_failed_out_of_the_median_and_marks_it) {
  results_.add(0, 0, took(2));
  results_.add(0, 0, flawed(100));
  results_.add(0, 1, took(4));
  EXPECT_THAT(results_.table(), HasSubstr("2.00!"));
  EXPECT_THAT(results_.table(), HasSubstr("0.50\n"));
  EXPECT_FALSE(results_.verified());
}

TEST_F(comparison_table, shows_no_ratio_where_no_peer_has_a_figure) {
  results_.add(0, 0, took(2));
  EXPECT_THAT(results_.table(), HasSubstr("-\n"));
}

TEST_F(comparison_table, says_of_one_run_whether_it_counts) {
  EXPECT_THAT(summary(took(1)), HasSubstr("verified"));
  EXPECT_THAT(summary(flawed(1)), HasSubstr("FAILED: 3 missing"));
}

}  // namespace
