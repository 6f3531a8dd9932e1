// The rows of the option table that every listener has, and the keys that name one of a certain listener:
// listeners.ssl.certfile, and listeners.ssl.plant.certfile for the one called "plant".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanomq/broker/listener.hpp"
#include "nanomq/config/value.hpp"

namespace nanomq::config {

/// Which kinds of listeners have an option; bits.
enum listener_kinds : std::uint8_t {
  on_tcp = 1,
  on_ssl = 2,
  on_ws = 4,
  on_wss = 8,
  on_tls = 10,
  on_web = 12,
  on_all = 15
};

/// One row. Thread: immutable.
struct listener_option {
  std::string_view key;  ///< "bind"
  std::uint8_t kinds;
  value_type type;
  value_range range;
  bool reloadable;  ///< for new connections
  bool secret;      ///< not shown
  std::string_view help;
  value (*get)(const nanomq::broker::listener_options& from);
  /// The value has the option's type and is in its range.
  /// Errors: config; `why` says what is wrong.
  nanolib::result<void> (*set)(nanomq::broker::listener_options& into, const value& what, std::string& why);
};

/// In the order in which they are shown.
[[nodiscard]] std::span<const listener_option> listener_rows() noexcept;

/// A row and the listener that is meant.
struct listener_setting {
  const listener_option* row = nullptr;
  nanomq::broker::listener_kind kind = nanomq::broker::listener_kind::tcp;
  std::string name;  ///< empty: the one without

  [[nodiscard]] std::string key() const;
};

/// None when the key names no option of a listener. A listener's name has letters, digits, `-` and `_`.
[[nodiscard]] std::optional<listener_setting> find_listener_setting(std::string_view key);

/// "listeners.ssl." or "listeners.ssl.plant."
[[nodiscard]] std::string listener_prefix(nanomq::broker::listener_kind kind, std::string_view name);

/// A listener's address as it is written: with or without a scheme, a port, and for WebSockets a path.
struct listener_address {
  nanonng::net::endpoint where;
  std::string path;  ///< empty: none was written
};
/// The kind of listener that a URL's scheme stands for; none: it has no scheme, or one that is not known.
[[nodiscard]] std::optional<nanomq::broker::listener_kind> kind_of_url(std::string_view url) noexcept;
/// Errors: config, with `why`.
[[nodiscard]] nanolib::result<listener_address> parse_listener_address(nanomq::broker::listener_kind kind,
                                                                       std::string_view text, std::string& why);

/// A variable of NanoMQ's and the key that it sets.
struct listener_variable {
  std::string_view name;
  std::string_view key;
};
[[nodiscard]] std::span<const listener_variable> listener_variables() noexcept;

}  // namespace nanomq::config
