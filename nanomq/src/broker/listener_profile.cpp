#include "broker/listener_profile.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "nanonng/net/proxy_header.hpp"
#include "nanonng/net/tls_stream.hpp"

namespace nanomq::broker {

namespace {

using nanolib::error;
using nanolib::error_domain;

bool read_trusted(listener_profile& into, std::string& why) {
  for (const std::string& text : into.options.proxy_trusted) {
    if (text == "unix") {
      into.trusts_unix = true;
    } else if (const auto network = nanomq::access::parse_network(text)) {
      into.trusted.push_back(*network);
    } else {
      why = "not a network: \"" + text + "\"";
      return false;
    }
  }
  if (!into.options.proxy_protocol || into.trusts_unix || !into.trusted.empty()) return true;
  why = "proxy_protocol needs proxy_trusted, the proxies that are believed: [\"127.0.0.1\"]";
  return false;
}

nanolib::duration or_else(nanolib::duration own, nanolib::duration general) noexcept {
  return own.count() != 0 ? own : general;
}

void derive(listener_profile& into, const limits& bounds) {
  limits own = bounds;
  if (into.options.max_packet_size != 0) own.max_packet_size = into.options.max_packet_size;
  into.settings = settings_from(own);
  into.connection_rate = nanolib::bucket_shape(into.options.max_conn_rate);
  const message_rates total{into.options.total_messages_rate, into.options.total_bytes_rate,
                            into.options.rates.action.value_or(rate_action::wait)};
  if (total.is_limited()) into.total_rates = std::make_shared<const rate_shapes>(total);
  into.connect_timeout = or_else(into.options.connect_timeout, bounds.connect_timeout);
  into.handshake_timeout =
      std::min(or_else(into.options.handshake_timeout, into.connect_timeout), into.connect_timeout);
}

}  // namespace

nanonng::mqtt::server_settings settings_from(const limits& bounds) {
  nanonng::mqtt::server_settings settings;
  settings.limits = {.maximum_packet_size = bounds.max_packet_size,
                     .maximum_user_properties = bounds.max_user_properties,
                     .maximum_properties_size = bounds.max_properties_size,
                     .maximum_filters = bounds.max_filters_per_subscribe,
                     .maximum_topic_size = bounds.max_topic_size,
                     .maximum_topic_levels = bounds.max_topic_levels};
  settings.maximum_connect_size = std::min(bounds.max_connect_size, bounds.max_packet_size);
  settings.receive_maximum = bounds.receive_maximum;
  settings.topic_alias_maximum = bounds.max_topic_alias;
  settings.maximum_keep_alive_s = bounds.max_keepalive_s;
  settings.maximum_session_expiry_s = bounds.max_session_expiry_s;
  return settings;
}

bool listener_profile::trusts(std::string_view peer) const noexcept {
  if (peer == "unix") return trusts_unix;
  std::string_view host = peer.substr(0, peer.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = nanomq::access::parse_address(host);
  return address && std::ranges::any_of(trusted, [&](const auto& network) { return network.contains(*address); });
}

nanolib::result<std::shared_ptr<const listener_profile>> make_profile(const listener_options& options,
                                                                      const limits& bounds,
                                                                      std::shared_ptr<listener_counts> counts,
                                                                      std::string& why) {
  auto made = std::make_shared<listener_profile>();
  made->options = options;
  made->id = options.id();
  made->counts = std::move(counts);
  derive(*made, bounds);
  if (!read_trusted(*made, why)) {
    why.insert(0, made->id + ": ");
    return std::unexpected(error{error_domain::config, 0});
  }
  if (options.is_secure()) {
    auto context = nanonng::net::tls_context::server(options.tls_options(), why);
    if (!context) {
      why.insert(0, made->id + ": ");
      return std::unexpected(context.error());
    }
    made->tls = std::move(*context);
  }
  if (options.is_websocket()) {
    nanonng::net::websocket_server_options upgrade;
    upgrade.path = options.any_path ? std::string() : options.path;
    upgrade.origins = options.origins;
    made->websocket = std::make_shared<const nanonng::net::websocket_server_options>(std::move(upgrade));
  }
  return made;
}

std::unique_ptr<nanonng::net::stream> add_layers(const listener_profile& of,
                                                 std::unique_ptr<nanonng::net::stream> socket,
                                                 nanonng::net::handshake_pace& pace) noexcept {
  std::unique_ptr<nanonng::net::stream> top = std::move(socket);
  if (top && of.options.proxy_protocol) top = nanonng::net::make_proxy_stream(std::move(top));
  if (top && of.tls) {
    nanonng::net::tls_stream_options how;
    how.pace = &pace;
    top = nanonng::net::make_tls_stream(of.tls, std::move(top), how);
  }
  if (top && of.websocket) top = nanonng::net::make_websocket_server(std::move(top), of.websocket);
  return top;
}

}  // namespace nanomq::broker
