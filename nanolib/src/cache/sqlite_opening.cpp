// How a store on disk is opened: whose directory, whose database, is it sound; and what is done when it is not.
#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "sqlite_check.hpp"
#include "sqlite_salvage.hpp"
#include "sqlite_schema.hpp"
#include "sqlite_store_impl.hpp"
#include "wal_scan.hpp"

namespace nanolib {

namespace {

struct opener {
  const sqlite_store_options& options;
  store_opening& opening;
  std::string& why;
  store_directory directory = {};
  std::unique_ptr<sqlite_database> database = nullptr;

  [[nodiscard]] result<std::unique_ptr<store>> open();
  [[nodiscard]] result<void> enter_directory();
  /// Opens the database. False: it is damaged, see `opening.damage`.
  [[nodiscard]] result<bool> connect();
  [[nodiscard]] result<bool> recognise();
  [[nodiscard]] sqlite_outcome configure();
  [[nodiscard]] result<void> make();
  [[nodiscard]] result<void> replace();
  [[nodiscard]] result<bool> judge(sqlite_outcome outcome);
  [[nodiscard]] result<bool> damage(std::string what);
};

result<void> opener::enter_directory() {
  result<store_directory> entered = store_directory::open(options.directory, options.read_only, why);
  if (!entered) return std::unexpected(entered.error());
  directory = std::move(*entered);
  if (options.read_only) return directory.look_at_files(why);
  if (const result<void> locked = directory.lock(why); !locked) return locked;
  if (const result<void> resumed = directory.resume_replacement(); !resumed) {
    why = directory.path() + ": " + std::string(describe(resumed.error()));
    return resumed;
  }
  bool present = false;
  if (const result<void> prepared = directory.prepare_files(present, why); !prepared) return prepared;
  return present ? result<void>() : make();
}

// A new one. What is left of one whose main file has gone is set aside with it.
result<void> opener::make() {
  if (directory.log_bytes() > 0) opening.damage = "the main file is missing, its log is there";
  if (const result<void> begun = directory.begin_replacement(why); !begun) return begun;
  const sqlite_outcome outcome = make_database(directory.replacement(), options.vfs);
  if (outcome != sqlite_outcome::done) {
    why = directory.path() + ": a database cannot be made here";
    return std::unexpected(
        make_error(outcome == sqlite_outcome::no_space ? store_error::no_space : store_error::failed));
  }
  const result<std::string> aside = directory.finish_replacement();
  if (!aside) {
    why = directory.path() + ": " + std::string(describe(aside.error()));
    return std::unexpected(aside.error());
  }
  opening.created = true;
  if (opening.damage.empty()) return {};
  opening.set_aside = *aside;
  opening.lost_uncounted = true;
  return {};
}

result<bool> opener::damage(std::string what) {
  std::ranges::replace(what, '\n', ' ');  // SQLite's findings have lines
  opening.damage = std::move(what);
  if (database) database->abandon();
  return false;
}

// What stands in the way of using the database: damage, or an error.
result<bool> opener::judge(sqlite_outcome outcome) {
  if (outcome == sqlite_outcome::done) return true;
  std::string said = database ? std::string(database->message()) : why;
  if (outcome == sqlite_outcome::damaged) return damage(std::move(said));
  why = directory.database() + ": " + said;
  if (database) database->abandon();
  return std::unexpected(make_error(outcome == sqlite_outcome::no_space ? store_error::no_space : store_error::failed));
}

result<bool> opener::connect() {
  const result<log_tail> tail = scan_log(directory.log());
  if (!tail) {
    why = directory.log() + ": " + std::string(describe(tail.error()));
    return std::unexpected(tail.error());
  }
  opening.lost_commits = tail->lost_commits;
  if (directory.lacks_log()) return damage("the log is missing, with all that was not yet in the main file");
  // Where commits are not synced one by one, a power cut leaves this too, and only the latest are lost.
  if (tail->lost_commits > 0 && !options.read_only && options.level == durability::fsync) {
    return damage("the log is damaged before its end");
  }
  sqlite_outcome outcome{};
  database = sqlite_database::open({directory.database(), options.vfs, options.read_only}, outcome, why);
  if (!database) return judge(outcome);
  const result<bool> known = recognise();
  if (!known || !*known) return known;
  const bool all = directory.is_suspect() || directory.database_bytes() + directory.log_bytes() <= options.check_bytes;
  std::string wrong = check_structure(*database, all);
  if (!wrong.empty()) return damage(std::move(wrong));
  session_key sessions = 0;
  message_key messages = 0;
  stored_clock clock;
  const sqlite_outcome marks = sqlite_reader::read_marks(*database, sessions, messages, clock);
  if (marks == sqlite_outcome::damaged) return damage("a record of keys or of time has a wrong checksum");
  if (marks != sqlite_outcome::done || options.read_only || !tail->is_torn) return judge(marks);
  // With no space the log stays as it is.
  const sqlite_outcome renewed = database->begin_log_anew();
  return judge(renewed == sqlite_outcome::no_space ? sqlite_outcome::done : renewed);
}

result<bool> opener::recognise() {
  if (const result<bool> set = judge(configure()); !set || !*set) return set;
  switch (look_at_schema(*database)) {
    case schema_found::ours:
      // A header that claims a version of the file which SQLite can only read.
      if (!options.read_only && database->is_read_only()) return damage("the header is not as it was written");
      return true;
    case schema_found::damaged:
      return damage("the header or the tables are not as they were written");
    case schema_found::newer:
      why = directory.database() + ": this store was written by a newer version of nanomq";
      return std::unexpected(make_error(store_error::newer_format));
    case schema_found::foreign:
      break;
  }
  why = directory.database() + ": this is not a store of nanomq";
  return std::unexpected(make_error(store_error::foreign));
}

sqlite_outcome opener::configure() {
  // Looking through everything once gains nothing from a large cache; load() is followed by one that does.
  std::string settings = cache_setting(std::min<std::uint64_t>(options.cache_bytes, 512U * 1024)) +
                         "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;";
  if (options.read_only) return database->execute(settings.c_str());
  settings += "PRAGMA journal_mode = WAL; PRAGMA secure_delete = FAST;";
  settings += "PRAGMA journal_size_limit = " + std::to_string(options.log_bytes) + ";";
  settings += options.level == durability::fsync ? "PRAGMA synchronous = FULL;" : "PRAGMA synchronous = NORMAL;";
  if (options.maximum_bytes > 0) {
    settings += "PRAGMA max_page_count = " + std::to_string(std::max<std::uint64_t>(64, options.maximum_bytes / 4096));
  }
  const sqlite_outcome outcome = database->execute(settings.c_str());
  if (outcome != sqlite_outcome::done) return outcome;
  return database->ask_text("PRAGMA journal_mode") == "wal" ? sqlite_outcome::done : sqlite_outcome::failed;
}

// What can be read of a damaged database takes its place.
result<void> opener::replace() {
  database.reset();
  if (const result<void> begun = directory.begin_replacement(why); !begun) return begun;
  salvage_report report;
  const std::uint64_t size = directory.database_bytes() + directory.log_bytes();
  const sqlite_outcome outcome = salvage(directory.database(), directory.replacement(), options.vfs, size, report);
  if (outcome != sqlite_outcome::done) {
    why = directory.path() + ": what can be read of a damaged store (" + opening.damage + ") cannot be copied";
    return std::unexpected(
        make_error(outcome == sqlite_outcome::no_space ? store_error::no_space : store_error::failed));
  }
  const result<std::string> aside = directory.finish_replacement();
  if (!aside) {
    why = directory.path() + ": a damaged store cannot be set aside: " + std::string(describe(aside.error()));
    return std::unexpected(aside.error());
  }
  directory.clear_suspicion();
  opening.set_aside = *aside;
  opening.salvaged = report.kept;
  opening.lost = report.lost;
  opening.lost_uncounted = report.unreadable;
  return {};
}

result<std::unique_ptr<store>> opener::open() {
  if (const result<void> entered = enter_directory(); !entered) return std::unexpected(entered.error());
  result<bool> sound = connect();
  if (sound && !*sound && !options.read_only) {
    if (const result<void> replaced = replace(); !replaced) return std::unexpected(replaced.error());
    const std::uint64_t lost_commits = opening.lost_commits;
    sound = connect();
    opening.lost_commits = lost_commits;
  }
  if (!sound) return std::unexpected(sound.error());
  if (!*sound && !(options.read_only && database)) {
    why = directory.database() + ": damaged: " + opening.damage;
    return std::unexpected(make_error(store_error::failed));
  }
  if (!options.read_only) directory.clear_suspicion();
  sqlite_outcome outcome{};
  auto opened = std::make_unique<sqlite_store>(std::move(directory), std::move(database), options, outcome);
  if (outcome == sqlite_outcome::done) return opened;
  why = options.directory + ": " + opened->complaint();
  return std::unexpected(make_error(store_error::failed));
}

}  // namespace

result<std::unique_ptr<store>> open_sqlite_store(const sqlite_store_options& options, store_opening& opening,
                                                 std::string& why) {
  return opener{.options = options, .opening = opening, .why = why}.open();
}

}  // namespace nanolib
