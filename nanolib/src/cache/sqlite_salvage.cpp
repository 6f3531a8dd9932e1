#include "sqlite_salvage.hpp"

#include <algorithm>
#include <memory>

#include "sqlite_schema.hpp"

namespace nanolib {

namespace {

/// No row is smaller than this: a damaged tree that leads round in circles ends some time.
constexpr std::uint64_t smallest_row = 8;

std::string repeated_marks(int columns) {
  std::string marks = "?";
  for (int column = 1; column < columns; ++column) marks += ", ?";
  return marks;
}

struct copying {
  sqlite_database& from;
  sqlite_database& into;
  std::uint64_t most_rows;
  salvage_report& report;

  // Until the end or the first place that cannot be read, which is `damaged`. What is there already is passed over.
  sqlite_outcome copy(const sqlite_table& table, bool backwards) const {
    std::string order;
    for (const char letter : table.key) order += letter == ',' && backwards ? " DESC," : std::string(1, letter);
    if (backwards) order += " DESC";
    sqlite_outcome read{};
    sqlite_outcome written{};
    sqlite_statement rows = from.prepare("SELECT * FROM " + std::string(table.name) + " ORDER BY " + order, read);
    sqlite_statement put = into.prepare(
        "INSERT OR IGNORE INTO " + std::string(table.name) + " VALUES(" + repeated_marks(table.columns) + ")", written);
    if (written != sqlite_outcome::done) return written;
    if (read != sqlite_outcome::done) return sqlite_outcome::damaged;
    for (std::uint64_t seen = 0; seen < most_rows; ++seen) {
      read = rows.step();
      if (read == sqlite_outcome::done) return read;
      if (read != sqlite_outcome::row) return sqlite_outcome::damaged;
      if (rows.columns() != table.columns || !rows.is_sound(0, table.columns - 1)) {
        if (!backwards) ++report.lost;
        continue;
      }
      for (int column = 0; column < table.columns; ++column) put.bind_column(rows, column);
      written = put.run();
      if (written != sqlite_outcome::done) return written;
    }
    return sqlite_outcome::damaged;
  }

  sqlite_outcome copy_all() const {
    for (const sqlite_table& table : store_tables) {
      if (!table.has_checksum) continue;
      sqlite_outcome outcome = copy(table, false);
      if (outcome == sqlite_outcome::damaged) {
        report.unreadable = true;
        outcome = copy(table, true);
      }
      if (outcome != sqlite_outcome::done && outcome != sqlite_outcome::damaged) return outcome;
    }
    return sqlite_outcome::done;
  }
};

/// Rows without a message are lost, messages without a row are of no use; counts are made anew.
sqlite_outcome make_consistent(sqlite_database& in, salvage_report& report) {
  report.lost += static_cast<std::uint64_t>(
      in.ask("SELECT count(*) FROM queue WHERE message NOT IN (SELECT key FROM message)", 0));
  const sqlite_outcome outcome = in.execute(
      "DELETE FROM queue WHERE message NOT IN (SELECT key FROM message);"
      "DELETE FROM message WHERE key NOT IN (SELECT message FROM queue);"
      "INSERT INTO reference SELECT message, count(*) FROM queue WHERE shared GROUP BY message;"
      "INSERT INTO doomed SELECT DISTINCT session FROM queue WHERE session NOT IN (SELECT key FROM session);");
  for (const sqlite_table& table : store_tables) {
    if (table.has_checksum) {
      report.kept += static_cast<std::uint64_t>(in.ask("SELECT count(*) FROM " + std::string(table.name), 0));
    }
  }
  return outcome;
}

/// The keys that were used last may be among what was lost.
sqlite_outcome skip_keys(sqlite_database& in) {
  sqlite_outcome outcome{};
  const auto note = [&](const char* name, std::int64_t above) {
    if (outcome != sqlite_outcome::done) return;
    const std::int64_t noted = in.ask("SELECT value FROM mark WHERE name = '" + std::string(name) + "'", 1);
    sqlite_statement mark = in.prepare("INSERT OR REPLACE INTO mark VALUES(?, ?, ?)", outcome);
    if (outcome != sqlite_outcome::done) return;
    outcome = mark.bind(name).bind(std::max(noted, above + 1) + 1'000'000).bind_checksum().run();
  };
  note("next_session", in.ask("SELECT max(key) FROM session", 0));
  note("next_message", in.ask("SELECT max(key) FROM message", 0));
  return outcome;
}

/// The file counts only when it is complete and has been synced by who asked for it: nothing has to be undone, and
/// nothing synced, before.
std::unique_ptr<sqlite_database> begin_database(const std::string& path, const std::string& vfs,
                                                sqlite_outcome& outcome) {
  std::string why;
  std::unique_ptr<sqlite_database> made = sqlite_database::open({path, vfs, false}, outcome, why);
  if (!made) return made;
  outcome = made->execute("PRAGMA page_size = 4096; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN");
  if (outcome == sqlite_outcome::done) outcome = create_schema(*made);
  return made;
}

sqlite_outcome finish_database(sqlite_database& made) { return made.execute("COMMIT; PRAGMA journal_mode = WAL"); }

}  // namespace

sqlite_outcome make_database(const std::string& into, const std::string& vfs) {
  sqlite_outcome outcome{};
  const std::unique_ptr<sqlite_database> made = begin_database(into, vfs, outcome);
  return outcome == sqlite_outcome::done ? finish_database(*made) : outcome;
}

sqlite_outcome salvage(const std::string& damaged, const std::string& into, const std::string& vfs,
                       std::uint64_t damaged_bytes, salvage_report& report) {
  sqlite_outcome outcome{};
  const std::unique_ptr<sqlite_database> fresh = begin_database(into, vfs, outcome);
  if (outcome != sqlite_outcome::done) return outcome;
  std::string why;
  sqlite_outcome opened{};
  const std::unique_ptr<sqlite_database> old = sqlite_database::open({damaged, vfs, true}, opened, why);
  if (old) static_cast<void>(old->execute("PRAGMA cell_size_check = ON"));
  if (old && old->ask("SELECT count(*) FROM sqlite_schema", -1) > 0) {
    outcome = copying{*old, *fresh, damaged_bytes / smallest_row, report}.copy_all();
  } else {
    report.unreadable = true;
  }
  if (outcome == sqlite_outcome::done) outcome = make_consistent(*fresh, report);
  if (outcome == sqlite_outcome::done) outcome = skip_keys(*fresh);
  return outcome == sqlite_outcome::done ? finish_database(*fresh) : outcome;
}

}  // namespace nanolib
