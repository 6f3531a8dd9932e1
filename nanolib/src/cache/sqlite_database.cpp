#include "sqlite_database.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "nanolib/base/crc32c.hpp"

namespace nanolib {

namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t frame_bytes = page_bytes + 24;
constexpr int busy_timeout_ms = 5'000;

bool is_out_of_space(sqlite3_file* file) noexcept {
  int system_error = 0;
  if (file == nullptr || file->pMethods == nullptr) return false;
  if (file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &system_error) != SQLITE_OK) return false;
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

// SQLite knows ENOSPC as a full disk, but not a used-up quota or the file size limit of the process. Its own way to ask for
// the system's error looks when it is too late; the files remember it.
bool is_out_of_space(sqlite3* of) noexcept {
  sqlite3_file* main = nullptr;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(of, "main", SQLITE_FCNTL_FILE_POINTER, &main);
  sqlite3_file_control(of, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  return is_out_of_space(log) || is_out_of_space(main);
}

sqlite_outcome sort(int code, sqlite3* of) noexcept {
  switch (code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_DONE:
      return sqlite_outcome::done;
    case SQLITE_ROW:
      return sqlite_outcome::row;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
    case SQLITE_BUSY:  // somebody else writes: not one of us, those are kept out by the lock
      return sqlite_outcome::no_space;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // our statements are right: the tables are not
      return sqlite_outcome::damaged;
    case SQLITE_CANTOPEN:
      return sqlite_outcome::absent;
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_NOMEM || code == SQLITE_IOERR_SHMSIZE) return sqlite_outcome::no_space;
      // A page that is not there although another one points to it.
      if (code == SQLITE_IOERR_SHORT_READ) return sqlite_outcome::damaged;
      if (code == SQLITE_IOERR_WRITE && is_out_of_space(of)) return sqlite_outcome::no_space;
      return sqlite_outcome::failed;
    default:
      return sqlite_outcome::failed;
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------------- statements

sqlite_statement::sqlite_statement(sqlite_statement&& other) noexcept
    : prepared_(std::exchange(other.prepared_, nullptr)) {}

sqlite_statement& sqlite_statement::operator=(sqlite_statement&& other) noexcept {
  std::swap(prepared_, other.prepared_);
  return *this;
}

sqlite_statement::~sqlite_statement() { sqlite3_finalize(prepared_); }

void sqlite_statement::add_to_checksum(char type, std::uint64_t number) noexcept {
  std::array<std::byte, 9> image{static_cast<std::byte>(type)};
  for (std::size_t at = 1; at < image.size(); ++at) {
    image[at] = static_cast<std::byte>(number & 0xFFU);
    number >>= 8U;
  }
  checksum_ = crc32c(image, checksum_);
}

void sqlite_statement::add_to_checksum(char type, bytes content) noexcept {
  add_to_checksum(type, content.size());
  checksum_ = crc32c(content, checksum_);
}

sqlite_statement& sqlite_statement::bind(std::int64_t value) noexcept {
  add_to_checksum('i', static_cast<std::uint64_t>(value));
  bind_failed_ |= sqlite3_bind_int64(prepared_, ++bound_, value);
  return *this;
}

sqlite_statement& sqlite_statement::bind(std::uint64_t value) noexcept {
  return bind(static_cast<std::int64_t>(value));
}

sqlite_statement& sqlite_statement::bind(std::string_view value) noexcept {
  add_to_checksum('t', as_bytes(value));
  // A null pointer would be a null.
  const char* text = value.empty() ? "" : value.data();
  bind_failed_ |= sqlite3_bind_text64(prepared_, ++bound_, text, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

sqlite_statement& sqlite_statement::bind(bytes value) noexcept {
  add_to_checksum('b', value);
  bind_failed_ |= value.empty() ? sqlite3_bind_zeroblob(prepared_, ++bound_, 0)
                                : sqlite3_bind_blob64(prepared_, ++bound_, value.data(), value.size(), SQLITE_STATIC);
  return *this;
}

sqlite_statement& sqlite_statement::bind_null() noexcept {
  add_to_checksum('n', 0);
  bind_failed_ |= sqlite3_bind_null(prepared_, ++bound_);
  return *this;
}

sqlite_statement& sqlite_statement::bind_checksum() noexcept {
  bind_failed_ |= sqlite3_bind_int64(prepared_, ++bound_, checksum_);
  return *this;
}

sqlite_statement& sqlite_statement::bind_column(const sqlite_statement& from, int column) noexcept {
  switch (sqlite3_column_type(from.prepared_, column)) {
    case SQLITE_INTEGER:
      return bind(from.integer(column));
    case SQLITE_TEXT:
      return bind(from.text(column));
    case SQLITE_BLOB:
      return bind(from.blob(column));
    default:
      return bind_null();
  }
}

sqlite_outcome sqlite_statement::step() noexcept {
  sqlite3* const of = sqlite3_db_handle(prepared_);
  int code = prepared_ == nullptr ? SQLITE_MISUSE : bind_failed_;
  if (code == SQLITE_OK) code = sqlite3_step(prepared_);
  const sqlite_outcome outcome = sort(code, of);
  if (outcome != sqlite_outcome::row) reset();
  return outcome;
}

sqlite_outcome sqlite_statement::run() noexcept {
  const sqlite_outcome outcome = step();
  if (outcome != sqlite_outcome::row) return outcome;
  reset();
  return sqlite_outcome::done;
}

void sqlite_statement::reset() noexcept {
  sqlite3_reset(prepared_);
  bound_ = 0;
  bind_failed_ = SQLITE_OK;
  checksum_ = 0;
}

bool sqlite_statement::is_null(int column) const noexcept {
  return sqlite3_column_type(prepared_, column) == SQLITE_NULL;
}

std::int64_t sqlite_statement::integer(int column) const noexcept { return sqlite3_column_int64(prepared_, column); }

std::string_view sqlite_statement::text(int column) const noexcept {
  const unsigned char* const text = sqlite3_column_text(prepared_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(sqlite3_column_bytes(prepared_, column))};
}

bytes sqlite_statement::blob(int column) const noexcept {
  const void* const content = sqlite3_column_blob(prepared_, column);
  if (content == nullptr) return {};
  return {static_cast<const std::byte*>(content), static_cast<std::size_t>(sqlite3_column_bytes(prepared_, column))};
}

int sqlite_statement::columns() const noexcept { return sqlite3_column_count(prepared_); }

bool sqlite_statement::is_sound(int first, int sum) const noexcept {
  sqlite_statement again;
  for (int column = first; column < sum; ++column) {
    switch (sqlite3_column_type(prepared_, column)) {
      case SQLITE_INTEGER:
        again.add_to_checksum('i', natural(column));
        break;
      case SQLITE_TEXT:
        again.add_to_checksum('t', as_bytes(text(column)));
        break;
      case SQLITE_BLOB:
        again.add_to_checksum('b', blob(column));
        break;
      case SQLITE_NULL:
        again.add_to_checksum('n', 0);
        break;
      default:
        return false;  // nothing else is ever written
    }
  }
  return sqlite3_column_type(prepared_, sum) == SQLITE_INTEGER && integer(sum) == again.checksum_;
}

// ---------------------------------------------------------------------------------------------------- connections

sqlite_database::sqlite_database(sqlite3* opened) noexcept : opened_(opened) {
  // Also switches SQLite's own checkpoints off: they would hide that a sync failed.
  sqlite3_wal_hook(opened_, on_commit, this);
}

sqlite_database::~sqlite_database() { sqlite3_close(opened_); }

std::unique_ptr<sqlite_database> sqlite_database::open(const sqlite_open_options& options, sqlite_outcome& outcome,
                                                       std::string& why) {
  sqlite3* opened = nullptr;
  const int mode = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code = sqlite3_open_v2(options.path.c_str(), &opened, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                   options.vfs.empty() ? nullptr : options.vfs.c_str());
  outcome = opened == nullptr ? sqlite_outcome::no_space : sort(code, opened);
  if (outcome != sqlite_outcome::done) {
    why = opened == nullptr ? "out of memory" : sqlite3_errmsg(opened);
    sqlite3_close(opened);
    return nullptr;
  }
  sqlite3_busy_timeout(opened, busy_timeout_ms);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  return std::unique_ptr<sqlite_database>(new sqlite_database(opened));
}

sqlite_outcome sqlite_database::execute(const char* sql) noexcept {
  return sort(sqlite3_exec(opened_, sql, nullptr, nullptr, nullptr), opened_);
}

sqlite_statement sqlite_database::prepare(std::string_view sql, sqlite_outcome& outcome) noexcept {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(opened_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &prepared, nullptr);
  outcome = sort(code, opened_);
  return sqlite_statement(prepared);
}

std::int64_t sqlite_database::ask(std::string_view sql, std::int64_t otherwise) noexcept {
  sqlite_outcome outcome{};
  sqlite_statement question = prepare(sql, outcome);
  return outcome == sqlite_outcome::done && question.step() == sqlite_outcome::row && !question.is_null(0)
             ? question.integer(0)
             : otherwise;
}

std::string sqlite_database::ask_text(std::string_view sql) {
  sqlite_outcome outcome{};
  sqlite_statement question = prepare(sql, outcome);
  if (outcome != sqlite_outcome::done || question.step() != sqlite_outcome::row) return {};
  return std::string(question.text(0));
}

bool sqlite_database::in_transaction() const noexcept { return sqlite3_get_autocommit(opened_) == 0; }

bool sqlite_database::is_read_only() const noexcept { return sqlite3_db_readonly(opened_, "main") != 0; }

int sqlite_database::on_commit(void* self, sqlite3*, const char*, int frames) {
  auto& of = *static_cast<sqlite_database*>(self);
  const auto now = static_cast<std::uint64_t>(frames);
  of.bytes_written_ += (now > of.log_frames_ ? now - of.log_frames_ : now) * frame_bytes;
  of.log_frames_ = now;
  ++of.syncs_;
  return SQLITE_OK;
}

sqlite_outcome sqlite_database::checkpoint() noexcept {
  int frames = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(opened_, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
  if (code == SQLITE_BUSY) return sqlite_outcome::done;
  if (code != SQLITE_OK) return sort(code, opened_);
  const auto now = static_cast<std::uint64_t>(moved);
  bytes_written_ += (now - std::min(now, moved_frames_)) * page_bytes;
  syncs_ += 2;
  moved_frames_ = now;
  if (moved == frames) {  // the next commit begins the log anew
    log_frames_ = 0;
    moved_frames_ = 0;
  }
  return sqlite_outcome::done;
}

sqlite_outcome sqlite_database::begin_log_anew() noexcept {
  const int code = sqlite3_wal_checkpoint_v2(opened_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  log_frames_ = 0;
  moved_frames_ = 0;
  return sort(code, opened_);
}

void sqlite_database::abandon() noexcept { sqlite3_db_config(opened_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

std::string_view sqlite_database::message() const noexcept { return sqlite3_errmsg(opened_); }

}  // namespace nanolib
