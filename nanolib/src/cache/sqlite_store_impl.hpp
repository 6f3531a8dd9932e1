// The SQLite store itself, for the code that opens it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nanolib/cache/sqlite_store.hpp"
#include "sqlite_changes.hpp"
#include "sqlite_database.hpp"
#include "sqlite_reader.hpp"
#include "store_directory.hpp"
#include "stored_clock.hpp"

namespace nanolib {

/// Thread: as store.
class sqlite_store final : public store {
 public:
  /// Takes an open database with our tables. Errors: what it meets is in `outcome`; the store is then of no use.
  sqlite_store(store_directory&& directory, std::unique_ptr<sqlite_database> database,
               const sqlite_store_options& options, sqlite_outcome& outcome);
  ~sqlite_store() override;

  result<void> commit(const store_batch& changes, const clock_reading& at) noexcept override;
  result<bool> tidy() noexcept override;
  result<load_report> load(const clock_reading& at, store_visitor& into) override;
  result<queue_window> read_queue(session_key session, queue_sequence from, queue_sequence before,
                                  const window_limits& limits, const clock_reading& at) noexcept override;
  result<store_info> info() noexcept override;
  result<std::vector<std::string>> check() noexcept override;
  result<void> compact() noexcept override;
  store_counts counts() const noexcept override;
  std::string complaint() const override { return complaint_; }

 private:
  [[nodiscard]] sqlite_outcome write(const store_batch& changes, const clock_reading& at);
  [[nodiscard]] std::unexpected<error> lose_files() noexcept;
  void roll_back() noexcept;
  [[nodiscard]] sqlite_outcome try_write(const store_batch& changes, const clock_reading& at) noexcept;
  [[nodiscard]] result<void> make_space() noexcept;
  [[nodiscard]] bool may_grow(std::uint64_t by) noexcept;
  /// What an outcome means for the caller; anything but "no space" is the end of this store.
  [[nodiscard]] result<void> judge(sqlite_outcome outcome) noexcept;
  [[nodiscard]] sqlite_outcome remove_expired_retained(const clock_reading& at) noexcept;
  [[nodiscard]] sqlite_outcome free_some(bool& more);
  [[nodiscard]] std::unexpected<error> refuse() const noexcept;

  store_directory directory_;
  sqlite_store_options options_;
  stored_clock clock_;
  std::unique_ptr<sqlite_database> database_;
  std::unique_ptr<sqlite_changes> changes_;
  std::unique_ptr<sqlite_reader> reader_;
  sqlite_statement begin_, commit_, roll_back_;
  std::uint64_t log_frames_ = 1;       ///< so many more make the log worth moving
  std::uint64_t checkpoint_from_ = 1;  ///< frames in the log
  session_key next_session_ = 1;
  message_key next_message_ = 1;
  store_counts counts_;
  std::string complaint_;
  bool full_ = false;  ///< the last commit found no space
  bool failed_ = false;
};

}  // namespace nanolib
