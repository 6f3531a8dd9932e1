// A listener as connections see it: everything that was read from files, parsed and derived once.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/address_counts.hpp"
#include "broker/traffic_meter.hpp"
#include "nanolib/base/result.hpp"
#include "nanomq/access/address.hpp"
#include "nanomq/broker/limits.hpp"
#include "nanomq/broker/listener.hpp"
#include "nanonng/mqtt/server_machine.hpp"
#include "nanonng/net/handshake_pace.hpp"
#include "nanonng/net/stream.hpp"
#include "nanonng/net/websocket_stream.hpp"

namespace nanomq::broker {

/// What is counted per listener, over reloads. Thread: thread-safe.
struct listener_counts {
  std::atomic<std::uint32_t> connections{0};
  nanolib::shared_token_bucket arrivals;
  rate_buckets taken;  ///< of the rate of all its clients together
  address_counts addresses;
};

/// A reload makes new ones; connections keep theirs. Thread: immutable, what `counts` points to aside.
struct listener_profile {
  listener_options options;
  std::string id;
  nanonng::mqtt::server_settings settings;
  nanolib::duration connect_timeout{0};
  nanolib::duration handshake_timeout{0};  ///< at most connect_timeout
  std::shared_ptr<const nanonng::net::tls_context> tls;
  std::shared_ptr<const nanonng::net::websocket_server_options> websocket;
  std::vector<nanomq::access::ip_network> trusted;
  bool trusts_unix = false;
  nanolib::bucket_shape connection_rate;
  std::shared_ptr<const rate_shapes> total_rates;  ///< of all of them together; null: not limited
  std::shared_ptr<listener_counts> counts;

  /// Whether a PROXY header from this peer ("127.0.0.1:4711", "unix") is believed.
  [[nodiscard]] bool trusts(std::string_view peer) const noexcept;
  /// Whether something comes before MQTT.
  [[nodiscard]] bool has_layers() const noexcept { return tls || websocket || options.proxy_protocol; }
};

[[nodiscard]] nanonng::mqtt::server_settings settings_from(const limits& bounds);

/// Reads certificates and keys.
/// Errors: config, sys, with `why`, which begins with the listener's id.
[[nodiscard]] nanolib::result<std::shared_ptr<const listener_profile>> make_profile(
    const listener_options& options, const limits& bounds, std::shared_ptr<listener_counts> counts, std::string& why);

/// The listener's layers over a socket that was accepted. Null when memory is short.
[[nodiscard]] std::unique_ptr<nanonng::net::stream> add_layers(const listener_profile& of,
                                                               std::unique_ptr<nanonng::net::stream> socket,
                                                               nanonng::net::handshake_pace& pace) noexcept;

}  // namespace nanomq::broker
