// A SQLite database as the store needs it: connections, prepared statements, and SQLite's answers sorted by what is to be
// done about them. sqlite_database.cpp is the one file of the product that names SQLite's functions.
//
// Every record carries a checksum of its other columns, in their order: a statement makes it while values are bound, and
// again while columns are read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace nanolib {

enum class sqlite_outcome : std::uint8_t {
  done,
  row,       ///< a row is there
  no_space,  ///< disk, quota, file size limit or memory is used up; may be tried again
  damaged,   ///< the file is not what was written, or lacks the tables that are asked for
  absent,    ///< there is no such file, or it cannot be opened
  failed,    ///< reading, writing or syncing failed, or anything unexpected
};

/// A prepared statement. Thread: its connection's.
class sqlite_statement {
 public:
  sqlite_statement() noexcept = default;
  explicit sqlite_statement(sqlite3_stmt* prepared) noexcept : prepared_(prepared) {}
  sqlite_statement(sqlite_statement&& other) noexcept;
  sqlite_statement& operator=(sqlite_statement&& other) noexcept;
  ~sqlite_statement();

  // Values, in the order of the parameters. Texts and bytes stay with the caller until the statement has run.
  sqlite_statement& bind(std::uint64_t value) noexcept;
  sqlite_statement& bind(std::int64_t value) noexcept;
  sqlite_statement& bind(std::string_view value) noexcept;
  sqlite_statement& bind(const char* value) noexcept { return bind(std::string_view(value)); }
  sqlite_statement& bind(bytes value) noexcept;
  sqlite_statement& bind_null() noexcept;
  /// The checksum of everything that was bound since the statement was ready.
  sqlite_statement& bind_checksum() noexcept;

  /// The next row, or the end; after anything but a row the statement is ready for new values.
  [[nodiscard]] sqlite_outcome step() noexcept;
  /// Runs a statement of which no row is wanted.
  [[nodiscard]] sqlite_outcome run() noexcept;
  /// Leaves the rest of the rows.
  void reset() noexcept;

  // Columns of the row that is there; views are valid until the next step.
  [[nodiscard]] bool is_null(int column) const noexcept;
  [[nodiscard]] std::int64_t integer(int column) const noexcept;
  [[nodiscard]] std::uint64_t natural(int column) const noexcept { return static_cast<std::uint64_t>(integer(column)); }
  [[nodiscard]] std::string_view text(int column) const noexcept;
  [[nodiscard]] bytes blob(int column) const noexcept;
  [[nodiscard]] int columns() const noexcept;
  /// Whether the columns from `first` on, the last one (`sum`) being their checksum, are what was written.
  [[nodiscard]] bool is_sound(int first, int sum) const noexcept;
  /// Binds a column of another statement's row as it is.
  sqlite_statement& bind_column(const sqlite_statement& from, int column) noexcept;

 private:
  void add_to_checksum(char type, std::uint64_t number) noexcept;
  void add_to_checksum(char type, bytes content) noexcept;

  sqlite3_stmt* prepared_ = nullptr;
  int bound_ = 0;
  int bind_failed_ = 0;
  std::uint32_t checksum_ = 0;
};

struct sqlite_open_options {
  std::string path;
  std::string vfs;
  bool read_only = false;
};

/// A connection. Thread: one at a time.
class sqlite_database {
 public:
  /// Null when it cannot be opened; `outcome` and `why` then say more.
  [[nodiscard]] static std::unique_ptr<sqlite_database> open(const sqlite_open_options& options,
                                                             sqlite_outcome& outcome, std::string& why);
  sqlite_database(const sqlite_database&) = delete;
  sqlite_database& operator=(const sqlite_database&) = delete;
  /// Statements are destroyed before it. What is in the log is moved into the main file, unless abandon() was called.
  ~sqlite_database();

  [[nodiscard]] sqlite_outcome execute(const char* sql) noexcept;
  /// Errors: failed or no_space, in `outcome`; the statement then answers likewise.
  [[nodiscard]] sqlite_statement prepare(std::string_view sql, sqlite_outcome& outcome) noexcept;
  /// The first column of the first row; `otherwise` when there is none or it cannot be read.
  [[nodiscard]] std::int64_t ask(std::string_view sql, std::int64_t otherwise) noexcept;
  [[nodiscard]] std::string ask_text(std::string_view sql);
  [[nodiscard]] bool in_transaction() const noexcept;
  /// Whether nothing can be written, whatever it was opened for.
  [[nodiscard]] bool is_read_only() const noexcept;

  /// Moves what is in the log into the main file, as far as nobody reads it.
  [[nodiscard]] sqlite_outcome checkpoint() noexcept;
  /// Likewise, and empties the log. no_space also while somebody reads.
  [[nodiscard]] sqlite_outcome begin_log_anew() noexcept;
  /// Frames in the log after the last commit, and bytes and syncs since the database was opened (an estimate from above:
  /// a page that is in the log twice is moved once).
  [[nodiscard]] std::uint64_t log_frames() const noexcept { return log_frames_; }
  [[nodiscard]] std::uint64_t bytes_written() const noexcept { return bytes_written_; }
  [[nodiscard]] std::uint64_t syncs() const noexcept { return syncs_; }
  /// Files are left as they are: what the system still has of them is not to be trusted.
  void abandon() noexcept;
  /// SQLite's words for what went wrong last.
  [[nodiscard]] std::string_view message() const noexcept;

 private:
  explicit sqlite_database(sqlite3* opened) noexcept;
  static int on_commit(void* self, sqlite3* of, const char* name, int frames);

  sqlite3* opened_;
  std::uint64_t log_frames_ = 0;
  std::uint64_t moved_frames_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::uint64_t syncs_ = 0;
};

}  // namespace nanolib
