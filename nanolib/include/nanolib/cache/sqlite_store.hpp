// The store on disk: one SQLite database in a directory of its own.
//
//   nanomq.db, nanomq.db-wal, nanomq.db-shm   the database and its write-ahead log
//   lock                                      held by the process that writes
//   nanomq.db.corrupt-<time> (-wal)           a damaged one, set aside
//   nanomq.db.suspect                         damage was met in use: the next start looks at everything
//   nanomq.db.new, nanomq.db.salvaged         what was read from a damaged one, before it takes its place
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "nanolib/cache/store.hpp"

namespace nanolib {

struct sqlite_store_options {
  std::string directory = {};              ///< made (mode 0700) when it is not there; its parent has to be
  durability level = durability::fsync;    ///< process or fsync
  std::uint64_t cache_bytes = 4U << 20U;   ///< memory for pages
  std::uint64_t log_bytes = 16U << 20U;    ///< from this size on the log is moved into the main file
  std::uint64_t maximum_bytes = 0;         ///< of the main file: beyond it no_space; 0: none but the disk's
  std::uint64_t check_bytes = 32U << 20U;  ///< files up to this size are checked completely when opened
  bool read_only = false;                  ///< beside a store that is in use: takes no lock, changes nothing
  std::string vfs = {};                    ///< for tests: the name of a registered SQLite VFS; empty: the default one
};

/// What happened while opening, for the log.
struct store_opening {
  bool created = false;
  std::string set_aside;           ///< where a damaged database is now; empty: none was found
  std::string damage;              ///< what was wrong with it
  std::uint64_t salvaged = 0;      ///< records taken over from it
  std::uint64_t lost = 0;          ///< records in it that are not as they were written, or lack what they refer to
  bool lost_uncounted = false;     ///< parts of it could not be read at all: nobody knows what was in them
  std::uint64_t lost_commits = 0;  ///< whole commits behind a damaged place of its log
};

/// Opens the store, making it when there is none. A damaged database is set aside, with all of its files, and what can be
/// read of it goes into a new one.
/// Errors: store: in_use, newer_format, foreign, unsafe, no_space, failed; sys (the directory cannot be made or opened);
/// with read_only sys ENOENT where there is none. `why` tells a person more.
[[nodiscard]] result<std::unique_ptr<store>> open_sqlite_store(const sqlite_store_options& options,
                                                               store_opening& opening, std::string& why);

/// Whether a store can be opened in this directory as far as the directory goes: nothing is made, changed or locked.
/// Errors: as of open_sqlite_store(), with `why`.
[[nodiscard]] result<void> check_store_directory(const std::string& path, std::string& why);

}  // namespace nanolib
