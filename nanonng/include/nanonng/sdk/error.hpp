// What can go wrong in the client beside what a server says, as values and as the one exception that get() throws.
#pragma once

#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "nanolib/base/result.hpp"
#include "nanolib/base/visibility.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::sdk {

/// The errors that the client itself has, all of the domain `sys`. A refusal by a server, and what MQTT forbids before
/// anything is sent (topic_name_invalid, packet_too_large, qos_not_supported, …), has the domain `mqtt` and a reason code.
namespace errors {

inline constexpr nanolib::error timed_out{nanolib::error_domain::sys, ETIMEDOUT};
inline constexpr nanolib::error cancelled{nanolib::error_domain::sys, ECANCELED};
/// The client was closed. One that has given up ends what is pending, and what comes after, with the reason for that.
inline constexpr nanolib::error closed{nanolib::error_domain::sys, ESHUTDOWN};
/// The outgoing queue is full and its policy is `fail` (or `block` where nothing may block).
inline constexpr nanolib::error queue_full{nanolib::error_domain::sys, ENOBUFS};
/// The policy `drop_oldest` made room for a newer message.
inline constexpr nanolib::error dropped{nanolib::error_domain::sys, EOVERFLOW};
/// The server has closed one connection after the other on this very message (reconnect_options::attempts_per_message).
inline constexpr nanolib::error given_up{nanolib::error_domain::sys, ECONNABORTED};
/// MQTT 3.1.1 has no such thing (request/response, enhanced authentication).
inline constexpr nanolib::error not_supported{nanolib::error_domain::sys, ENOTSUP};
/// There is no connection, and what was asked for makes sense for one only.
inline constexpr nanolib::error not_connected{nanolib::error_domain::sys, ENOTCONN};
/// A wait that would never end: on the I/O thread itself, or on the callback thread for an answer that stands behind more
/// messages than can be held.
inline constexpr nanolib::error would_deadlock{nanolib::error_domain::sys, EDEADLK};
inline constexpr nanolib::error no_memory{nanolib::error_domain::sys, ENOMEM};

}  // namespace errors

/// What operation::get(), a co_await and the client's constructor throw.
class NANOLIB_EXPORT mqtt_error : public std::runtime_error {
 public:
  explicit mqtt_error(nanolib::error what, std::string detail = {});

  [[nodiscard]] const nanolib::error& error() const noexcept { return error_; }
  /// The reason code, when it is one.
  [[nodiscard]] std::optional<mqtt::reason_code> reason() const noexcept;
  /// The Reason String that the server sent, or what is wrong with a URL; "" when nobody said anything.
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }

 private:
  nanolib::error error_;
  std::string detail_;
};

}  // namespace nanonng::sdk
