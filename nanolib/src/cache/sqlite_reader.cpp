#include "sqlite_reader.hpp"

#include <new>
#include <string>
#include <vector>

#include "nanolib/base/hash.hpp"

namespace nanolib {

namespace {

quality_of_service qos_of(std::int64_t options) noexcept { return static_cast<quality_of_service>(options & 3); }

/// A message from five columns: topic, options, properties, payload, wherever they stand.
message_ptr make_message(std::string_view topic, std::int64_t options, bytes properties, bytes payload,
                         instant expiry) {
  publication from;
  from.topic = topic;
  from.topic_hash = hash_text(topic);
  from.properties = properties;
  from.payload = payload;
  from.expiry = expiry;
  from.qos = qos_of(options);
  from.retain = (options & 4) != 0;
  message_ptr made = message::create(from);
  if (!made) throw std::bad_alloc();
  return made;
}

/// A row of `queue` without its body.
stored_row make_row(const sqlite_statement& from) {
  stored_row made;
  made.sequence = from.natural(1);
  made.what.qos = qos_of(from.integer(4));
  made.what.retain = (from.integer(4) & 4) != 0;
  made.bytes = from.natural(5);
  made.stage = static_cast<row_stage>(from.integer(6));
  made.packet_identifier = static_cast<std::uint16_t>(from.integer(7));
  if (made.packet_identifier == 0) made.packet_identifier = identifier_of(made.sequence);
  if (!from.is_null(8)) {
    const bytes image = from.blob(8);
    std::vector<std::uint32_t> values;
    for (std::size_t at = 0; at + 4 <= image.size(); at += 4) {
      std::uint32_t value = 0;
      for (std::size_t byte = 0; byte < 4; ++byte)
        value |= std::to_integer<std::uint32_t>(image[at + byte]) << 8 * byte;
      values.push_back(value);
    }
    made.what.identifiers = identifier_list_ptr::adopt(new identifier_list(std::move(values)));
  }
  if (!from.is_null(9)) made.share = from.text(9);
  return made;
}

// What belongs to a session that has ended, or was never written, is not handed out.
constexpr std::string_view of_sessions = " WHERE session IN (SELECT key FROM session)";

}  // namespace

sqlite_reader::sqlite_reader(sqlite_database& from, const stored_clock& clock, sqlite_outcome& outcome)
    : from_(from),
      clock_(clock),
      window_(from.prepare("SELECT q.*, m.* FROM queue q LEFT JOIN message m ON m.key = q.message "
                           "WHERE q.session = ? AND q.sequence >= ? AND q.sequence < ? ORDER BY q.sequence",
                           outcome)) {}

sqlite_outcome sqlite_reader::for_each(sqlite_database& from, std::string_view sql, int sum, std::uint64_t& damaged,
                                       const visit& each) {
  sqlite_outcome outcome{};
  sqlite_statement rows = from.prepare(sql, outcome);
  if (outcome != sqlite_outcome::done) return outcome;
  while ((outcome = rows.step()) == sqlite_outcome::row) {
    if (rows.is_sound(0, sum)) {
      each(rows);
    } else {
      ++damaged;
    }
  }
  return outcome;
}

sqlite_outcome sqlite_reader::read_marks(sqlite_database& from, session_key& next_session, message_key& next_message,
                                         stored_clock& clock) {
  std::uint64_t damaged = 0;
  sqlite_outcome outcome = for_each(from, "SELECT * FROM mark", 2, damaged, [&](const sqlite_statement& row) {
    if (row.text(0) == "next_session") next_session = row.natural(1);
    if (row.text(0) == "next_message") next_message = row.natural(1);
  });
  if (outcome != sqlite_outcome::done) return outcome;
  outcome = for_each(from, "SELECT * FROM run ORDER BY id", 3, damaged, [&](const sqlite_statement& row) {
    clock.add_run(row.integer(0), row.integer(1), row.integer(2));
  });
  return damaged == 0 ? outcome : sqlite_outcome::damaged;
}

instant sqlite_reader::deadline(const sqlite_statement& row, int column, const clock_reading& at) const noexcept {
  return row.is_null(column) ? never : clock_.to_instant(row.integer(column), row.integer(column + 1), at);
}

sqlite_outcome sqlite_reader::load(const clock_reading& at, store_visitor& into, load_report& report) {
  sqlite_outcome outcome = load_sessions(at, into, report);
  if (outcome == sqlite_outcome::done) outcome = load_wills(at, into, report);
  if (outcome == sqlite_outcome::done) outcome = load_queues(into, report);
  if (outcome == sqlite_outcome::done) outcome = load_retained(at, into, report);
  return outcome;
}

sqlite_outcome sqlite_reader::load_sessions(const clock_reading& at, store_visitor& into, load_report& report) {
  sqlite_outcome outcome =
      for_each(from_, "SELECT * FROM session ORDER BY key", 7, report.damaged, [&](const sqlite_statement& row) {
        into.on_session({row.natural(0), std::string(row.text(1)), std::string(row.text(2)),
                         static_cast<std::uint32_t>(row.integer(3)), row.integer(4) != 0, deadline(row, 5, at)});
      });
  if (outcome != sqlite_outcome::done) return outcome;
  outcome = for_each(from_, std::string("SELECT * FROM subscription").append(of_sessions), 4, report.damaged,
                     [&](const sqlite_statement& row) {
                       const std::int64_t bits = row.integer(2);
                       into.on_subscription(row.natural(0), row.text(1),
                                            {qos_of(bits), (bits & 4) != 0, (bits & 8) != 0,
                                             static_cast<std::uint32_t>(row.integer(3))});
                     });
  if (outcome != sqlite_outcome::done) return outcome;
  return for_each(from_, std::string("SELECT * FROM unreleased").append(of_sessions), 2, report.damaged,
                  [&](const sqlite_statement& row) {
                    into.on_unreleased(row.natural(0), static_cast<std::uint16_t>(row.integer(1)));
                  });
}

sqlite_outcome sqlite_reader::load_wills(const clock_reading& at, store_visitor& into, load_report& report) {
  return for_each(from_, std::string("SELECT * FROM will").append(of_sessions), 9, report.damaged,
                  [&](const sqlite_statement& row) {
                    stored_will one;
                    one.due = deadline(row, 1, at);
                    one.delay_s = static_cast<std::uint32_t>(row.integer(3));
                    one.expires = !row.is_null(4);
                    one.expiry_s = static_cast<std::uint32_t>(row.integer(4));
                    one.what = make_message(row.text(6), row.integer(5), row.blob(7), row.blob(8), never);
                    into.on_will(row.natural(0), one);
                  });
}

sqlite_outcome sqlite_reader::load_queues(store_visitor& into, load_report& report) {
  // Rows are checked when they are read; counting them looks at their keys and sizes alone.
  sqlite_outcome outcome{};
  sqlite_statement extents =
      from_.prepare(std::string("SELECT session, min(sequence), max(sequence), count(*), sum(bytes) FROM queue")
                        .append(of_sessions)
                        .append(" GROUP BY session"),
                    outcome);
  if (outcome != sqlite_outcome::done) return outcome;
  while ((outcome = extents.step()) == sqlite_outcome::row) {
    into.on_queue(extents.natural(0), {extents.natural(1), extents.natural(2), extents.natural(3), extents.natural(4)});
  }
  if (outcome != sqlite_outcome::done) return outcome;
  return for_each(from_,
                  std::string("SELECT * FROM queue")
                      .append(of_sessions)
                      .append(" AND (stage <> 0 OR identifier <> 0) ORDER BY session, sequence"),
                  10, report.damaged,
                  [&](const sqlite_statement& row) { into.on_exceptional_row(row.natural(0), make_row(row)); });
}

sqlite_outcome sqlite_reader::load_retained(const clock_reading& at, store_visitor& into, load_report& report) {
  return for_each(from_, "SELECT * FROM retained", 6, report.damaged, [&](const sqlite_statement& row) {
    const instant expiry = deadline(row, 1, at);
    if (expiry <= at.now) {
      ++report.expired;
    } else {
      into.on_retained(make_message(row.text(0), row.integer(3), row.blob(4), row.blob(5), expiry));
    }
  });
}

sqlite_outcome sqlite_reader::read_queue(session_key session, queue_sequence from, queue_sequence before,
                                         const window_limits& limits, const clock_reading& at, queue_window& window) {
  // Columns 0 to 10 are the row's, 11 to 18 its message's.
  constexpr int message_at = 11;
  std::uint64_t size = 0;
  sqlite_outcome outcome{};
  window_.bind(session).bind(from).bind(before);
  while ((outcome = window_.step()) == sqlite_outcome::row) {
    if (!window_.is_sound(0, 10) || !window_.is_sound(message_at, message_at + 7)) {
      ++window.damaged;
      continue;
    }
    stored_row row = make_row(window_);
    if (window.rows.size() == limits.rows || limits.ends_before(size, limits.size_of(row))) {
      window.next = row.sequence;
      window_.reset();
      return sqlite_outcome::done;
    }
    size += limits.size_of(row);
    row.what.what =
        make_message(window_.text(message_at + 4), window_.integer(message_at + 3), window_.blob(message_at + 5),
                     window_.blob(message_at + 6), deadline(window_, message_at + 1, at));
    window.rows.push_back(std::move(row));
  }
  return outcome;
}

}  // namespace nanolib
