// How the store's records lie in the database: format 1.
//
// Instants are stored as {run, milliseconds on the clock that never jumps}; the table `run` relates each run's clock to
// civil time (stored_clock). Every table but `reference` and `doomed`, which follow from others, ends with a checksum of
// the columns before it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "sqlite_database.hpp"

namespace nanolib {

inline constexpr std::int64_t store_application = 0x6E'6D'71'73;  // "nmqs"
inline constexpr std::int64_t store_format = 1;

struct sqlite_table {
  std::string_view name;
  int columns;  ///< the checksum, where there is one, is the last
  bool has_checksum;
  std::string_view key;  ///< what it is ordered by
  std::string_view sql;
};

inline constexpr std::array<sqlite_table, 11> store_tables{{
    // next_session, next_message: above every key that was used; format: what the header says as well.
    {"mark", 3, true, "name", "CREATE TABLE mark(name TEXT PRIMARY KEY, value INTEGER, sum INTEGER) WITHOUT ROWID"},
    // Civil time is `offset` after the run's clock; `seen` is the latest civil time that was noted, negative
    // while it could not be believed.
    {"run", 4, true, "id", "CREATE TABLE run(id INTEGER PRIMARY KEY, offset INTEGER, seen INTEGER, sum INTEGER)"},
    {"session", 8, true, "key",
     "CREATE TABLE session(key INTEGER PRIMARY KEY, client_id TEXT, user TEXT, expiry_s INTEGER, connected INTEGER, "
     "run INTEGER, ends INTEGER, sum INTEGER)"},
    // options: QoS, 4 no local, 8 retain as published.
    {"subscription", 5, true, "session, filter",
     "CREATE TABLE subscription(session INTEGER, filter TEXT, options INTEGER, identifier INTEGER, sum INTEGER, "
     "PRIMARY KEY(session, filter)) WITHOUT ROWID"},
    {"unreleased", 3, true, "session, identifier",
     "CREATE TABLE unreleased(session INTEGER, identifier INTEGER, sum INTEGER, PRIMARY KEY(session, identifier)) "
     "WITHOUT ROWID"},
    // options here and below: QoS, 4 retain.
    {"will", 10, true, "session",
     "CREATE TABLE will(session INTEGER PRIMARY KEY, run INTEGER, due INTEGER, delay_s INTEGER, expiry_s INTEGER, "
     "options INTEGER, topic TEXT, properties BLOB, payload BLOB, sum INTEGER)"},
    {"message", 8, true, "key",
     "CREATE TABLE message(key INTEGER PRIMARY KEY, run INTEGER, expiry INTEGER, options INTEGER, topic TEXT, "
     "properties BLOB, payload BLOB, sum INTEGER)"},
    // How many rows there are of a message that was put for more than one session.
    {"reference", 2, false, "message", "CREATE TABLE reference(message INTEGER PRIMARY KEY, count INTEGER)"},
    // shared: the message is counted in `reference`; else this row is the only one. identifier 0: by the rule.
    {"queue", 11, true, "session, sequence",
     "CREATE TABLE queue(session INTEGER, sequence INTEGER, message INTEGER, shared INTEGER, options INTEGER, "
     "bytes INTEGER, stage INTEGER, identifier INTEGER, identifiers BLOB, share TEXT, sum INTEGER, "
     "PRIMARY KEY(session, sequence)) WITHOUT ROWID"},
    // Sessions that have ended and still have rows.
    {"doomed", 1, false, "session", "CREATE TABLE doomed(session INTEGER PRIMARY KEY)"},
    {"retained", 7, true, "topic",
     "CREATE TABLE retained(topic TEXT PRIMARY KEY, run INTEGER, expiry INTEGER, options INTEGER, properties BLOB, "
     "payload BLOB, sum INTEGER) WITHOUT ROWID"},
}};

/// The few rows that load() hands out one by one.
inline constexpr std::string_view store_index =
    "CREATE INDEX exceptional ON queue(session, sequence) WHERE stage <> 0 OR identifier <> 0";

/// Makes the tables in an empty database, in the transaction under way.
[[nodiscard]] sqlite_outcome create_schema(sqlite_database& in);

/// What gives the database so many bytes for its pages.
[[nodiscard]] std::string cache_setting(std::uint64_t size);

enum class schema_found : std::uint8_t { ours, foreign, newer, damaged };

/// Whose database it is. `damaged`: it says that it is ours, and is not as ours are.
[[nodiscard]] schema_found look_at_schema(sqlite_database& of);

}  // namespace nanolib
