#include "sqlite_check.hpp"

#include "sqlite_schema.hpp"

namespace nanolib {

namespace {

constexpr std::size_t most_findings = 100;

/// The answer of SQLite's own checks: lines, or "ok".
sqlite_outcome collect(sqlite_database& of, const std::string& question, std::vector<std::string>& findings) {
  sqlite_outcome outcome{};
  sqlite_statement lines = of.prepare(question, outcome);
  if (outcome != sqlite_outcome::done) return outcome;
  while ((outcome = lines.step()) == sqlite_outcome::row) {
    if (lines.text(0) != "ok" && findings.size() < most_findings) findings.emplace_back(lines.text(0));
  }
  return outcome;
}

sqlite_outcome check_sums(sqlite_database& of, const sqlite_table& table, std::vector<std::string>& findings) {
  sqlite_outcome outcome{};
  sqlite_statement rows =
      of.prepare("SELECT * FROM " + std::string(table.name) + " ORDER BY " + std::string(table.key), outcome);
  if (outcome != sqlite_outcome::done) return outcome;
  while ((outcome = rows.step()) == sqlite_outcome::row) {
    if (rows.is_sound(0, table.columns - 1) || findings.size() >= most_findings) continue;
    findings.push_back(std::string(table.name) + " " + std::string(rows.text(0)) + ": wrong checksum");
  }
  return outcome;
}

struct rule {
  const char* question;
  const char* finding;
};

/// What holds between records; each question is answered with how often it does not.
constexpr rule rules[] = {
    {"SELECT count(*) FROM queue WHERE message NOT IN (SELECT key FROM message)", "queue rows without their message"},
    {"SELECT count(*) FROM message WHERE key NOT IN (SELECT message FROM queue)", "messages without a queue row"},
    {"SELECT count(*) FROM (SELECT message, count(*) AS found FROM queue WHERE shared GROUP BY message) JOIN reference "
     "USING (message) WHERE reference.count <> found",
     "messages whose rows are counted wrongly"},
    {"SELECT count(*) FROM queue WHERE shared AND message NOT IN (SELECT message FROM reference)",
     "queue rows whose message is not counted"},
    {"SELECT count(*) FROM queue WHERE session NOT IN (SELECT key FROM session) AND session NOT IN (SELECT session "
     "FROM "
     "doomed)",
     "queue rows without their session"},
    {"SELECT count(*) FROM subscription WHERE session NOT IN (SELECT key FROM session)",
     "subscriptions without their session"},
};

}  // namespace

std::string check_structure(sqlite_database& of, bool bodies) {
  std::vector<std::string> findings;
  if (bodies) {
    if (collect(of, "PRAGMA quick_check(1)", findings) != sqlite_outcome::done) findings.emplace_back(of.message());
  } else {
    for (const sqlite_table& table : store_tables) {
      if (table.name == "message" || table.name == "retained") continue;
      const std::string question = "PRAGMA quick_check('" + std::string(table.name) + "')";
      if (collect(of, question, findings) != sqlite_outcome::done) findings.emplace_back(of.message());
    }
  }
  return findings.empty() ? std::string() : findings.front();
}

sqlite_outcome check_completely(sqlite_database& of, std::vector<std::string>& findings) {
  sqlite_outcome outcome = collect(of, "PRAGMA integrity_check", findings);
  for (const sqlite_table& table : store_tables) {
    if (outcome != sqlite_outcome::done) break;
    if (table.has_checksum) outcome = check_sums(of, table, findings);
  }
  if (outcome == sqlite_outcome::damaged) {
    findings.emplace_back(of.message());
    return sqlite_outcome::done;
  }
  for (const rule& one : rules) {
    const std::int64_t broken = of.ask(one.question, 0);
    if (broken > 0) findings.push_back(std::to_string(broken) + " " + one.finding);
  }
  return outcome;
}

}  // namespace nanolib
