#include "store/store_contents.hpp"

#include <gtest/gtest.h>

#include "nanolib/base/hash.hpp"

namespace nanolib::testing {

namespace {

std::string text(std::uint64_t number) { return std::to_string(number); }

std::string when(instant deadline, instant now) {
  return deadline == never ? "never" : std::to_string((deadline - now).count());
}

std::string message_text(const message_ptr& what, instant now) {
  if (!what) return "no body";
  return std::string(what->topic()) + "=" + std::string(as_text(what->payload())) + " {" +
         std::string(as_text(what->properties())) + "} qos " + text(static_cast<unsigned>(what->qos())) +
         (what->retained() ? " retained" : "") + " expiry " + when(what->expiry(), now);
}

std::string row_text(const stored_row& row, instant now) {
  std::string line = text(row.sequence) + " id " + text(row.packet_identifier) +
                     (row.stage == row_stage::released ? " released" : "") + " qos " +
                     text(static_cast<unsigned>(row.what.qos)) + (row.what.retain ? " retain" : "");
  if (!row.share.empty()) line += " share " + row.share;
  if (row.what.identifiers) {
    for (const std::uint32_t one : row.what.identifiers->values()) line += " sid " + text(one);
  }
  return line + " " + text(row.bytes) + " bytes: " + message_text(row.what.what, now);
}

}  // namespace

void store_contents::on_session(const stored_session& one) {
  lines.insert("session " + text(one.key) + " " + one.client_id + " user " + one.user + " expiry " +
               text(one.expiry_s) + (one.connected ? " connected" : " away") + " ends " + when(one.ends, now));
}

void store_contents::on_subscription(session_key session, std::string_view filter,
                                     const subscription_options& options) {
  lines.insert("subscription " + text(session) + " " + std::string(filter) + " qos " +
               text(static_cast<unsigned>(options.qos)) + (options.no_local ? " no-local" : "") +
               (options.retain_as_published ? " as-published" : "") + " sid " + text(options.identifier));
}

void store_contents::on_unreleased(session_key session, std::uint16_t packet_identifier) {
  lines.insert("unreleased " + text(session) + " " + text(packet_identifier));
}

void store_contents::on_will(session_key session, const stored_will& one) {
  lines.insert("will " + text(session) + " delay " + text(one.delay_s) + " expiry " +
               (one.expires ? text(one.expiry_s) : "none") + " due " + when(one.due, now) + " " +
               message_text(one.what, now));
}

void store_contents::on_queue(session_key session, const queue_extent& extent) {
  queues[session] = extent;
  lines.insert("queue " + text(session) + " from " + text(extent.first) + " to " + text(extent.last) + " rows " +
               text(extent.rows) + " bytes " + text(extent.bytes));
}

void store_contents::on_exceptional_row(session_key session, const stored_row& row) {
  lines.insert("exception " + text(session) + " " + row_text(row, now));
}

void store_contents::on_retained(const message_ptr& one) { lines.insert("retained " + message_text(one, now)); }

std::vector<std::string> lines_of(const queue_window& window, instant now) {
  std::vector<std::string> lines;
  for (const stored_row& row : window.rows) lines.push_back(row_text(row, now));
  return lines;
}

std::set<std::string> contents_of(store& from, const clock_reading& at, load_report* report) {
  store_contents found;
  found.now = at.now;
  const result<load_report> loaded = from.load(at, found);
  EXPECT_TRUE(loaded) << from.complaint();
  if (!loaded) return {};
  if (report != nullptr) *report = *loaded;
  for (const auto& [session, extent] : found.queues) {
    const result<queue_window> window = from.read_queue(session, 0, extent.last + 1, {1U << 20U, 1U << 30U}, at);
    EXPECT_TRUE(window) << from.complaint();
    if (!window) continue;
    for (const std::string& line : lines_of(*window, at.now)) found.lines.insert("row " + text(session) + " " + line);
  }
  return found.lines;
}

message_ptr make_message(const message_recipe& from) {
  publication made;
  made.topic = from.topic;
  made.topic_hash = hash_text(from.topic);
  made.properties = as_bytes(from.properties);
  made.payload = as_bytes(from.payload);
  made.qos = from.qos;
  made.retain = from.retain;
  made.expiry = from.expiry;
  return message::create(made);
}

queue_row_ptr make_row(session_key session, queue_sequence sequence, message_key key, message_ptr what) {
  queue_row_content content;
  content.session = session;
  content.sequence = sequence;
  content.message = key;
  content.what.qos = what->qos();
  content.what.what = std::move(what);
  return queue_row::create(std::move(content));
}

}  // namespace nanolib::testing
