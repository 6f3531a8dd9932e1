#include "nanolib/base/write_all.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

namespace nanolib {
namespace {

TEST(write_all, writes_every_byte_and_nothing_of_an_empty_text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  ASSERT_NE(file, nullptr);
  const int descriptor = ::fileno(file.get());
  EXPECT_TRUE(write_all(descriptor, ""));
  EXPECT_TRUE(write_all(descriptor, std::string("a\0b", 3)));
  std::array<char, 8> read{};
  EXPECT_EQ(::pread(descriptor, read.data(), read.size(), 0), 3);
  EXPECT_EQ(std::string(read.data(), 3), std::string("a\0b", 3));
}

TEST(write_all, waits_for_room_where_the_descriptor_does_not) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  const std::string text(1'000'000, 'x');  // more than a pipe holds
  std::size_t read = 0;
  std::jthread reader([&] {
    std::array<char, 4096> buffer{};
    for (auto got = ::read(ends[0], buffer.data(), buffer.size()); got > 0;
         got = ::read(ends[0], buffer.data(), buffer.size())) {
      read += static_cast<std::size_t>(got);
    }
  });
  EXPECT_TRUE(write_all(ends[1], text, [](int descriptor) {
    pollfd room{descriptor, POLLOUT, 0};
    (void)::poll(&room, 1, -1);
  }));
  ::close(ends[1]);
  reader.join();
  EXPECT_EQ(read, text.size());
  ::close(ends[0]);
}

TEST(write_all, says_when_it_cannot) {
  const int full = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  EXPECT_FALSE(write_all(full, "x"));
  EXPECT_EQ(errno, EBADF);
  ::close(full);
}

}  // namespace
}  // namespace nanolib
