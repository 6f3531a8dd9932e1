#include "client_report.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "short_text.hpp"

namespace nanomq::program {
namespace {

using broker::client_row;
using nanonng::mqtt::protocol_version;

std::int64_t whole_seconds(nanolib::duration time) { return std::chrono::floor<std::chrono::seconds>(time).count(); }

std::string_view name_of(protocol_version version) {
  return version == protocol_version::v5 ? "5.0" : version == protocol_version::v3_1_1 ? "3.1.1" : "3.1";
}

void write_row(nanolib::json_writer& json, const client_row& row) {
  json.begin_object();
  json.text("client_id", row.client_id);
  json.text("user", row.user_name);
  json.text("address", row.address);
  json.truth("connected", row.connected);
  json.truth("local", row.is_local);
  if (row.connected && !row.is_local) {
    json.text("listener", row.listener);
    json.text("protocol", name_of(row.version));
    json.number("connected_s", whole_seconds(row.connected_for));
    json.number("keep_alive_s", row.keep_alive_s);
    json.number("unsent_bytes", static_cast<std::int64_t>(row.unsent_bytes));
  }
  if (row.ends_in) json.number("ends_in_s", whole_seconds(*row.ends_in));
  json.number("subscriptions", static_cast<std::int64_t>(row.subscriptions));
  json.number("queued_messages", static_cast<std::int64_t>(row.queued_messages));
  json.number("queued_bytes", static_cast<std::int64_t>(row.queued_bytes));
  json.number("inflight", static_cast<std::int64_t>(row.inflight));
  json.end_object();
}

constexpr std::size_t columns = 8;
using cells = std::array<std::string, columns>;

cells cells_of(const client_row& row) {
  const bool here = row.connected && !row.is_local;
  const auto or_dash = [](std::string_view text) { return text.empty() ? "-" : escaped_text(text); };
  const std::string since = here           ? time_text(whole_seconds(row.connected_for))
                            : row.is_local ? "local"
                            : row.ends_in  ? "away, ends in " + time_text(whole_seconds(*row.ends_in))
                                           : "away";
  return {escaped_text(row.client_id),
          or_dash(row.user_name),
          or_dash(row.address),
          here ? row.listener : "-",
          here ? std::string(name_of(row.version)) : "-",
          since,
          std::to_string(row.subscriptions),
          std::to_string(row.queued_messages + row.inflight)};
}

// As a terminal counts.
std::size_t width_of(const std::string& text) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  return static_cast<std::size_t>(std::ranges::count_if(text, begins));
}

}  // namespace

void write_clients(nanolib::json_writer& json, const broker::client_list& what) {
  json.number("total", static_cast<std::int64_t>(what.total));
  json.truth("complete", what.complete);
  json.key("clients");
  json.begin_array();
  for (const auto& one : what.rows) write_row(json, one);
  json.end_array();
}

std::string clients_text(const broker::client_list& what) {
  std::vector<cells> table{{"CLIENT", "USER", "ADDRESS", "LISTENER", "MQTT", "SINCE", "SUBSCRIPTIONS", "WAITING"}};
  for (const auto& one : what.rows) table.push_back(cells_of(one));
  std::array<std::size_t, columns> widths{};
  for (const auto& row : table) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (const auto& row : table) {
    for (std::size_t i = 0; i + 1 < columns; ++i) out += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    out += row.back() + "\n";
  }
  if (what.total > what.rows.size()) {
    out += std::to_string(what.rows.size()) + " of " + std::to_string(what.total) + "; --limit shows more\n";
  }
  if (!what.complete) out += "a part of the broker has not answered in time: this is not all\n";
  return out;
}

}  // namespace nanomq::program
