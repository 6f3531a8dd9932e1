// Who may enter, and do what: the question that the broker asks at room 5, and the answer when nothing is configured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nanolib/base/bytes.hpp"
#include "nanolib/message/message.hpp"
#include "nanonng/mqtt/types.hpp"
#include "nanonng/net/tls_identity.hpp"

namespace nanomq::broker {

/// Who asks. Views for the duration of the call.
struct principal {
  std::string_view client_id;
  std::string_view user_name;
  std::string_view address{};   ///< "192.0.2.7", "[2001:db8::7]", "unix"; behind a proxy the client's own
  std::string_view listener{};  ///< "ssl:plant", "tcp:default"
  /// Who it has proved to be in TLS: common name, alternative names, fingerprint, PSK identity. Null without TLS.
  const nanonng::net::tls_identity* identity = nullptr;
  /// The user at the other end of a Unix socket.
  std::optional<std::uint32_t> local_user{};
  /// Whether the listener vouches for it: client certificates or pre-shared keys are required there, or its
  /// allow_anonymous is true.
  bool is_admitted = false;
};

enum class operation : std::uint8_t { publish, subscribe, receive };

/// Answers on the shard's thread and without waiting. Thread: thread-safe.
class access {
 public:
  access() = default;
  access(const access&) = delete;
  access& operator=(const access&) = delete;
  virtual ~access() = default;

  /// Whether this client may enter: success, or the reason for the CONNACK.
  [[nodiscard]] virtual nanonng::mqtt::reason_code authenticate(const principal& who, bool has_user_name,
                                                                nanolib::bytes password) noexcept = 0;
  /// Whether it may do this with this topic (or topic filter, for subscribe): success, or the reason for the answer.
  [[nodiscard]] virtual nanonng::mqtt::reason_code authorize(const principal& who, operation what,
                                                             std::string_view topic) noexcept = 0;
  /// False when authorize() would always say success: the broker then does not ask.
  [[nodiscard]] virtual bool restricts() const noexcept { return true; }
};

/// Admits everybody to everything but publishing under `$`. What the broker uses while no access control is configured.
[[nodiscard]] access& open_access() noexcept;

}  // namespace nanomq::broker
