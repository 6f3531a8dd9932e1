#include <algorithm>
#include <new>

#include "sqlite_check.hpp"
#include "sqlite_schema.hpp"
#include "sqlite_store_impl.hpp"

namespace nanolib {

namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t frame_bytes = page_bytes + 24;
/// Rows of ended sessions that one call of tidy() frees.
constexpr std::size_t freed_at_once = 1'000;

bool has_messages(const store_batch& changes) noexcept {
  return std::ranges::any_of(changes.changes(),
                             [](const store_change& one) { return std::holds_alternative<put_row>(one); });
}

}  // namespace

sqlite_store::sqlite_store(store_directory&& directory, std::unique_ptr<sqlite_database> database,
                           const sqlite_store_options& options, sqlite_outcome& outcome)
    : directory_(std::move(directory)), options_(options), database_(std::move(database)) {
  outcome = sqlite_reader::read_marks(*database_, next_session_, next_message_, clock_);
  if (outcome == sqlite_outcome::done) reader_ = std::make_unique<sqlite_reader>(*database_, clock_, outcome);
  if (options_.read_only) {
    // Whoever only looks is given a damaged one too, for check().
    if (outcome != sqlite_outcome::done) reader_.reset();
    outcome = sqlite_outcome::done;
  }
  if (outcome != sqlite_outcome::done || options_.read_only) return;
  log_frames_ = std::max<std::uint64_t>(1, directory_.prepare_reserve(options.log_bytes) / frame_bytes);
  checkpoint_from_ = log_frames_;
  changes_ = std::make_unique<sqlite_changes>(*database_, clock_, outcome);
  changes_->set_reserved(next_session_, next_message_);
  if (outcome == sqlite_outcome::done) begin_ = database_->prepare("BEGIN IMMEDIATE", outcome);
  if (outcome == sqlite_outcome::done) commit_ = database_->prepare("COMMIT", outcome);
  if (outcome == sqlite_outcome::done) roll_back_ = database_->prepare("ROLLBACK", outcome);
}

sqlite_store::~sqlite_store() {
  if (!failed_ && changes_) directory_.expect_no_log();
}

std::unexpected<error> sqlite_store::refuse() const noexcept {
  return std::unexpected(make_error(store_error::failed));
}

result<void> sqlite_store::judge(sqlite_outcome outcome) noexcept {
  if (outcome == sqlite_outcome::done) return {};
  try {
    complaint_ = database_->message();
  } catch (...) {
    complaint_.clear();
  }
  if (outcome == sqlite_outcome::no_space) return std::unexpected(make_error(store_error::no_space));
  failed_ = true;
  // Nothing is moved into the main file any more: what the log has is what the next start reads.
  database_->abandon();
  if (outcome == sqlite_outcome::damaged && !options_.read_only) directory_.suspect();
  return refuse();
}

// What was committed just now is in a file that nobody will find.
std::unexpected<error> sqlite_store::lose_files() noexcept {
  static_cast<void>(judge(sqlite_outcome::failed));
  try {
    complaint_ = "the files were removed or replaced while they were in use";
  } catch (...) {
    complaint_.clear();
  }
  return refuse();
}

void sqlite_store::roll_back() noexcept {
  if (database_->in_transaction()) static_cast<void>(roll_back_.run());
  changes_->roll_back();
}

// ---------------------------------------------------------------------------------------------------- writing

sqlite_outcome sqlite_store::write(const store_batch& changes, const clock_reading& at) {
  changes_->begin();
  sqlite_outcome outcome = begin_.run();
  if (outcome == sqlite_outcome::done) outcome = changes_->apply(changes, at);
  return outcome == sqlite_outcome::done ? commit_.run() : outcome;
}

sqlite_outcome sqlite_store::try_write(const store_batch& changes, const clock_reading& at) noexcept {
  try {
    return write(changes, at);
  } catch (const std::bad_alloc&) {
    return sqlite_outcome::no_space;
  }
}

// What the log holds goes into the main file, at the cost of the reserve if need be: then the log's space is used again.
result<void> sqlite_store::make_space() noexcept {
  sqlite_outcome moved = database_->checkpoint();
  if (moved == sqlite_outcome::no_space && directory_.release_reserve()) moved = database_->checkpoint();
  return moved == sqlite_outcome::no_space ? result<void>{} : judge(moved);
}

// Without the reserve there is only room for messages where the main file has pages to spare: or what they add to the log
// could not be moved, and nothing could be taken away any more.
bool sqlite_store::may_grow(std::uint64_t by) noexcept {
  if (directory_.restore_reserve()) return true;
  const std::int64_t spare = database_->ask("PRAGMA freelist_count", 0);
  return static_cast<std::uint64_t>(spare) * page_bytes >= log_frames_ * frame_bytes + 2 * by;
}

result<void> sqlite_store::commit(const store_batch& changes, const clock_reading& at) noexcept {
  if (failed_ || !changes_) return refuse();
  clock_.begin(at);
  if (full_) {
    if (const result<void> made = make_space(); !made) return made;
  }
  const bool grows = has_messages(changes);
  sqlite_outcome outcome = !grows || may_grow(changes.bytes()) ? try_write(changes, at) : sqlite_outcome::no_space;
  if (outcome == sqlite_outcome::no_space && full_ && !grows && directory_.release_reserve()) {
    roll_back();
    outcome = try_write(changes, at);
  }
  full_ = outcome == sqlite_outcome::no_space;
  const result<void> judged = judge(outcome);
  if (judged && !directory_.is_in_place()) return lose_files();
  if (judged) {
    ++counts_.commits;
    clock_.set_corrected();
    counts_.changes += changes.changes().size();
  } else {
    roll_back();
    if (!failed_) ++counts_.refused;
  }
  return judged;
}

sqlite_outcome sqlite_store::free_some(bool& more) {
  changes_->begin();
  sqlite_outcome outcome = begin_.run();
  if (outcome == sqlite_outcome::done) outcome = changes_->free_doomed(freed_at_once, more);
  return outcome == sqlite_outcome::done ? commit_.run() : outcome;
}

result<bool> sqlite_store::tidy() noexcept {
  if (failed_ || !changes_) return refuse();
  if (database_->log_frames() >= checkpoint_from_) {
    if (const result<void> moved = judge(database_->checkpoint()); !moved) return std::unexpected(moved.error());
    // Where a reader keeps it from being moved, it is tried again when it has grown once more.
    checkpoint_from_ = database_->log_frames() + log_frames_;
  }
  bool more = false;
  sqlite_outcome outcome = sqlite_outcome::no_space;
  try {
    outcome = free_some(more);
  } catch (const std::bad_alloc&) {
    outcome = sqlite_outcome::no_space;
  }
  const result<void> judged = judge(outcome);
  if (judged) return more;
  roll_back();
  return std::unexpected(judged.error());
}

// ---------------------------------------------------------------------------------------------------- reading

result<load_report> sqlite_store::load(const clock_reading& at, store_visitor& into) {
  if (failed_ || !reader_) return refuse();
  clock_.begin(at);
  load_report report;
  report.next_session = next_session_;
  report.next_message = next_message_;
  result<void> judged = judge(reader_->load(at, into, report));
  if (judged) judged = judge(database_->execute(cache_setting(options_.cache_bytes).c_str()));
  counts_.damaged += report.damaged;
  if (judged && changes_ && report.expired > 0) {
    judged = judge(remove_expired_retained(at));
    // They are found again at the next start.
    if (!judged && !failed_) judged = {};
  }
  if (!judged) return std::unexpected(judged.error());
  return report;
}

sqlite_outcome sqlite_store::remove_expired_retained(const clock_reading& at) noexcept {
  sqlite_outcome outcome{};
  sqlite_statement removal = database_->prepare(
      "DELETE FROM retained WHERE expiry + (SELECT offset FROM run WHERE id = retained.run AND seen > 0) <= ?",
      outcome);
  if (outcome != sqlite_outcome::done) return outcome;
  return removal.bind(std::int64_t{clock_.civil(at).time_since_epoch().count()}).run();
}

result<queue_window> sqlite_store::read_queue(session_key session, queue_sequence from, queue_sequence before,
                                              const window_limits& limits, const clock_reading& at) noexcept {
  if (failed_ || !reader_) return refuse();
  try {
    queue_window window;
    clock_.begin(at);
    const result<void> judged = judge(reader_->read_queue(session, from, before, limits, at, window));
    if (!judged) return std::unexpected(judged.error());
    counts_.damaged += window.damaged;
    return window;
  } catch (const std::bad_alloc&) {
    return std::unexpected(make_error(store_error::no_space));
  }
}

result<store_info> sqlite_store::info() noexcept {
  if (failed_) return refuse();
  try {
    store_info told;
    const auto count = [this](const char* what) {
      return static_cast<std::uint64_t>(database_->ask("SELECT count(*) FROM " + std::string(what), 0));
    };
    told.kind = "sqlite";
    told.path = directory_.path();
    told.format = static_cast<std::uint32_t>(store_format);
    told.level = options_.level;
    told.sessions = count("session");
    told.subscriptions = count("subscription");
    told.unreleased = count("unreleased");
    told.wills = count("will");
    told.queue_rows = count("queue");
    told.messages = count("message");
    told.retained = count("retained");
    told.file_bytes = directory_.database_bytes();
    told.log_bytes = directory_.log_bytes();
    told.free_bytes =
        static_cast<std::uint64_t>(database_->ask("PRAGMA freelist_count", 0) * database_->ask("PRAGMA page_size", 0));
    return told;
  } catch (...) {
    return std::unexpected(make_error(store_error::no_space));
  }
}

result<std::vector<std::string>> sqlite_store::check() noexcept {
  if (failed_) return refuse();
  try {
    std::vector<std::string> findings;
    const result<void> judged = judge(check_completely(*database_, findings));
    if (!judged) return std::unexpected(judged.error());
    return findings;
  } catch (...) {
    return std::unexpected(make_error(store_error::no_space));
  }
}

result<void> sqlite_store::compact() noexcept {
  if (failed_ || !changes_) return refuse();
  for (bool more = true; more;) {
    const result<bool> tidied = tidy();
    if (!tidied) return std::unexpected(tidied.error());
    more = *tidied;
  }
  changes_->begin();
  const result<void> done = judge(database_->execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"));
  if (!done) roll_back();
  return done;
}

store_counts sqlite_store::counts() const noexcept {
  store_counts told = counts_;
  told.bytes_written = database_->bytes_written();
  told.syncs = options_.level == durability::fsync ? database_->syncs() : 0;
  return told;
}

}  // namespace nanolib
