// How fast clients may send, and how often they may come: rates of messages, bytes, connections and wrong passwords.
// None is limited unless somebody says so.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "nanolib/base/time.hpp"
#include "nanolib/base/token_bucket.hpp"

namespace nanomq::broker {

/// What becomes of messages beyond a rate.
enum class rate_action : std::uint8_t {
  wait,        ///< nothing more is read until it may be: nothing is lost
  drop_qos0,   ///< messages of QoS 0 are dropped, the others wait
  disconnect,  ///< the connection ends
};

/// What PUBLISH packets and bytes of any packet may arrive.
struct message_rates {
  nanolib::rate messages;
  nanolib::rate bytes;
  rate_action action = rate_action::wait;

  [[nodiscard]] bool is_limited() const noexcept { return messages.is_limited() || bytes.is_limited(); }
  friend bool operator==(const message_rates&, const message_rates&) = default;
};

/// What holds for one user, or for the clients of one listener, instead of what holds for each.
struct own_rates {
  std::optional<nanolib::rate> messages;
  std::optional<nanolib::rate> bytes;
  std::optional<rate_action> action;

  [[nodiscard]] bool is_empty() const noexcept { return !messages && !bytes && !action; }
  friend bool operator==(const own_rates&, const own_rates&) = default;
};

/// Clients that come and go all the time. Keys and defaults as EMQX has them.
struct flapping_options {
  bool enable = false;
  nanolib::duration window_time{60'000};
  std::uint32_t max_count = 15;  ///< connections that may end within the window
  nanolib::duration ban_time{300'000};
  friend bool operator==(const flapping_options&, const flapping_options&) = default;
};

/// Shape: value. Can be exchanged while the broker runs.
struct traffic_limits {
  message_rates client;                                 ///< of each client
  message_rates user;                                   ///< of all clients of a user name together
  std::map<std::string, own_rates, std::less<>> users;  ///< by user name
  nanolib::rate connections_per_address;
  nanolib::rate failed_logins_per_address;
  flapping_options flapping;
  friend bool operator==(const traffic_limits&, const traffic_limits&) = default;
};

}  // namespace nanomq::broker
