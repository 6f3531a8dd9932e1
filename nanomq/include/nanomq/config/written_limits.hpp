// What configuration files say about bans and about single users, which are objects and lists and no rows of the option
// table; and the file in which a broker keeps the bans that somebody has added while it ran.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/json_writer.hpp"
#include "nanolib/base/result.hpp"
#include "nanomq/broker/ban.hpp"
#include "nanomq/broker/traffic_limits.hpp"
#include "nanomq/config/hocon.hpp"

namespace nanomq::config {

inline constexpr std::string_view bans_key = "bans";
inline constexpr std::string_view user_limits_key = "limits.users";

/// A list of objects with client_id, user, address (at least one of them), reason, and until or for. What begins at `now`
/// and lasts `for` a time ends that long afterwards; without until and for it holds for good.
/// Errors: config; `why` begins with the place.
[[nodiscard]] nanolib::result<std::vector<broker::ban>> read_bans(const hocon_document& from, const hocon_value& list,
                                                                  nanolib::wall_time now, std::string& why);

/// An object with an object of messages_rate, bytes_rate and rate_action for each user.
/// Errors: config; `why` begins with the place.
using user_limits = std::map<std::string, broker::own_rates, std::less<>>;
[[nodiscard]] nanolib::result<user_limits> read_user_limits(const hocon_document& from, const hocon_value& object,
                                                            std::string& why);

/// A ban as read_bans() reads it. Inside an array.
void write_ban(nanolib::json_writer& to, const broker::ban& what);

/// One line each, in the form of a configuration file.
[[nodiscard]] std::string print_written_limits(std::span<const broker::ban> bans, const user_limits& users);

/// What the sample file and the reference say about them.
[[nodiscard]] std::string written_limits_sample();
[[nodiscard]] std::string written_limits_reference();

}  // namespace nanomq::config
