// A connection on its way to a client object: from an acceptor, or from another shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/listener_profile.hpp"
#include "nanonng/net/stream.hpp"

namespace nanomq::broker {

/// What is known of a connection beside its bytes. It counts in its listener's connections until shard::forget().
struct visitor {
  std::shared_ptr<const listener_profile> by;
  std::string address;                ///< empty while a PROXY header has yet to tell it
  bool counted = false;               ///< in the counts per address
  bool half_open = false;             ///< and in that of those who are not in yet
  std::optional<std::uint32_t> user;  ///< of a Unix socket's peer
};

struct arrival {
  std::unique_ptr<nanonng::net::stream> over;
  std::vector<std::byte> input;  ///< what has been read and not been used up
  visitor who;
};

}  // namespace nanomq::broker
