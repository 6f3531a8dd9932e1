// A client of the broker that lives in its process and has no connection: a bridge, a queue, a rule.
//
// It enters at room 5 and leaves after room 7. To the router it is a session like any other: it has a client id, rights,
// subscriptions, a bounded queue and a place in the statistics. It lives on the shard that its client id belongs to, and
// whatever threads of its own it has meet that shard in one place, wake().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanolib/message/message.hpp"
#include "nanonng/mqtt/types.hpp"
#include "nanonng/net/event_loop.hpp"

namespace nanomq::broker {

struct local_subscription {
  std::string filter;
  nanolib::quality_of_service qos = nanolib::quality_of_service::at_most_once;
  bool no_local = true;  ///< not what it has published itself; cannot be asked for with $share
  bool retain_as_published = true;
};

struct local_peer_options {
  /// Below $SYS/broker/ are its figures, in the log it is `peer`: "bridges/nng/line1".
  std::string name;
  std::string client_id;
  std::string user_name;
  std::string address;  ///< what rules about addresses see; may be empty
  std::vector<local_subscription> subscriptions;
  std::uint16_t window = 1'024;  ///< messages of QoS 1 and 2 that it has been sent and not settled
  std::uint32_t max_queue_messages = 10'000;
  std::uint64_t max_queue_bytes = 16U * 1024 * 1024;
};

/// A message for a peer. Views for the duration of the call.
struct local_message {
  const nanolib::publication& what;
  nanolib::quality_of_service qos;
  bool retain;
  std::uint16_t token;  ///< for settle(); 0: there is nothing to settle
};

/// What the broker is for a peer. Thread: the peer's shard, but wake().
class local_port {
 public:
  struct published {
    nanonng::mqtt::reason_code reason;  ///< success, no_matching_subscribers, or why it was refused
    bool congested;                     ///< publish no more until on_uncongested()
  };

  /// Publishes under the peer's name, as a PUBLISH of its own: rights and limits are asked, the retain flag is acted on.
  /// Sets the publisher and the topic's hash. What is refused is counted as dropped.
  virtual published publish(nanolib::publication& what) noexcept = 0;
  /// The peer is done with a message. `delivered`: it has arrived where it was to go; else it is counted as dropped.
  /// There may be room for more: the peer is sent what waits.
  virtual void settle(std::uint16_t token, bool delivered) noexcept = 0;
  /// has_room() has become true.
  virtual void on_room() noexcept = 0;
  /// on_wake() is to be called on the shard. Calls in between come to one. Thread: any, until the peer has ended.
  virtual void wake() noexcept = 0;
  /// The loop of the peer's shard, for timers and sockets.
  [[nodiscard]] virtual nanonng::net::event_loop& loop() noexcept = 0;

 protected:
  ~local_port() = default;
};

/// Thread: its shard's, or while no shard runs; the constructor on any, figures() too.
class local_peer {
 public:
  using figure = std::pair<std::string_view, std::uint64_t>;

  local_peer() = default;
  local_peer(const local_peer&) = delete;
  local_peer& operator=(const local_peer&) = delete;
  /// Nothing calls the port any more when this returns.
  virtual ~local_peer() = default;

  /// The broker is there. `port` outlives the peer. Called once, before any other call.
  /// Errors: any, with one line in `why`: the peer is destroyed then, and the broker does not start when it was starting.
  [[nodiscard]] virtual nanolib::result<void> on_attached(local_port& port, std::string& why) = 0;
  /// Whether send() would take another message.
  [[nodiscard]] virtual bool has_room() const noexcept = 0;
  /// Takes a message; has_room() is true. One with a token is settled, now or later.
  virtual void send(const local_message& what) noexcept = 0;
  /// It was woken.
  virtual void on_wake() noexcept {}
  /// What publish() was told to wait for is over.
  virtual void on_uncongested() noexcept {}
  /// The broker stops: nothing more is published. What waits is sent on until the broker's patience is over.
  virtual void begin_stop() noexcept = 0;
  /// Nothing that it has been sent is still on its way, or nobody is there whom it could reach.
  [[nodiscard]] virtual bool is_idle() const noexcept = 0;
  /// What it counts, for $SYS.
  [[nodiscard]] virtual std::vector<figure> figures() const = 0;
};

}  // namespace nanomq::broker
