// The option table: the one place that knows which settings there are. The file, the environment, the command line,
// --print-config, etc/nanomq.conf and docs/config.md are all made from it. What every listener has is the part of it in
// listener_option.hpp; setting.hpp finds both by key.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "nanomq/config/settings.hpp"
#include "nanomq/config/value.hpp"

namespace nanomq::config {

/// One row. Thread: immutable.
struct option {
  std::string_view key;          ///< "mqtt.max_packet_size"
  std::string_view alias;        ///< another spelling of the key; empty: none
  std::string_view environment;  ///< a variable that NanoMQ documents for it; empty: none
  value_type type;
  value_range range;
  bool reloadable;  ///< whether a running broker can take a new value
  std::string_view help;
  value (*get)(const settings& from);
  /// The value has the option's type and is in its range.
  /// Errors: config; `why` says what is wrong.
  nanolib::result<void> (*set)(settings& into, const value& what, std::string& why);
  bool secret = false;  ///< not shown; of a list of "name: value" the names are
};

/// All of them, in the order in which they are shown: grouped by the first part of the key.
[[nodiscard]] std::span<const option> options() noexcept;

/// By key or alias; null when there is none.
[[nodiscard]] const option* find_option(std::string_view key) noexcept;

/// The key that was probably meant, or empty. Shape: keys × length².
[[nodiscard]] std::string nearest_key(std::string_view key);

/// How many letters have to be changed, left out or put in to make the one word the other (Levenshtein).
/// Shape: the product of their lengths.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The variable of the product's own that sets a key: NANOMQ_MQTT__MAX_PACKET_SIZE.
[[nodiscard]] std::string variable_of_key(std::string_view key);
/// The same for one of these.
[[nodiscard]] std::string environment_name(const option& which);

}  // namespace nanomq::config
