#include "nanomq/tools/line_source.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <vector>

namespace nanomq::tools {
namespace {

/// A pipe whose writer is a thread.
class lines : public ::testing::Test {
 protected:
  lines() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  ~lines() override {
    if (writer_.joinable()) writer_.join();
    ::close(ends_[0]);
  }

  void write(std::string text) {
    writer_ = std::thread([this, text = std::move(text)] {
      std::string_view rest = text;
      while (!rest.empty()) {
        const auto written = ::write(ends_[1], rest.data(), rest.size());
        ASSERT_GT(written, 0);
        rest.remove_prefix(static_cast<std::size_t>(written));
      }
      ::close(ends_[1]);
    });
  }
  std::vector<std::string> all() {
    line_source source(ends_[0]);
    std::vector<std::string> out;
    for (std::string_view line; !source.at_end();) {
      if (source.next(line)) {
        out.emplace_back(line);
      } else if (!source.at_end()) {
        EXPECT_TRUE(source.is_hungry());
        EXPECT_TRUE(source.read().has_value());
      }
    }
    return out;
  }

  std::array<int, 2> ends_{};
  std::thread writer_;
};

using strings = std::vector<std::string>;

TEST_F(lines, have_no_end_and_may_be_empty) {
  write("one\n\ntwo\r\n");
  EXPECT_EQ(all(), (strings{"one", "", "two\r"}));
}

TEST_F(lines, the_last_one_needs_no_end) {
  write(std::string("a\0b\nlast", 8));
  EXPECT_EQ(all(), (strings{std::string("a\0b", 3), "last"}));
}

TEST_F(lines, nothing_is_no_line) {
  write("");
  EXPECT_EQ(all(), strings());
}

TEST_F(lines, longer_than_a_bite_stay_whole) {
  const std::string large(1'000'000, 'x');
  write("a\n" + large + "\nb\n" + large);
  EXPECT_EQ(all(), (strings{"a", large, "b", large}));
}

TEST_F(lines, many_keep_their_order) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + "\n";
  write(text);
  const auto got = all();
  ASSERT_EQ(got.size(), 100'000U);
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], std::to_string(i));
}

TEST_F(lines, everything_is_read_up_to_a_limit) {
  write(std::string(600'000, 'y'));
  const auto got = read_all(ends_[0], 600'000);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(*got, std::string(600'000, 'y'));
}

TEST_F(lines, more_than_the_limit_is_refused) {
  write(std::string(11, 'y'));
  EXPECT_EQ(read_all(ends_[0], 10).error().code, EMSGSIZE);
}

TEST(line_source, says_what_the_system_says) {
  line_source source(-1);
  EXPECT_EQ(source.read().error().code, EBADF);
  EXPECT_EQ(read_all(-1, 1).error().code, EBADF);
}

}  // namespace
}  // namespace nanomq::tools
