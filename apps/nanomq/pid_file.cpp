#include "pid_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "nanolib/base/write_all.hpp"

namespace nanomq::program {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanolib::result;

constexpr std::size_t largest_state = 64U * 1024;

std::unexpected<error> system_failure(int code) { return std::unexpected(error{error_domain::sys, code}); }

struct flock whole_file() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

bool same_file(int descriptor, const std::string& path) {
  struct stat open_one{};
  struct stat named{};
  return ::fstat(descriptor, &open_one) == 0 && ::lstat(path.c_str(), &named) == 0 && open_one.st_dev == named.st_dev &&
         open_one.st_ino == named.st_ino;
}

result<void> replace_content(int descriptor, std::string_view text) {
  // Over what is there: whoever reads meanwhile finds the pid in any case.
  if (::lseek(descriptor, 0, SEEK_SET) < 0) return std::unexpected(nanolib::last_system_error());
  const bool is_written = nanolib::write_all(descriptor, text);
  const auto failure = nanolib::last_system_error();
  // Also when it is not: a rest of what was there would look like the end of it.
  const bool is_cut = ::ftruncate(descriptor, ::lseek(descriptor, 0, SEEK_CUR)) == 0;
  if (!is_written) return std::unexpected(failure);
  return is_cut ? result<void>() : std::unexpected(nanolib::last_system_error());
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 1024> buffer{};
  while (text.size() < largest_state) {
    const auto got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

running_broker parse(std::string_view text) {
  running_broker out;
  out.is_whole = text.find("\n\n") + 2 == text.size();
  bool first = true;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (std::exchange(first, false)) {
      std::from_chars(line.data(), line.data() + line.size(), out.pid);
    } else if (const auto middle = line.find('='); middle != std::string_view::npos) {
      out.state.emplace(line.substr(0, middle), line.substr(middle + 1));
    }
  }
  return out;
}

}  // namespace

std::string default_pid_file() {
  constexpr const char* name = "/nanomq/nanomq.pid";
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && runtime[0] == '/') {
    return std::string(runtime) + name;
  }
  if (::geteuid() == 0) return std::string("/run") + name;
  return "/tmp/nanomq-" + std::to_string(::geteuid()) + "/nanomq.pid";
}

result<void> make_pid_directory(const std::string& pid_file) {
  const auto directory = pid_file.substr(0, pid_file.rfind('/'));
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected(nanolib::last_system_error());
  struct stat about{};
  if (::lstat(directory.c_str(), &about) != 0) return std::unexpected(nanolib::last_system_error());
  // Whoever may write there could put a link or a file of their own in our place.
  const bool ours = S_ISDIR(about.st_mode) && about.st_uid == ::geteuid() && (about.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  return ours ? result<void>() : system_failure(EPERM);
}

pid_file::pid_file(std::string path, int descriptor) noexcept : path_(std::move(path)), descriptor_(descriptor) {}

pid_file::pid_file(pid_file&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

pid_file::~pid_file() {
  if (descriptor_ < 0) return;
  if (same_file(descriptor_, path_)) ::unlink(path_.c_str());
  ::close(descriptor_);
}

result<pid_file> pid_file::acquire(const std::string& path, pid_t& holder) {
  for (;;) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (descriptor < 0) return std::unexpected(nanolib::last_system_error());
    struct stat about{};
    if (::fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode) || about.st_nlink > 1) {
      ::close(descriptor);
      return system_failure(EPERM);
    }
    auto lock = whole_file();
    if (::fcntl(descriptor, F_SETLK, &lock) != 0) {
      const auto failure = nanolib::last_system_error();
      lock = whole_file();
      holder = ::fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
      ::close(descriptor);
      if (failure.code == EACCES || failure.code == EAGAIN) return system_failure(EAGAIN);
      return std::unexpected(failure);
    }
    if (!same_file(descriptor, path)) {
      ::close(descriptor);  // the broker that held it removed it between our open and our lock
      continue;
    }
    pid_file taken(path, descriptor);
    // One that was left behind may have been made for others to read: it names settings, and what is wrong with them.
    if (::fchmod(descriptor, 0600) != 0) return std::unexpected(nanolib::last_system_error());
    if (auto written = taken.write_state({}); !written) return std::unexpected(written.error());
    return taken;
  }
}

result<void> pid_file::write_state(const std::multimap<std::string, std::string>& state) {
  auto text = std::to_string(::getpid()) + "\n";
  for (const auto& [key, what] : state) text.append(key).append("=").append(what).append("\n");
  text += "\n";  // the end: who reads while it is written sees that it is missing
  return replace_content(descriptor_, text);
}

result<running_broker> find_running(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) {
    const auto failure = nanolib::last_system_error();
    return failure.code == ENOENT ? system_failure(ESRCH) : std::unexpected(failure);
  }
  auto lock = whole_file();
  lock.l_type = F_RDLCK;  // what a descriptor for reading may ask about
  const bool asked = ::fcntl(descriptor, F_GETLK, &lock) == 0;
  const auto failure = nanolib::last_system_error();
  auto found = parse(read_all(descriptor));
  ::close(descriptor);
  if (!asked) return std::unexpected(failure);
  if (lock.l_type == F_UNLCK) return system_failure(ESRCH);
  if (found.pid <= 1 || found.pid != lock.l_pid) return system_failure(EPERM);
  return found;
}

}  // namespace nanomq::program
