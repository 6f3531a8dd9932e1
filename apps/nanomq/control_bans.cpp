#include "control_bans.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "nanomq/config/timestamp.hpp"
#include "nanomq/config/value.hpp"
#include "nanomq/config/written_limits.hpp"
#include "short_text.hpp"

namespace nanomq::program {
namespace {

using admin::control_reply;
using admin::control_request;
using broker::ban;
using broker::ban_list;

struct subjects {
  broker::broker& broker;
  config::ban_file& file;
  nanolib::log& log;
};

std::string describe(const ban& one) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) out += (out.empty() ? "" : ", ") + std::string(name) + " " + escaped_text(text);
  };
  add("client id", one.client_id);
  add("user", one.user);
  add("address", one.address());
  return out;
}

std::string line_of(const ban& one) {
  const bool ends = one.until != nanolib::wall_time::max();
  std::string out = describe(one) + (ends ? ": until " + config::print_timestamp(one.until) : ": for good");
  out += " (" + std::string(name_of(one.from));
  return out + (one.reason.empty() ? ")" : ", " + escaped_text(one.reason) + ")");
}

// Whom a request is about.
std::optional<ban> whom(const control_request& from, control_reply& reply) {
  ban made;
  made.client_id = from.text("client_id").value_or("");
  made.user = from.text("user").value_or("");
  if (const auto address = from.text("address"); address && !made.set_address(*address)) {
    reply.refuse("address: not an address, a network such as 192.0.2.0/24 or unix", 2);
    return {};
  }
  if (!made.is_empty()) return made;
  reply.refuse("whom? a client id, a user or an address is needed", 2);
  return {};
}

// Until when. False: the reply says what is wrong.
bool read_time(const control_request& from, ban& into, control_reply& reply) {
  const auto length = from.text("for");
  const auto end = from.text("until");
  if (length && end) {
    reply.refuse("either for or until, not both", 2);
    return false;
  }
  if (end) {
    const auto when = config::parse_timestamp(*end);
    if (when) into.until = *when;
    if (!when) reply.refuse("until: not a time such as 2026-12-01T08:30:00Z", 2);
    return when.has_value();
  }
  if (!length) return true;
  constexpr config::value_range range{1'000, std::uint64_t{100} * 366 * 24 * 3'600'000};
  std::string why;
  const auto time = config::parse_value(config::value_type::duration, range, {false, {std::string(*length)}}, why);
  if (!time) {
    reply.refuse("for: " + why, 2);
    return false;
  }
  into.until = into.since + nanolib::duration(static_cast<std::int64_t>(std::get<std::uint64_t>(*time)));
  return true;
}

// What is in force is in force, kept or not.
void keep(const subjects& with, const ban& what, bool is_lifted, control_reply& reply) {
  const auto all = [&bans = with.broker.bans()] { return bans.all(); };
  std::string why;
  if (is_lifted ? with.file.lift(what, all, why) : with.file.add(what, all, why)) {
    if (is_lifted || with.file.is_kept()) return;
    return reply.say("It ends with the broker: there is no store that could keep it (store.dir).");
  }
  with.log.event(nanolib::log_component::access, nanolib::log_level::error, "bans_not_kept", {{"why", why}});
  reply.say(
      (is_lifted ? "But it is in force again after a restart: " : "It is in force, but will not outlive the broker: ") +
      why);
}

void add_ban(const subjects& with, const control_request& request, control_reply& reply) {
  auto made = whom(request, reply);
  if (!made) return;
  made->since = nanolib::system_clock().wall_now();
  made->reason = request.text("reason").value_or("");
  if (made->reason.size() > ban::longest_reason) {
    return reply.refuse("reason: longer than " + std::to_string(ban::longest_reason) + " bytes", 2);
  }
  if (!read_time(request, *made, reply)) return;
  const ban one = *made;
  switch (with.broker.bans().add(std::move(*made))) {
    case ban_list::outcome::over:
      return reply.refuse("until: that time has passed", 2);
    case ban_list::outcome::full:
      return reply.refuse("there are " + std::to_string(ban_list::most_bans) +
                          " bans, or 4 MB of them, and no room for one more");
    case ban_list::outcome::added:
    case ban_list::outcome::replaced:
    case ban_list::outcome::kept:
      break;
  }
  with.broker.review_bans();
  with.log.event(nanolib::log_component::access, nanolib::log_level::warn, "banned",
                 {{"client", one.client_id}, {"user", one.user}, {"address", one.address()}, {"reason", one.reason}});
  reply.say("banned: " + line_of(one));
  keep(with, one, false, reply);
}

void remove_ban(const subjects& with, const control_request& request, control_reply& reply) {
  auto meant = whom(request, reply);
  if (!meant) return;
  meant->since = nanolib::system_clock().wall_now();
  switch (with.broker.bans().remove(*meant)) {
    case ban_list::removal::unknown:
      return reply.refuse("there is no ban of exactly " + describe(*meant) + "; ban list shows what there is");
    case ban_list::removal::configured:
      return reply.refuse("the ban of " + describe(*meant) +
                          " is in the configuration (bans): take it out there and reload");
    case ban_list::removal::removed:
      break;
  }
  with.log.event(nanolib::log_component::access, nanolib::log_level::warn, "ban_removed",
                 {{"client", meant->client_id}, {"user", meant->user}, {"address", meant->address()}});
  reply.say("no longer banned: " + describe(*meant));
  keep(with, *meant, true, reply);
}

void list_bans(const subjects& with, const control_request& request, control_reply& reply) {
  constexpr std::int64_t usual = 100;
  constexpr auto most = static_cast<std::int64_t>(ban_list::most_bans);
  const auto limit = request.number("limit").value_or(usual);
  const auto offset = request.number("offset").value_or(0);
  if (limit < 1 || limit > most) return reply.refuse("limit is between 1 and " + std::to_string(most), 2);
  if (offset < 0) return reply.refuse("offset is how many to leave out: 0 or more", 2);
  const auto all = with.broker.bans().all();
  const auto total = static_cast<std::int64_t>(all.size());
  const auto begin = std::min(offset, total);
  const auto end = std::min(begin + limit, total);
  auto& json = reply.members();
  json.number("total", total);
  json.key("bans");
  json.begin_array();
  for (const ban& one :
       std::span(all).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin))) {
    json.begin_object();
    config::write_ban_members(json, one);
    json.text("source", name_of(one.from));
    json.end_object();
    reply.say(line_of(one));
  }
  json.end_array();
  if (all.empty()) return reply.say("nobody is banned");
  if (end - begin == total) return;
  const auto range = begin == end ? "none" : std::to_string(begin + 1) + " to " + std::to_string(end);
  reply.say(range + " of " + std::to_string(total) + "; --limit and --offset show others");
}

}  // namespace

void add_ban_commands(admin::control_server& to, broker::broker& of, config::ban_file& file, nanolib::log& log) {
  const subjects with{of, file, log};
  to.add("ban_add", {"client_id", "user", "address", "for", "until", "reason"},
         [with](const control_request& request, control_reply& reply) { add_ban(with, request, reply); });
  to.add("ban_remove", {"client_id", "user", "address"},
         [with](const control_request& request, control_reply& reply) { remove_ban(with, request, reply); });
  to.add("ban_list", {"limit", "offset"},
         [with](const control_request& request, control_reply& reply) { list_bans(with, request, reply); });
}

}  // namespace nanomq::program
