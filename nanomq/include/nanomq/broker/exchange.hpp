// Enhanced authentication: what a client and the broker say to each other until it is clear who the client is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "nanolib/base/bytes.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanomq::broker {

class grant;

/// Whether a client may enter: success, or the reason for the CONNACK.
struct admission {
  nanonng::mqtt::reason_code reason = nanonng::mqtt::reason_code::not_authorized;
  std::int64_t ends_s = 0;                 ///< until when, in seconds since 1970; 0: as long as it likes
  std::string_view why{};                  ///< of a refusal, for the log and not for the client; static
  bool is_superuser = false;               ///< it may do everything
  bool by_others = false;                  ///< somebody outside of the broker has admitted it
  std::shared_ptr<const grant> brought{};  ///< rights that it has brought along; null: none
};

/// One conversation, by one method, of one client. Spec: MQTT 5.0 §4.12. Thread: that of the client's shard.
class exchange {
 public:
  enum class outcome : std::uint8_t {
    goes_on,  ///< the client is to say something more
    ended,    ///< admitted() says how
  };

  exchange() = default;
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;
  virtual ~exchange() = default;

  /// The client's Authentication Data, which nobody has looked at yet; `answer` is what it is told. Not after the end.
  /// Shape: microseconds, and never waits.
  [[nodiscard]] virtual outcome hear(nanolib::bytes data, std::string& answer) noexcept = 0;
  /// After the end: whether the client may enter.
  [[nodiscard]] virtual const admission& admitted() const noexcept = 0;
  /// After an end that admits: who the client has shown to be. After another: whom it has claimed to be, as far as it did.
  [[nodiscard]] virtual std::string_view user_name() const noexcept = 0;
};

}  // namespace nanomq::broker
