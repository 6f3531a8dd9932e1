#include "sqlite_changes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace nanolib {

namespace {

/// How many keys are written off at once, so that few batches have to do it.
constexpr session_key sessions_reserved = 1'000;
constexpr message_key messages_reserved = 1'000'000;

std::uint64_t options_of(quality_of_service qos, bool retain) noexcept {
  return static_cast<std::uint64_t>(qos) | (retain ? 4U : 0U);
}

std::uint64_t options_of(const subscription_options& wanted) noexcept {
  return static_cast<std::uint64_t>(wanted.qos) | (wanted.no_local ? 4U : 0U) | (wanted.retain_as_published ? 8U : 0U);
}

std::vector<std::byte> image_of(const identifier_list& list) {
  std::vector<std::byte> image;
  image.reserve(list.values().size() * 4);
  for (std::uint32_t value : list.values()) {
    for (int at = 0; at < 4; ++at, value >>= 8U) image.push_back(static_cast<std::byte>(value & 0xFFU));
  }
  return image;
}

}  // namespace

/// One change after the other.
struct sqlite_changes::applier {
  sqlite_changes& self;

  sqlite_outcome operator()(const put_row& one) const { return self.put_queue_row(one.row->content()); }
  sqlite_outcome operator()(const remove_row& one) const { return self.remove_queue_row(one.session, one.sequence); }
  sqlite_outcome operator()(const update_row& one) const { return self.change_queue_row(one); }
  sqlite_outcome operator()(const put_unreleased& one) const {
    return self.put_unreleased_.bind(one.session).bind(std::uint64_t{one.packet_identifier}).bind_checksum().run();
  }
  sqlite_outcome operator()(const remove_unreleased& one) const {
    return self.remove_unreleased_.bind(one.session).bind(std::uint64_t{one.packet_identifier}).run();
  }
  sqlite_outcome operator()(const change_retained& one) const {
    if (one.removed) return self.remove_retained_.bind(one.what->topic()).run();
    sqlite_statement& put = self.put_retained_;
    put.bind(one.what->topic());
    self.bind_deadline(put, one.what->expiry());
    return put.bind(options_of(one.what->qos(), one.what->retained()))
        .bind(one.what->properties())
        .bind(one.what->payload())
        .bind_checksum()
        .run();
  }
  sqlite_outcome operator()(const put_session& one) const {
    const sqlite_outcome reserved = self.reserve_keys(one.key, 0);
    if (reserved != sqlite_outcome::done) return reserved;
    sqlite_statement& put = self.put_session_;
    put.bind(one.key).bind(std::string_view(one.client_id)).bind(std::string_view(one.user));
    put.bind(std::uint64_t{one.expiry_s}).bind(std::uint64_t{one.connected});
    self.bind_deadline(put, one.ends);
    return put.bind_checksum().run();
  }
  sqlite_outcome operator()(const remove_session& one) const { return self.end_session(one.key); }
  sqlite_outcome operator()(const put_subscription& one) const {
    return self.put_subscription_.bind(one.session)
        .bind(std::string_view(one.filter))
        .bind(options_of(one.options))
        .bind(std::uint64_t{one.options.identifier})
        .bind_checksum()
        .run();
  }
  sqlite_outcome operator()(const remove_subscription& one) const {
    return self.remove_subscription_.bind(one.session).bind(std::string_view(one.filter)).run();
  }
  sqlite_outcome operator()(const put_will& one) const {
    sqlite_statement& put = self.put_will_;
    put.bind(one.session);
    self.bind_deadline(put, one.due);
    put.bind(std::uint64_t{one.delay_s});
    one.expires ? put.bind(std::uint64_t{one.expiry_s}) : put.bind_null();
    return put.bind(options_of(one.what->qos(), one.what->retained()))
        .bind(one.what->topic())
        .bind(one.what->properties())
        .bind(one.what->payload())
        .bind_checksum()
        .run();
  }
  sqlite_outcome operator()(const remove_will& one) const { return self.remove_will_.bind(one.session).run(); }
};

sqlite_changes::sqlite_changes(sqlite_database& in, stored_clock& clock, sqlite_outcome& outcome)
    : in_(in), clock_(clock) {
  outcome = sqlite_outcome::done;
  const auto prepare = [&](sqlite_statement& into, std::string_view sql) {
    if (outcome == sqlite_outcome::done) into = in_.prepare(sql, outcome);
  };
  prepare(put_session_, "INSERT OR REPLACE INTO session VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  prepare(remove_session_, "DELETE FROM session WHERE key = ?");
  prepare(put_subscription_, "INSERT OR REPLACE INTO subscription VALUES(?, ?, ?, ?, ?)");
  prepare(remove_subscription_, "DELETE FROM subscription WHERE session = ? AND filter = ?");
  prepare(remove_subscriptions_, "DELETE FROM subscription WHERE session = ?");
  prepare(put_unreleased_, "INSERT OR REPLACE INTO unreleased VALUES(?, ?, ?)");
  prepare(remove_unreleased_, "DELETE FROM unreleased WHERE session = ? AND identifier = ?");
  prepare(remove_all_unreleased_, "DELETE FROM unreleased WHERE session = ?");
  prepare(put_will_, "INSERT OR REPLACE INTO will VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  prepare(remove_will_, "DELETE FROM will WHERE session = ?");
  prepare(doom_, "INSERT OR IGNORE INTO doomed SELECT ?1 WHERE EXISTS (SELECT 1 FROM queue WHERE session = ?1)");
  prepare(put_message_, "INSERT INTO message VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  prepare(remove_message_, "DELETE FROM message WHERE key = ?");
  prepare(put_reference_, "INSERT INTO reference VALUES(?, ?)");
  prepare(count_down_, "UPDATE reference SET count = count - ? WHERE message = ? RETURNING count");
  prepare(remove_reference_, "DELETE FROM reference WHERE message = ?");
  prepare(put_row_, "INSERT INTO queue VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  prepare(find_row_, "SELECT * FROM queue WHERE session = ? AND sequence = ?");
  prepare(change_row_, "INSERT OR REPLACE INTO queue VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  prepare(remove_row_, "DELETE FROM queue WHERE session = ? AND sequence = ? RETURNING message, shared");
  prepare(put_retained_, "INSERT OR REPLACE INTO retained VALUES(?, ?, ?, ?, ?, ?, ?)");
  prepare(remove_retained_, "DELETE FROM retained WHERE topic = ?");
  prepare(put_mark_, "INSERT OR REPLACE INTO mark VALUES(?, ?, ?)");
  prepare(put_run_, "INSERT OR REPLACE INTO run VALUES(?, ?, ?, ?)");
  prepare(find_doomed_, "SELECT session FROM doomed LIMIT 1");
  prepare(find_doomed_rows_, "SELECT sequence FROM queue WHERE session = ? ORDER BY sequence LIMIT ?");
  prepare(remove_doomed_, "DELETE FROM doomed WHERE session = ?");
}

sqlite_outcome sqlite_changes::apply(const store_batch& changes, const clock_reading& at) {
  released_.clear();
  sqlite_outcome outcome = sqlite_outcome::done;
  // A batch of nothing writes all the same: it asks whether there is space.
  if (clock_.is_outdated(at) || !clock_.corrected().empty() || changes.is_empty()) outcome = note_time(at);
  if (outcome == sqlite_outcome::done) outcome = put_bodies(changes);
  for (const store_change& one : changes.changes()) {
    if (outcome != sqlite_outcome::done) return outcome;
    outcome = std::visit(applier{*this}, one);
  }
  return outcome == sqlite_outcome::done ? release_shared() : outcome;
}

void sqlite_changes::begin() noexcept { before_ = {reserved_sessions_, reserved_messages_, clock_.written()}; }

void sqlite_changes::roll_back() noexcept {
  reserved_sessions_ = before_.sessions;
  reserved_messages_ = before_.messages;
  clock_.set_written(before_.time);
}

sqlite_outcome sqlite_changes::note_time(const clock_reading& at) {
  const stored_clock::record now = clock_.present(at);
  for (const auto& [run, right] : clock_.corrected()) {
    const sqlite_outcome outcome = put_run_.bind(run).bind(right.offset).bind(right.seen).bind_checksum().run();
    if (outcome != sqlite_outcome::done) return outcome;
  }
  const sqlite_outcome outcome = put_run_.bind(clock_.run()).bind(now.offset).bind(now.seen).bind_checksum().run();
  if (outcome == sqlite_outcome::done) clock_.set_written(now);
  return outcome;
}

void sqlite_changes::bind_deadline(sqlite_statement& into, instant when) noexcept {
  if (when == never) {
    into.bind_null().bind_null();
  } else {
    into.bind(clock_.run()).bind(std::int64_t{when.time_since_epoch().count()});
  }
}

// Keys are never used again, so it is kept how far they have got; a thousand at a time.
sqlite_outcome sqlite_changes::reserve_keys(session_key session, message_key message) {
  const auto note = [this](const char* name, std::uint64_t value) {
    return put_mark_.bind(name).bind(value).bind_checksum().run();
  };
  sqlite_outcome outcome = sqlite_outcome::done;
  if (session >= reserved_sessions_) {
    outcome = note("next_session", session + sessions_reserved);
    if (outcome == sqlite_outcome::done) reserved_sessions_ = session + sessions_reserved;
  }
  if (outcome == sqlite_outcome::done && message >= reserved_messages_) {
    outcome = note("next_message", message + messages_reserved);
    if (outcome == sqlite_outcome::done) reserved_messages_ = message + messages_reserved;
  }
  return outcome;
}

// ---------------------------------------------------------------------------------------------------- queues

// Each body once, in the order of keys, and how many rows it has where there are several.
sqlite_outcome sqlite_changes::put_bodies(const store_batch& changes) {
  rows_.clear();
  for (const store_change& one : changes.changes()) {
    const auto* put = std::get_if<put_row>(&one);
    if (put != nullptr) rows_.emplace_back(put->row->content().message, put->row.get());
  }
  if (rows_.empty()) return sqlite_outcome::done;
  std::ranges::sort(rows_, {}, &std::pair<message_key, const queue_row*>::first);
  sqlite_outcome outcome = reserve_keys(0, rows_.back().first);
  for (std::size_t at = 0; at < rows_.size() && outcome == sqlite_outcome::done;) {
    const message_key key = rows_[at].first;
    const message& what = *rows_[at].second->content().what.what;
    std::uint64_t count = 0;
    for (; at < rows_.size() && rows_[at].first == key; ++at) ++count;
    outcome = put_body(key, what);
    if (outcome == sqlite_outcome::done && count > 1) outcome = put_reference_.bind(key).bind(count).run();
  }
  return outcome;
}

sqlite_outcome sqlite_changes::put_body(message_key key, const message& what) {
  put_message_.bind(key);
  bind_deadline(put_message_, what.expiry());
  return put_message_.bind(options_of(what.qos(), what.retained()))
      .bind(what.topic())
      .bind(what.properties())
      .bind(what.payload())
      .bind_checksum()
      .run();
}

sqlite_outcome sqlite_changes::put_queue_row(const queue_row_content& row) {
  const auto of_message =
      std::ranges::equal_range(rows_, row.message, {}, &std::pair<message_key, const queue_row*>::first);
  std::vector<std::byte> identifiers;
  std::string share;
  put_row_.bind(row.session).bind(row.sequence).bind(row.message);
  put_row_.bind(std::uint64_t{of_message.size() > 1});
  put_row_.bind(options_of(row.what.qos, row.what.retain)).bind(std::uint64_t{row.what.what->size()});
  put_row_.bind(std::uint64_t{0}).bind(std::uint64_t{row.packet_identifier});
  if (row.what.identifiers) {
    identifiers = image_of(*row.what.identifiers);
    put_row_.bind(bytes(identifiers));
  } else {
    put_row_.bind_null();
  }
  if (row.what.group) {
    share.append("$share/").append(row.what.group->name()).append("/").append(row.what.group->filter());
    put_row_.bind(std::string_view(share));
  } else {
    put_row_.bind_null();
  }
  return put_row_.bind_checksum().run();
}

sqlite_outcome sqlite_changes::change_queue_row(const update_row& change) {
  const sqlite_outcome outcome = find_row_.bind(change.session).bind(change.sequence).step();
  if (outcome != sqlite_outcome::row) return outcome;  // it has left meanwhile
  if (!find_row_.is_sound(0, 10)) {                    // a row that is damaged stays so
    find_row_.reset();
    return sqlite_outcome::done;
  }
  std::array<std::int64_t, 6> same{};
  for (int column = 0; column < 6; ++column) same[static_cast<std::size_t>(column)] = find_row_.integer(column);
  std::optional<std::vector<std::byte>> identifiers;
  std::optional<std::string> share;
  if (!find_row_.is_null(8)) identifiers.emplace(find_row_.blob(8).begin(), find_row_.blob(8).end());
  if (!find_row_.is_null(9)) share.emplace(find_row_.text(9));
  find_row_.reset();
  for (const std::int64_t value : same) change_row_.bind(value);
  change_row_.bind(static_cast<std::uint64_t>(change.stage)).bind(std::uint64_t{change.packet_identifier});
  identifiers ? change_row_.bind(bytes(*identifiers)) : change_row_.bind_null();
  share ? change_row_.bind(std::string_view(*share)) : change_row_.bind_null();
  return change_row_.bind_checksum().run();
}

sqlite_outcome sqlite_changes::remove_queue_row(session_key session, queue_sequence sequence) {
  const sqlite_outcome outcome = remove_row_.bind(session).bind(sequence).step();
  if (outcome != sqlite_outcome::row) return outcome;
  const message_key message = remove_row_.natural(0);
  const bool shared = remove_row_.integer(1) != 0;
  remove_row_.reset();
  return release(message, shared);
}

sqlite_outcome sqlite_changes::release(message_key message, bool shared) {
  if (!shared) return remove_message_.bind(message).run();
  released_.push_back(message);
  return sqlite_outcome::done;
}

// Counts down what rows have left, once for each message.
sqlite_outcome sqlite_changes::release_shared() {
  std::ranges::sort(released_);
  sqlite_outcome outcome = sqlite_outcome::done;
  for (std::size_t at = 0; at < released_.size() && outcome == sqlite_outcome::done;) {
    const message_key key = released_[at];
    std::uint64_t count = 0;
    for (; at < released_.size() && released_[at] == key; ++at) ++count;
    outcome = count_down_.bind(count).bind(key).step();
    if (outcome != sqlite_outcome::row) continue;
    const bool unused = count_down_.integer(0) <= 0;
    count_down_.reset();
    outcome = unused ? remove_reference_.bind(key).run() : sqlite_outcome::done;
    if (unused && outcome == sqlite_outcome::done) outcome = remove_message_.bind(key).run();
  }
  return outcome;
}

// ---------------------------------------------------------------------------------------------------- sessions

// Its queue may be long: that leaves bit by bit, see free_doomed().
sqlite_outcome sqlite_changes::end_session(session_key key) {
  const std::array<sqlite_statement*, 5> all{&remove_session_, &remove_subscriptions_, &remove_all_unreleased_,
                                             &remove_will_, &doom_};
  for (sqlite_statement* one : all) {
    const sqlite_outcome outcome = one->bind(key).run();
    if (outcome != sqlite_outcome::done) return outcome;
  }
  return sqlite_outcome::done;
}

sqlite_outcome sqlite_changes::free_doomed(std::size_t most, bool& more) {
  more = false;
  released_.clear();
  sqlite_outcome outcome = find_doomed_.step();
  if (outcome != sqlite_outcome::row) return outcome;
  const session_key session = find_doomed_.natural(0);
  find_doomed_.reset();
  std::vector<queue_sequence> rows;
  find_doomed_rows_.bind(session).bind(std::uint64_t{most});
  while ((outcome = find_doomed_rows_.step()) == sqlite_outcome::row) rows.push_back(find_doomed_rows_.natural(0));
  for (const queue_sequence row : rows) {
    if (outcome != sqlite_outcome::done) return outcome;
    outcome = remove_queue_row(session, row);
  }
  if (outcome == sqlite_outcome::done) outcome = release_shared();
  if (outcome == sqlite_outcome::done && rows.size() < most) outcome = remove_doomed_.bind(session).run();
  more = true;
  return outcome;
}

}  // namespace nanolib
