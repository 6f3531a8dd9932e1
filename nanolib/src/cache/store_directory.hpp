// The directory of a store on disk: whose it is, who may read it, which files are in it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "nanolib/base/result.hpp"

namespace nanolib {

/// An open directory. Thread: externally synchronised. Owns: a descriptor of the directory and the lock.
class store_directory {
 public:
  store_directory() noexcept = default;
  store_directory(store_directory&& other) noexcept;
  store_directory& operator=(store_directory&& other) noexcept;
  ~store_directory();

  /// Opens it, making it (mode 0700) unless `read_only`. Errors: sys; store: unsafe (a symbolic link, somebody else's,
  /// others can write in it).
  [[nodiscard]] static result<store_directory> open(const std::string& path, bool read_only, std::string& why);

  /// The same without making it.
  [[nodiscard]] static result<store_directory> open_existing(const std::string& path, bool read_only, std::string& why);

  /// Keeps other processes, and other stores of this one, from writing. Errors: store: in_use, unsafe; sys.
  [[nodiscard]] result<void> lock(std::string& why);
  /// Makes sure that the database's files are ordinary ones of ours which nobody else can read. `present`: the main file
  /// is there. Errors: store: unsafe; sys.
  [[nodiscard]] result<void> prepare_files(bool& present, std::string& why);
  /// The same without changing anything. Errors: store: unsafe; sys (ENOENT).
  [[nodiscard]] result<void> look_at_files(std::string& why) const;

  // A database is made beside its place, and then takes it: a new one, or what could be read of a damaged one, which gives
  // way. A crash at any moment leaves either the one or the other: `nanomq.db.new` is being made, `nanomq.db.salvaged` is
  // complete and only has to take its place.

  [[nodiscard]] std::string replacement() const { return path_ + "/nanomq.db.new"; }
  /// Makes an empty file for it. Errors: store: no_space; sys.
  [[nodiscard]] result<void> begin_replacement(std::string& why) const;
  /// The replacement is complete: what there is of a database and its log gets another name, which is returned, and the
  /// replacement takes its place. Empty: there was nothing. Errors: sys.
  [[nodiscard]] result<std::string> finish_replacement() noexcept;
  /// Ends what an earlier process had begun. Errors: sys.
  [[nodiscard]] result<void> resume_replacement() noexcept;

  /// Notes that the database has been found damaged while it was in use, for the next start.
  void suspect() noexcept;
  [[nodiscard]] bool is_suspect() const noexcept;
  void clear_suspicion() noexcept;

  // Files that go away under a store that uses them take with them what was acknowledged.

  /// Whether the database and its log are still the files that they were when this was asked first. Then it is noted as
  /// well that there has to be a log.
  [[nodiscard]] bool is_in_place() noexcept;
  /// The log is moved into the main file now, and goes.
  void expect_no_log() noexcept;
  /// Whether there was a log when the store was used last, and now is none.
  [[nodiscard]] bool lacks_log() const noexcept;

  // Space for the day on which there is none: a file that is given up for it, and made again.

  /// Decides how large it is to be, by what the log may grow to and the file system's size, and makes it if possible.
  /// Returns how large the log may become.
  [[nodiscard]] std::uint64_t prepare_reserve(std::uint64_t log_bytes) noexcept;
  /// Whether it is there, or there is to be none; made again if that is possible now.
  [[nodiscard]] bool restore_reserve() noexcept;
  /// Whether there was something to give up.
  bool release_reserve() noexcept;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string database() const { return path_ + "/nanomq.db"; }
  [[nodiscard]] std::string log() const { return path_ + "/nanomq.db-wal"; }
  /// Bytes of the database and its log.
  [[nodiscard]] std::uint64_t database_bytes() const noexcept { return size_of("nanomq.db"); }
  [[nodiscard]] std::uint64_t log_bytes() const noexcept { return size_of("nanomq.db-wal"); }

 private:
  [[nodiscard]] std::uint64_t size_of(const char* name) const noexcept;
  [[nodiscard]] result<void> check_file(const char* name, bool repair, std::string& why) const;
  [[nodiscard]] result<void> make_file(const char* name, std::string& why) const;
  [[nodiscard]] result<void> sync() const noexcept;
  [[nodiscard]] result<void> rename(const char* from, const char* to) const noexcept;
  [[nodiscard]] result<std::string> set_aside() noexcept;

  std::string path_;
  int directory_ = -1;
  int lock_ = -1;
  std::array<std::uint64_t, 2> files_{};  ///< their numbers; 0: not known yet
  std::uint64_t reserve_bytes_ = 0;       ///< 0: there is to be none
  bool reserved_ = false;
};

}  // namespace nanolib
