// SP sockets inside the broker: what `nanomq nngproxy` is beside a broker, without a second process and without MQTT on a
// wire between.
//
// An endpoint is a local peer. Its socket lives on the shard of its client id: nng's threads hand events to that loop
// (sp_mailbox) and touch nothing else. A message that comes in is published from where nng has put it; one that goes out is
// copied once, into the nng_msg that nng keeps.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "nanolib/base/log.hpp"
#include "nanomq/bridge/sp_endpoint_options.hpp"
#include "nanomq/broker/local_peer.hpp"

namespace nanomq::bridge {

/// What broker::attach() takes.
struct local_endpoint {
  broker::local_peer_options options;
  std::unique_ptr<broker::local_peer> peer;
};

/// No socket is open yet: attach() opens it, and answers what is wrong with a URL, or an address in use.
/// Errors: what is wrong with the options, one line.
[[nodiscard]] std::expected<local_endpoint, std::string> make_local_endpoint(sp_endpoint_options options,
                                                                             nanolib::log& log);

/// "bridges/nng/NAME", as it is called in $SYS and in the log.
[[nodiscard]] std::string name_of(const sp_endpoint_options& of);

}  // namespace nanomq::bridge
