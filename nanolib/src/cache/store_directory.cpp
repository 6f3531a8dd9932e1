#include "store_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <utility>

#include "nanolib/base/time.hpp"
#include "nanolib/cache/sqlite_store.hpp"
#include "nanolib/cache/store_error.hpp"

namespace nanolib {

namespace {

constexpr const char* database_name = "nanomq.db";
constexpr const char* log_name = "nanomq.db-wal";
constexpr const char* lock_name = "lock";
constexpr const char* replacement_name = "nanomq.db.new";
constexpr const char* salvaged_name = "nanomq.db.salvaged";
constexpr const char* reserve_name = "reserve";
constexpr const char* suspicion_name = "nanomq.db.suspect";
constexpr std::array<const char*, 4> database_files{"nanomq.db", "nanomq.db-wal", "nanomq.db-shm", "nanomq.db-journal"};

std::unexpected<error> refuse(std::string& why, const std::string& what, std::string_view reason) {
  why = what + ": " + std::string(reason);
  return std::unexpected(make_error(store_error::unsafe));
}

std::unexpected<error> fail(std::string& why, const std::string& what) {
  const error failure = last_system_error();
  why = what + ": " + std::string(describe(failure));
  if (failure.code == ENOSPC || failure.code == EDQUOT || failure.code == EFBIG) {
    return std::unexpected(make_error(store_error::no_space));
  }
  return std::unexpected(failure);
}

/// 20261122T140509Z
std::string time_name() {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(system_clock().wall_now().time_since_epoch());
  const std::time_t now = seconds.count();
  std::tm parts{};
  std::array<char, 32> text{};
  gmtime_r(&now, &parts);
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return text.data();
}

}  // namespace

store_directory::store_directory(store_directory&& other) noexcept
    : path_(std::move(other.path_)),
      directory_(std::exchange(other.directory_, -1)),
      lock_(std::exchange(other.lock_, -1)),
      files_(other.files_),
      reserve_bytes_(other.reserve_bytes_),
      reserved_(other.reserved_) {}

store_directory& store_directory::operator=(store_directory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(directory_, other.directory_);
  std::swap(lock_, other.lock_);
  std::swap(files_, other.files_);
  std::swap(reserve_bytes_, other.reserve_bytes_);
  std::swap(reserved_, other.reserved_);
  return *this;
}

store_directory::~store_directory() {
  if (lock_ >= 0) ::close(lock_);
  if (directory_ >= 0) ::close(directory_);
}

result<store_directory> store_directory::open(const std::string& path, bool read_only, std::string& why) {
  if (!read_only && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail(why, path);
  return open_existing(path, read_only, why);
}

result<store_directory> store_directory::open_existing(const std::string& path, bool read_only, std::string& why) {
  store_directory opened;
  opened.path_ = path;
  opened.directory_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (opened.directory_ < 0) {
    if (errno == ELOOP || errno == ENOTDIR) {
      return refuse(why, path, "it is not a directory (a symbolic link is not followed)");
    }
    return fail(why, path);
  }
  struct stat found{};
  if (::fstat(opened.directory_, &found) != 0) return fail(why, path);
  if (read_only) return opened;
  if (found.st_uid != ::geteuid()) return refuse(why, path, "the directory belongs to another user");
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) return refuse(why, path, "other users can write in the directory");
  return opened;
}

result<void> check_store_directory(const std::string& path, std::string& why) {
  const auto opened = store_directory::open_existing(path, false, why);
  if (!opened) return std::unexpected(opened.error());
  const auto files = opened->look_at_files(why);
  if (!files && files.error() != error{error_domain::sys, ENOENT}) return files;
  return {};
}

result<void> store_directory::lock(std::string& why) {
  const std::string name = path_ + "/" + lock_name;
  const int opened = ::openat(directory_, lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (opened < 0) {
    if (errno == ELOOP) return refuse(why, name, "a symbolic link is not followed");
    return fail(why, name);
  }
  if (::flock(opened, LOCK_EX | LOCK_NB) == 0) {
    lock_ = opened;
    return {};
  }
  const int cause = errno;
  ::close(opened);
  errno = cause;
  if (cause != EWOULDBLOCK) return fail(why, name);
  why = path_ + ": another process uses this directory";
  return std::unexpected(make_error(store_error::in_use));
}

result<void> store_directory::check_file(const char* name, bool repair, std::string& why) const {
  const std::string whole = path_ + "/" + name;
  struct stat found{};
  if (::fstatat(directory_, name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::unexpected(error{error_domain::sys, ENOENT});
    return fail(why, whole);
  }
  if (!S_ISREG(found.st_mode))
    return refuse(why, whole, "it is not an ordinary file (a symbolic link is not followed)");
  if (!repair) return {};
  if (found.st_uid != ::geteuid()) return refuse(why, whole, "the file belongs to another user");
  if (found.st_nlink != 1) return refuse(why, whole, "the file has another name elsewhere");
  // A copy made with the usual umask: ours, and made private again.
  if ((found.st_mode & 0777U) != 0600 && ::fchmodat(directory_, name, 0600, 0) != 0) return fail(why, whole);
  return {};
}

result<void> store_directory::make_file(const char* name, std::string& why) const {
  const int made = ::openat(directory_, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (made < 0) return fail(why, path_ + "/" + name);
  ::close(made);
  if (const result<void> synced = sync(); !synced) {
    why = path_ + ": " + std::string(describe(synced.error()));
    return synced;
  }
  return {};
}

result<void> store_directory::prepare_files(bool& present, std::string& why) {
  present = true;
  for (const char* name : database_files) {
    const result<void> checked = check_file(name, true, why);
    if (checked) continue;
    if (checked.error() != error{error_domain::sys, ENOENT}) return checked;
    if (std::string_view(name) == database_name) present = false;
  }
  return {};
}

result<void> store_directory::look_at_files(std::string& why) const {
  for (const char* name : database_files) {
    const result<void> checked = check_file(name, false, why);
    if (checked || (checked.error().code == ENOENT && std::string_view(name) != database_name)) continue;
    if (checked.error().code == ENOENT) why = path_ + ": there is no store in this directory";
    return checked;
  }
  return {};
}

// ---------------------------------------------------------------------------------------------------- replacing

result<void> store_directory::rename(const char* from, const char* to) const noexcept {
  if (::renameat(directory_, from, directory_, to) != 0) return std::unexpected(last_system_error());
  return {};
}

result<void> store_directory::begin_replacement(std::string& why) const {
  for (const char* left : {replacement_name, "nanomq.db.new-journal", "nanomq.db.new-wal", "nanomq.db.new-shm"}) {
    ::unlinkat(directory_, left, 0);
  }
  return make_file(replacement_name, why);
}

result<std::string> store_directory::finish_replacement() noexcept {
  const int made = ::openat(directory_, replacement_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (made < 0) return std::unexpected(last_system_error());
  const bool synced = ::fsync(made) == 0;
  const error failure = last_system_error();
  ::close(made);
  if (!synced) return std::unexpected(failure);
  result<void> done = rename(replacement_name, salvaged_name);
  if (done) done = sync();
  if (!done) return std::unexpected(done.error());
  result<std::string> aside = set_aside();
  if (!aside) return aside;
  done = rename(salvaged_name, database_name);
  if (done) done = sync();
  if (!done) return std::unexpected(done.error());
  return aside;
}

result<void> store_directory::resume_replacement() noexcept {
  if (::faccessat(directory_, salvaged_name, F_OK, 0) != 0) return {};
  if (const result<std::string> aside = set_aside(); !aside) return std::unexpected(aside.error());
  if (const result<void> done = rename(salvaged_name, database_name); !done) return done;
  return sync();
}

// The log first: what stands in the place of the database has at no time the log of another.
result<std::string> store_directory::set_aside() noexcept {
  expect_no_log();
  try {
    std::string name = std::string(database_name) + ".corrupt-" + time_name();
    struct stat found{};
    while (::fstatat(directory_, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 ||
           ::fstatat(directory_, (name + "-wal").c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
      name += "+";
    }
    bool anything = false;
    for (const char* suffix : {"-journal", "-wal", ""}) {
      const result<void> done = rename((std::string(database_name) + suffix).c_str(), (name + suffix).c_str());
      if (!done && done.error().code != ENOENT) return std::unexpected(done.error());
      anything = anything || done;
    }
    ::unlinkat(directory_, "nanomq.db-shm", 0);
    if (const result<void> done = sync(); !done) return std::unexpected(done.error());
    return anything ? path_ + "/" + name : std::string();
  } catch (...) {
    return std::unexpected(error{error_domain::sys, ENOMEM});
  }
}

void store_directory::suspect() noexcept {
  const int made = ::openat(directory_, suspicion_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (made >= 0) ::close(made);
  static_cast<void>(sync());
}

bool store_directory::is_suspect() const noexcept { return ::faccessat(directory_, suspicion_name, F_OK, 0) == 0; }

void store_directory::clear_suspicion() noexcept { ::unlinkat(directory_, suspicion_name, 0); }

// ---------------------------------------------------------------------------------------------------- files that go

bool store_directory::is_in_place() noexcept {
  std::array<std::uint64_t, 2> now{};
  const std::array<const char*, 2> names{database_name, log_name};
  for (std::size_t index = 0; index < names.size(); ++index) {
    struct stat found{};
    if (::fstatat(directory_, names[index], &found, AT_SYMLINK_NOFOLLOW) == 0) now[index] = found.st_ino;
  }
  if (files_[1] != 0) return now == files_;
  files_ = now;
  // The lock's content is how it is noted; not synced, because after a power cut nobody can be blamed. Without space for it
  // only the warning is missing.
  if (lock_ >= 0) static_cast<void>(::pwrite(lock_, "log\n", 4, 0) == 4);
  return now[0] != 0 && now[1] != 0;
}

void store_directory::expect_no_log() noexcept {
  if (lock_ >= 0) static_cast<void>(::ftruncate(lock_, 0) == 0);
}

bool store_directory::lacks_log() const noexcept {
  const int noted = ::openat(directory_, lock_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (noted < 0) return false;
  char first = 0;
  const bool expected = ::read(noted, &first, 1) == 1;
  ::close(noted);
  return expected && ::faccessat(directory_, log_name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}

// ---------------------------------------------------------------------------------------------------- the reserve

std::uint64_t store_directory::prepare_reserve(std::uint64_t log_bytes) noexcept {
  constexpr std::uint64_t least_log = 256U * 1024;
  struct statvfs system{};
  if (::fstatvfs(directory_, &system) != 0) return log_bytes;
  const std::uint64_t all = std::uint64_t{system.f_blocks} * system.f_frsize;
  const std::uint64_t log = std::min(log_bytes, std::max(least_log, all / 16));
  // Beside the log itself: what a commit makes it longer, and pages that are not in the log.
  reserve_bytes_ = log + std::min<std::uint64_t>(1024U * 1024, all / 16);
  rlimit most{};
  if (::getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur < reserve_bytes_) reserve_bytes_ = 0;
  static_cast<void>(restore_reserve());
  return log;
}

bool store_directory::restore_reserve() noexcept {
  if (reserved_ || reserve_bytes_ == 0) return true;
  const int made = ::openat(directory_, reserve_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (made < 0) return false;
  const int refused = ::posix_fallocate(made, 0, static_cast<off_t>(reserve_bytes_));
  ::close(made);
  reserved_ = refused == 0;
  if (reserved_) return true;
  ::unlinkat(directory_, reserve_name, 0);
  if (refused == ENOSPC || refused == EDQUOT || refused == EFBIG) return false;
  reserve_bytes_ = 0;  // this file system has no such thing
  return true;
}

bool store_directory::release_reserve() noexcept {
  if (!std::exchange(reserved_, false)) return false;
  return ::unlinkat(directory_, reserve_name, 0) == 0;
}

result<void> store_directory::sync() const noexcept {
  if (::fsync(directory_) != 0) return std::unexpected(last_system_error());
  return {};
}

std::uint64_t store_directory::size_of(const char* name) const noexcept {
  struct stat found{};
  return ::fstatat(directory_, name, &found, AT_SYMLINK_NOFOLLOW) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

}  // namespace nanolib
