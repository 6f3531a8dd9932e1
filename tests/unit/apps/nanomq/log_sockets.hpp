// Unix sockets and files of a test, in a directory of its own.
#pragma once

#include <dirent.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "unix_address.hpp"

namespace nanomq::program {

class scratch_directory {
 public:
  scratch_directory() {
    std::string pattern = std::filesystem::temp_directory_path() / "nanomq-log-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~scratch_directory() { std::filesystem::remove_all(path_); }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A socket that somebody is bound to.
class bound_socket {
 public:
  bound_socket(const std::string& name, int type) : descriptor_(::socket(AF_UNIX, type | SOCK_NONBLOCK, 0)) {
    const auto where = unix_address_of(name);
    if (::bind(descriptor_, where->get(), where->size) != 0) std::perror("bind");
    if (type == SOCK_STREAM) ::listen(descriptor_, 4);
  }
  explicit bound_socket(int descriptor) : descriptor_(descriptor) {}
  ~bound_socket() { ::close(descriptor_); }
  bound_socket(const bound_socket&) = delete;
  bound_socket& operator=(const bound_socket&) = delete;

  [[nodiscard]] int accept() const { return ::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK); }
  /// What is there now: one datagram, or bytes. Empty: nothing.
  [[nodiscard]] std::string receive() const {
    std::array<char, 65'536> buffer{};
    const auto size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
  }

 private:
  int descriptor_;
};

}  // namespace nanomq::program
