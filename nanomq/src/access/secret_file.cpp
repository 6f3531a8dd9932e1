#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "nanolib/base/write_all.hpp"
#include "nanomq/access/password_file.hpp"

namespace nanomq::access {
namespace {

using nanolib::error;
using nanolib::error_domain;

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

std::unexpected<error> refuse_system(const std::string& path, std::string& why) {
  const auto failure = nanolib::last_system_error();
  why = path + ": " + std::string(nanolib::describe(failure));
  return std::unexpected(failure);
}

void sync_directory(const std::string& path) {
  const int directory = ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  (void)::fsync(directory);
  ::close(directory);
}

}  // namespace

directory_lock::directory_lock(const std::string& path_of_file) noexcept
    : directory_(::open(directory_of(path_of_file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  while (directory_ >= 0 && ::flock(directory_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    ::close(directory_);
    directory_ = -1;
  }
}

directory_lock::~directory_lock() {
  if (directory_ >= 0) ::close(directory_);
}

nanolib::result<void> replace_secret_file(const std::string& path, std::string_view text, std::string& why) {
  struct stat before{};
  const bool there = ::lstat(path.c_str(), &before) == 0;
  if (!there && errno != ENOENT) return refuse_system(path, why);
  if (there && !S_ISREG(before.st_mode)) {
    why = path + ": not a regular file";
    return std::unexpected(error{error_domain::config, 0});
  }
  std::string temporary = path + ".XXXXXX";
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);  // 0600
  if (file < 0) return refuse_system(temporary, why);
  bool good = nanolib::write_all(file, text);
  if (good && there) {
    good = ::fchmod(file, before.st_mode & 0640U) == 0;
    // Only root may give files away; an owner who replaces their own file has nothing to give.
    if (good && (before.st_uid != ::geteuid() || before.st_gid != ::getegid()))
      good = ::fchown(file, before.st_uid, before.st_gid) == 0;
  }
  good = good && ::fsync(file) == 0;
  good = ::close(file) == 0 && good;
  if (good) good = std::rename(temporary.c_str(), path.c_str()) == 0;
  if (!good) {
    const auto refused = refuse_system(path, why);
    (void)::unlink(temporary.c_str());
    return refused;
  }
  sync_directory(path);
  return {};
}

}  // namespace nanomq::access
