// Every option of mosquitto.conf(5): what becomes of it here, or why nothing does. The conversion, its messages and the
// table of docs/manual/from_mosquitto.md are made from these rows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace nanomq::config {

/// Where mosquitto lets an option stand, and what it holds for.
enum class mosquitto_scope : std::uint8_t {
  whole,     ///< the broker
  security,  ///< the broker; with per_listener_settings the listener above it
  listener,  ///< the listener above it, or the default one
  bridge,    ///< the connection above it
};

enum class mosquitto_type : std::uint8_t { flag, number, text, texts };  ///< texts: may be there several times

/// What the conversion does with it.
enum class mosquitto_step : std::uint8_t {
  copy,        ///< the value goes to `key`; below a listener, to that key of the listener
  seconds,     ///< likewise, as a duration
  special,     ///< something of its own
  pass_over,   ///< a warning: nothing is lost that somebody relies on for safety
  pass_false,  ///< a flag that asks for nothing when it is false; a warning when it is true
  refuse,      ///< an error: without it somebody could do what mosquitto keeps from them
  refuse_true,
};

/// One row. Thread: immutable.
struct mosquitto_option {
  std::string_view name;  ///< ends with `*` where the rest is anybody's
  mosquitto_scope scope;
  mosquitto_type type;
  mosquitto_step step;
  std::string_view key;      ///< ours; empty: none
  std::string_view meaning;  ///< what becomes of it, or the reason why nothing does
};

[[nodiscard]] std::span<const mosquitto_option> mosquitto_options() noexcept;

/// Null when mosquitto has none of this name.
[[nodiscard]] const mosquitto_option* find_mosquitto_option(std::string_view name) noexcept;

}  // namespace nanomq::config
