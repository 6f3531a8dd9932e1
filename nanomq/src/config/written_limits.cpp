#include "nanomq/config/written_limits.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "nanomq/broker/ban_list.hpp"
#include "nanomq/config/timestamp.hpp"
#include "nanomq/config/value.hpp"

namespace nanomq::config {
namespace {

using broker::ban;
using nanolib::error;
using nanolib::error_domain;
using nanolib::result;
using kind = hocon_value::kind;

constexpr std::uint64_t longest_ban = std::uint64_t{100} * 366 * 24 * 3'600'000;
constexpr std::array<std::string_view, 3> actions{"wait", "drop_qos0", "disconnect"};
constexpr value_range any_rate{0, 0};
constexpr value_range any_action{0, 0, 1, "wait|drop_qos0|disconnect"};

class place_reader {
 public:
  place_reader(const hocon_document& from, std::string& why) : from_(from), why_(why) {}

  std::unexpected<error> refuse(const hocon_place& where, const std::string& text) {
    why_ = from_.place(where) + ": " + text;
    return std::unexpected(error{error_domain::config, 0});
  }
  result<value> read(value_type type, const value_range& range, const std::string& key, const hocon_value& what) {
    if (what.is != kind::text) return refuse(what.place, key + ": takes one value");
    std::string complaint;
    auto parsed = parse_value(type, range, {false, {what.text}}, complaint);
    if (!parsed) return refuse(what.place, key + ": " + complaint);
    return parsed;
  }

 private:
  const hocon_document& from_;
  std::string& why_;
};

result<void> read_member(ban& into, const hocon_key& named, const hocon_value& what, place_reader& at) {
  const std::string& key = named.name;
  if (what.is != kind::text) return at.refuse(what.place, "bans: " + key + ": takes one value");
  const std::string& text = what.text;
  if (key == "reason" && text.size() > ban::longest_reason) {
    return at.refuse(what.place, "bans: reason: longer than " + std::to_string(ban::longest_reason) + " bytes");
  }
  if (key == "client_id" || key == "user" || key == "reason") {
    (key == "client_id" ? into.client_id : key == "user" ? into.user : into.reason) = text;
  } else if (key == "address") {
    if (!into.set_address(text)) {
      return at.refuse(what.place, "bans: address: not an address, a network such as 192.0.2.0/24 or unix");
    }
  } else if (key == "until" || key == "since") {
    const auto when = parse_timestamp(text);
    if (!when) return at.refuse(what.place, "bans: " + key + ": not a time such as 2026-12-01T08:30:00Z");
    (key == "until" ? into.until : into.since) = *when;
  } else if (key == "for") {
    const auto time = at.read(value_type::duration, {1'000, longest_ban}, "bans: for", what);
    if (!time) return std::unexpected(time.error());
    into.until = into.since + nanolib::duration(static_cast<std::int64_t>(std::get<std::uint64_t>(*time)));
  } else {
    return at.refuse(named.place, "bans: unknown key '" + key +
                                      "'; there are client_id, user, address, until, for, "
                                      "since and reason");
  }
  return {};
}

result<ban> read_ban(const hocon_value& object, nanolib::wall_time now, place_reader& at) {
  if (object.is != kind::object) return at.refuse(object.place, "bans: a list of objects, {client_id = \"x\"}");
  ban made;
  made.since = now;
  made.from = ban::source::configuration;
  // What `for` counts from comes first.
  for (const bool is_start : {true, false}) {
    for (std::size_t i = 0; i < object.keys.size(); ++i) {
      if (object.items[i].is == kind::null || (object.keys[i].name == "since") != is_start) continue;
      if (const auto read = read_member(made, object.keys[i], object.items[i], at); !read) {
        return std::unexpected(read.error());
      }
    }
  }
  if (object.find("until") != nullptr && object.find("for") != nullptr) {
    return at.refuse(object.place, "bans: either until or for, not both");
  }
  if (made.is_empty()) return at.refuse(object.place, "bans: one needs a client_id, a user or an address");
  return made;
}

result<broker::own_rates> read_rates(const hocon_value& object, const std::string& of, place_reader& at) {
  if (object.is != kind::object) return at.refuse(object.place, of + ": takes an object");
  broker::own_rates made;
  for (std::size_t i = 0; i < object.keys.size(); ++i) {
    const std::string& name = object.keys[i].name;
    const std::string key = of + "." + name;
    const bool is_action = name == "rate_action";
    if (!is_action && name != "messages_rate" && name != "bytes_rate") {
      return at.refuse(object.keys[i].place,
                       "unknown setting '" + key + "'; there are messages_rate, bytes_rate and rate_action");
    }
    const auto type = is_action ? value_type::text : name == "bytes_rate" ? value_type::byte_rate : value_type::rate;
    const auto read = at.read(type, is_action ? any_action : any_rate, key, object.items[i]);
    if (!read) return std::unexpected(read.error());
    if (is_action) {
      made.action =
          static_cast<broker::rate_action>(std::ranges::find(actions, std::get<std::string>(*read)) - actions.begin());
    } else {
      (name == "bytes_rate" ? made.bytes : made.messages) = std::get<nanolib::rate>(*read);
    }
  }
  return made;
}

std::string quoted(std::string_view text) {
  std::string out;
  nanolib::append_json_string(out, text);
  return out;
}

constexpr std::string_view bans_help =
    "Who may not come in: a list of objects. client_id, user and address (an address, a network or \"unix\") say who "
    "is "
    "meant, all of them together; until = \"2026-12-01T08:30:00Z\" or for = 1h says how long, for good without; reason "
    "is shown in lists. See also nanomq broker ban.";
constexpr std::string_view users_help =
    "What holds for single users instead of limits.user: limits.users.NAME { messages_rate = 1000/s, bytes_rate = 0, "
    "rate_action = wait }. What is left out is as for everybody.";

}  // namespace

result<std::vector<ban>> read_bans(const hocon_document& from, const hocon_value& list, nanolib::wall_time now,
                                   std::string& why) {
  place_reader at(from, why);
  if (list.is != kind::list) return at.refuse(list.place, "bans: takes a list of objects, [{client_id = \"x\"}]");
  if (list.items.size() > broker::ban_list::most_bans) {
    return at.refuse(list.place, "bans: at most " + std::to_string(broker::ban_list::most_bans));
  }
  std::vector<ban> all;
  for (const auto& item : list.items) {
    auto one = read_ban(item, now, at);
    if (!one) return std::unexpected(one.error());
    all.push_back(std::move(*one));
  }
  return all;
}

std::vector<ban> bans_after(const std::vector<ban>& before, std::vector<ban> next) {
  for (ban& one : next) {
    const auto known = std::ranges::find_if(before, [&](const ban& old) {
      return old.is_about_the_same(one) && (old.until - old.since == one.until - one.since || old.until == one.until);
    });
    if (known == before.end()) continue;
    one.since = known->since;
    one.until = known->until;
  }
  return next;
}

bool are_same(const std::vector<ban>& one, const std::vector<ban>& other) {
  return std::ranges::equal(one, other, [](const ban& left, const ban& right) {
    return left.is_about_the_same(right) && left.since == right.since && left.until == right.until &&
           left.reason == right.reason;
  });
}

result<user_limits> read_user_limits(const hocon_document& from, const hocon_value& object, std::string& why) {
  place_reader at(from, why);
  user_limits all;
  for (std::size_t i = 0; i < object.keys.size(); ++i) {
    auto one = read_rates(object.items[i], std::string(user_limits_key) + "." + object.keys[i].name, at);
    if (!one) return std::unexpected(one.error());
    all.emplace(object.keys[i].name, *one);
  }
  return all;
}

void write_ban(nanolib::json_writer& to, const ban& what) {
  to.begin_object();
  write_ban_members(to, what);
  to.end_object();
}

void write_ban_members(nanolib::json_writer& to, const ban& what) {
  if (!what.client_id.empty()) to.text("client_id", what.client_id);
  if (!what.user.empty()) to.text("user", what.user);
  if (const auto address = what.address(); !address.empty()) to.text("address", address);
  to.text("since", print_timestamp(what.since));
  if (what.until != nanolib::wall_time::max()) to.text("until", print_timestamp(what.until));
  if (!what.reason.empty()) to.text("reason", what.reason);
}

std::string print_written_limits(std::span<const ban> bans, const user_limits& users) {
  std::string out;
  for (const auto& [name, own] : users) {
    const auto add = [&](std::string_view key, const std::string& text) {
      out += std::string(user_limits_key) + "." + quoted(name) + "." + std::string(key) + " = " + text + "\n";
    };
    if (own.messages) add("messages_rate", print_value(value_type::rate, *own.messages));
    if (own.bytes) add("bytes_rate", print_value(value_type::byte_rate, *own.bytes));
    if (own.action) add("rate_action", std::string(actions[std::to_underlying(*own.action)]));
  }
  if (bans.empty()) return out;
  out += std::string(bans_key) + " = [\n";
  for (const ban& one : bans) {
    out += "  ";
    nanolib::json_writer json(out);
    write_ban(json, one);
    out += "\n";
  }
  return out + "]\n";
}

std::string written_limits_sample() {
  return "\n# ---- bans and limits of single users ----\n\n# " + std::string(bans_help) +
         "\n#bans = [{address = \"192.0.2.0/24\", for = 1d, reason = \"tries passwords\"}]\n\n# " +
         std::string(users_help) + "\n#limits.users.backup.messages_rate = 5000/s\n";
}

std::string written_limits_reference() {
  return "\n## bans and limits of single users\n\nThese come from files only, and can be changed while the broker "
         "runs; "
         "[the manual](manual/limits.md) has more.\n\n- `bans`: " +
         std::string(bans_help) + "\n- `limits.users`: " + std::string(users_help) + "\n";
}

}  // namespace nanomq::config
