#include "log_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <iterator>

namespace nanomq::program {
namespace {

using nanolib::log_level;

// stderr is something else as long as this lives.
class other_stderr {
 public:
  explicit other_stderr(int descriptor) : saved_(::dup(STDERR_FILENO)) { ::dup2(descriptor, STDERR_FILENO); }
  ~other_stderr() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
  }
  other_stderr(const other_stderr&) = delete;
  other_stderr& operator=(const other_stderr&) = delete;

 private:
  int saved_;
};

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(log_sink, writes_one_line_per_event_from_its_level_on) {
  const auto path = ::testing::TempDir() + "nanomq_log_sink_test";
  ::unlink(path.c_str());
  auto log = open_log({log_level::info, path, false});
  ASSERT_TRUE(log);
  (*log)->event(log_level::debug, "hidden");
  (*log)->event(log_level::info, "connected", {{"client", "a\nb"}});
  (*log)->event(log_level::error, "failed");
  const auto text = contents(path);
  EXPECT_EQ(text.find("hidden"), std::string::npos);
  EXPECT_NE(text.find(" info connected client=\"a\\nb\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" error failed\n"), std::string::npos) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  ::unlink(path.c_str());
}

TEST(log_sink, says_that_a_file_cannot_be_opened) {
  EXPECT_FALSE(open_log({log_level::info, "/nonexistent/log", false}));
}

// F22: a full log disk.
TEST(log_sink, goes_on_when_the_disk_is_full) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "there is no /dev/full here";
  auto log = open_log({log_level::info, "/dev/full", false});
  ASSERT_TRUE(log);
  for (int i = 0; i < 100; ++i) (*log)->event(log_level::info, "event", {{"n", i}});
}

// F22: nobody reads the pipe, and then nobody has it open any more.
TEST(log_sink, never_waits_for_a_reader_and_counts_what_it_dropped) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  auto log = open_log({log_level::info, {}, false});
  std::string read_back;
  {
    const other_stderr instead(ends[1]);
    for (int i = 0; i < 5'000; ++i) (*log)->event(log_level::info, "event", {{"n", i}});  // more than a pipe holds
    std::array<char, 4096> buffer{};
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    while (::read(ends[0], buffer.data(), buffer.size()) > 0) {
    }
    (*log)->event(log_level::info, "again");
    const auto got = ::read(ends[0], buffer.data(), buffer.size());
    read_back.assign(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    ::close(ends[0]);
    (*log)->event(log_level::info, "after_the_reader_has_gone");
  }
  ::close(ends[1]);
  EXPECT_TRUE(read_back.starts_with("log_lines_dropped count=")) << read_back;
  EXPECT_NE(read_back.find(" info again\n"), std::string::npos) << read_back;
}

}  // namespace
}  // namespace nanomq::program
