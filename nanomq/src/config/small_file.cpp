#include "nanomq/config/small_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace nanomq::config {

using nanolib::error;
using nanolib::error_domain;

namespace {

nanolib::result<std::string> read_open_file(int file, std::size_t largest, std::string& why) {
  struct stat about{};
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    why = "not a regular file";
    return std::unexpected(error{error_domain::config, 0});
  }
  std::string text;
  char buffer[4096];
  for (;;) {
    const auto got = ::read(file, buffer, sizeof buffer);
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const auto failure = nanolib::last_system_error();
      why = nanolib::describe(failure);
      return std::unexpected(failure);
    }
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > largest) {
      why = "larger than " + std::to_string(largest >> 20U) + " MiB";
      return std::unexpected(error{error_domain::config, 0});
    }
  }
}

}  // namespace

nanolib::result<std::string> read_small_file(const std::string& path, std::size_t largest, std::string& why) {
  // Not blocking: a FIFO without a writer is refused instead of waited for.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    const auto failure = nanolib::last_system_error();
    why = nanolib::describe(failure);
    return std::unexpected(failure);
  }
  auto text = read_open_file(file, largest, why);
  ::close(file);
  return text;
}

}  // namespace nanomq::config
