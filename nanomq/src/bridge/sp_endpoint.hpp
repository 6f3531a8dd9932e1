// One end of a proxy: what stands between an SP socket and an MQTT client.
#pragma once

#include <cstdint>
#include <memory>

#include "nanolib/base/result.hpp"
#include "nanomq/bridge/sp_counters.hpp"
#include "nanomq/bridge/sp_mapping.hpp"
#include "nanonng/net/sp_socket.hpp"
#include "nanonng/net/sp_stream.hpp"
#include "nanonng/sdk/client.hpp"

namespace nanomq::bridge {

struct sp_endpoint_settings {
  nanonng::mqtt::quality_of_service qos{};
  bool retain = false;
  bool takes_retained = true;      ///< what the server has kept from before the subscription
  bool holds_echoes_back = false;  ///< by itself, because the server can't
  nanolib::duration answer_limit{10'000};
  std::size_t questions = 64;          ///< under way at a time
  std::size_t unacknowledged = 1'024;  ///< messages that MQTT has and has not acknowledged, or written with QoS 0
  std::size_t unacknowledged_bytes = 8U * 1024 * 1024;
};

/// What an end leaves behind.
struct sp_remainder {
  std::uint64_t from_sp = 0;    ///< messages that came and were not published
  std::uint64_t from_mqtt = 0;  ///< messages that no peer has taken
  std::uint64_t with_nng = 0;   ///< messages that nng may still have, at most so many: it does not tell
  std::uint64_t questions = 0;  ///< that MQTT asked, without an answer
};

/// Thread: loop-confined. Goes before the socket, and after the client has been closed.
class sp_endpoint {
 public:
  sp_endpoint() = default;
  sp_endpoint(const sp_endpoint&) = delete;
  sp_endpoint& operator=(const sp_endpoint&) = delete;
  virtual ~sp_endpoint() = default;

  /// The client is there; it subscribes without handlers and acknowledges by hand.
  virtual void begin(nanonng::sdk::client& with) = 0;
  /// Takes nothing more from either side; what is under way goes on.
  virtual void rest() noexcept = 0;
  /// After the client has been closed: what has gone nowhere, but what the counters tell.
  [[nodiscard]] virtual sp_remainder remainder() = 0;
  [[nodiscard]] virtual nanonng::net::sp_stream::figures stream_figures() const noexcept { return {}; }
};

/// The one for the socket's protocol. `mapping` and `counters` outlive it. Errors: nng.
[[nodiscard]] nanolib::result<std::unique_ptr<sp_endpoint>> make_endpoint(nanonng::net::sp_socket& socket,
                                                                          const sp_mapping& mapping,
                                                                          const sp_endpoint_settings& settings,
                                                                          sp_counters& counters);

}  // namespace nanomq::bridge
