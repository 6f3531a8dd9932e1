#include "sqlite_schema.hpp"

#include <algorithm>
#include <string>

namespace nanolib {

namespace {

std::string expected_schema() {
  std::string all;
  for (const sqlite_table& table : store_tables) all.append(table.sql).append(";");
  return all.append(store_index).append(";");
}

bool has_our_tables(sqlite_database& of) {
  return of.ask("SELECT count(*) FROM sqlite_schema WHERE name IN ('session', 'queue', 'message', 'retained')", 0) >= 3;
}

/// The format by the record that every format has, 0 when it is not there: the header's could be a flipped bit.
std::int64_t marked_format(sqlite_database& of) {
  sqlite_outcome outcome{};
  sqlite_statement mark = of.prepare("SELECT name, value, sum FROM mark WHERE name = 'format'", outcome);
  return outcome == sqlite_outcome::done && mark.step() == sqlite_outcome::row && mark.is_sound(0, 2) ? mark.integer(1)
                                                                                                      : 0;
}

}  // namespace

sqlite_outcome create_schema(sqlite_database& in) {
  sqlite_outcome outcome = in.execute(expected_schema().c_str());
  if (outcome == sqlite_outcome::done) {
    const std::string header = "PRAGMA application_id = " + std::to_string(store_application) +
                               "; PRAGMA user_version = " + std::to_string(store_format);
    outcome = in.execute(header.c_str());
  }
  if (outcome != sqlite_outcome::done) return outcome;
  sqlite_statement mark = in.prepare("INSERT INTO mark VALUES(?, ?, ?)", outcome);
  if (outcome != sqlite_outcome::done) return outcome;
  return mark.bind("format").bind(store_format).bind_checksum().run();
}

std::string cache_setting(std::uint64_t size) {
  return "PRAGMA cache_size = -" + std::to_string(std::max<std::uint64_t>(64, size / 1024)) + ";";
}

schema_found look_at_schema(sqlite_database& of) {
  const std::int64_t tables = of.ask("SELECT count(*) FROM sqlite_schema", 0);
  if (tables <= 0) return schema_found::damaged;  // a store is never seen without its tables
  if (of.ask("PRAGMA application_id", -1) != store_application) {
    return has_our_tables(of) ? schema_found::damaged : schema_found::foreign;
  }
  const std::int64_t format = of.ask("PRAGMA user_version", -1);
  if (format > store_format && marked_format(of) == format) return schema_found::newer;
  if (format != store_format || marked_format(of) != store_format) return schema_found::damaged;
  const std::string found = of.ask_text(
      "SELECT group_concat(sql || ';', '') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER "
      "BY rowid)");
  return found == expected_schema() ? schema_found::ours : schema_found::damaged;
}

}  // namespace nanolib
