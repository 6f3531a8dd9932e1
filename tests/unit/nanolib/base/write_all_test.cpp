#include "nanolib/base/write_all.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

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

TEST(write_all, says_when_it_cannot) {
  const int full = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  EXPECT_FALSE(write_all(full, "x"));
  EXPECT_EQ(errno, EBADF);
  ::close(full);
}

}  // namespace
}  // namespace nanolib
