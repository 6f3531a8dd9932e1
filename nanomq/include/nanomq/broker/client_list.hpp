// Who is there: what a broker tells about its clients to whoever runs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nanolib/base/time.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanomq::broker {

/// A session, and its connection while there is one.
struct client_row {
  std::string client_id, user_name;
  std::string address;  ///< without the port; of an absent client the last one, where rules are about addresses
  bool connected = false;
  bool is_local = false;  ///< in this process: an SP endpoint for example
  std::string listener;   ///< "ssl:plant"; of a connected one, and so are the next four
  nanonng::mqtt::protocol_version version = nanonng::mqtt::protocol_version::v5;
  nanolib::duration connected_for{0};
  std::uint16_t keep_alive_s = 0;
  std::size_t unsent_bytes = 0;              ///< written and not taken by the network yet
  std::optional<nanolib::duration> ends_in;  ///< of a session whose client is away; none: it does not end by itself
  std::size_t subscriptions = 0;
  std::size_t queued_messages = 0, inflight = 0;
  std::uint64_t queued_bytes = 0;
};

struct client_query {
  std::string client_id;    ///< this one alone, also when it is away; empty: all
  std::size_t limit = 100;  ///< rows at the most
  bool absent = false;      ///< also sessions whose clients are away
};

struct client_list {
  std::vector<client_row> rows;  ///< by client id
  std::uint64_t total = 0;       ///< how many there are
  bool complete = true;          ///< false: a shard has not answered in time
};

/// What came of a dismissal.
enum class dismissal : std::uint8_t {
  done,
  unknown,   ///< there is no such client id
  absent,    ///< its session is there, and no connection
  local,     ///< it lives in this process
  no_answer  ///< its shard has not answered in time
};

}  // namespace nanomq::broker
