// What happens in the broker, told to whoever wants to know: clients and sessions that come and go, subscriptions, and what
// becomes of messages. A webhook is one of those, and so are audits and counters of a program that embeds the broker.
//
// A hook observes. It changes nothing: who may enter and do what is decided by access control, what a message is by its
// publisher. It hears of what has happened, or of what is asked for (connect, subscribe, unsubscribe), in the order in which
// it happens on the shard of the client that it is about; between shards there is no order.
//
// Thread rules. A function of a hook is called on the thread of the shard that owns the client, and by several shards at a
// time. It must not throw, wait, or call the broker: while it runs, its shard does nothing else. Views are valid during the
// call only; a message can be kept with `what.keep()`, which copies it at most once for everybody who keeps it.
//
// What nobody wants costs one test of a mask, which each shard has beside its rights.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nanolib/message/message.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanomq::broker {

enum class hook_event : std::uint8_t {
  connect,             ///< a CONNECT has been read; nobody has been asked yet
  connected,           ///< it was answered with success
  refused,             ///< it was answered with something else, or not at all
  disconnected,        ///< a client that was connected is so no more
  session_created,     ///< with its first connection
  session_resumed,     ///< by another connection
  session_taken_over,  ///< from a connection that was still there
  session_terminated,
  subscribe,    ///< asked for
  subscribed,   ///< what came of it
  unsubscribe,  ///< asked for
  unsubscribed,
  publish,    ///< a message was accepted: a client's, a local peer's, a will
  delivered,  ///< it was sent to a client or a local peer for the first time, without DUP
  acked,      ///< its receiver has it: PUBACK, PUBREC
  dropped,
};

/// A set of events.
using hook_events = std::uint32_t;
[[nodiscard]] constexpr hook_events events_of(hook_event one) noexcept { return 1U << static_cast<unsigned>(one); }
template <class... More>
[[nodiscard]] constexpr hook_events events_of(hook_event one, More... more) noexcept {
  return events_of(one) | events_of(more...);
}
inline constexpr hook_events all_hook_events = (1U << 16U) - 1;
/// Those that are about a message, and have a topic.
inline constexpr hook_events message_hook_events =
    events_of(hook_event::publish, hook_event::delivered, hook_event::acked, hook_event::dropped);

/// What a hook wants to hear of. A message has to match the filter; to other events it does not apply.
struct hook_interest {
  hook_events events = all_hook_events;
  std::string topic_filter{};  ///< empty: every topic; without $share
};

/// Whom an event is about. Of a client that is away what its session knows: client id, user name, at times the address.
struct hook_client {
  std::uint32_t shard = 0;  ///< that owns it, and calls
  std::string_view client_id{};
  std::string_view user_name{};  ///< empty: none
  std::string_view address{};    ///< "192.0.2.7", "[2001:db8::7]", "unix"
  std::string_view listener{};   ///< "tcp:default"
  std::uint16_t keep_alive_s = 0;
  std::uint8_t protocol_version = 0;  ///< 3, 4, 5; 0: it is away, or a local peer
  bool clean_start = false;
  bool is_local = false;  ///< a bridge, a queue, an SP endpoint: it neither connects nor subscribes
};

struct connect_event {
  const hook_client& client;  ///< as its CONNECT has it; it is not known yet whether that is true
  bool has_will;
};

struct connected_event {
  const hook_client& client;
  bool session_present;
};

struct refused_event {
  const hook_client& client;
  nanonng::mqtt::reason_code reason;
  std::string_view why;  ///< in words; empty: the client left before there was an answer
};

enum class ended_by : std::uint8_t { client, broker, network };

struct disconnected_event {
  const hook_client& client;
  nanonng::mqtt::reason_code reason;
  ended_by by;
  /// It has said goodbye, and does not want its will to be sent.
  [[nodiscard]] bool is_normal() const noexcept {
    return by == ended_by::client && reason == nanonng::mqtt::reason_code::success;
  }
};

struct session_event {
  const hook_client& client;
};

enum class session_end : std::uint8_t {
  with_connection,  ///< it was to live no longer
  expired,          ///< its client has been away too long
  discarded,        ///< its client wanted a new one, or a local peer has its name
};

struct session_end_event {
  const hook_client& client;
  session_end why;
  std::uint64_t lost_messages;  ///< of QoS 1 and 2 that it still owed
};

/// What is asked for.
struct subscribe_event {
  const hook_client& client;
  std::string_view filter;
  nanolib::quality_of_service qos;  ///< unsubscribe: 0
};

/// What came of it.
struct subscribed_event {
  const hook_client& client;
  std::string_view filter;
  nanolib::quality_of_service qos;    ///< unsubscribed: 0
  nanonng::mqtt::reason_code reason;  ///< of SUBACK or UNSUBACK, in MQTT 5's words
  [[nodiscard]] bool is_success() const noexcept { return !nanonng::mqtt::is_error(reason); }
};

struct publish_event {
  const hook_client& client;  ///< the publisher
  const nanolib::publication& what;
  bool is_will;
};

struct delivery_event {
  const hook_client& client;  ///< the receiver
  const nanolib::publication& what;
  nanolib::quality_of_service qos;  ///< of this delivery
  bool retain;                      ///< likewise
};

struct acked_event {
  const hook_client& client;  ///< the receiver
  const nanolib::publication& what;
  nanolib::quality_of_service qos;
  nanonng::mqtt::reason_code reason;  ///< an error: it has the message and does not want it
};

enum class drop_reason : std::uint8_t {
  no_subscriber,
  no_permission,
  queue_full,
  output_full,  ///< QoS 0 to a client that does not read
  too_large,    ///< for what its receiver takes
  expired,
  no_memory,
  no_space,          ///< in the store
  no_shared_member,  ///< the last member of a shared subscription has gone
  retained_full,     ///< it was to be kept
  not_delivered,     ///< a local peer could not bring it where it was to go
  over_rate,         ///< its publisher sends faster than it may
};
/// "queue_full"
[[nodiscard]] std::string_view name_of(drop_reason why) noexcept;

struct dropped_event {
  const hook_client& client;  ///< to whom it was not delivered; of no client id: to nobody in particular
  const nanolib::publication& what;
  drop_reason why;
  bool is_publisher;  ///< the client has published it: it went to nobody
};

/// Thread: see above; the constructor, interests(), and the destructor on whichever thread registers and releases it.
class hook {
 public:
  using figure = std::pair<std::string, std::uint64_t>;

  hook() = default;
  hook(const hook&) = delete;
  hook& operator=(const hook&) = delete;
  virtual ~hook() = default;

  /// What it wants to hear of: asked once, when it is registered. It hears of an event once, however many of these name it.
  [[nodiscard]] virtual std::vector<hook_interest> interests() const = 0;
  /// Its own counters, which are shown below $SYS/broker/: "webhook/sent". Thread: any. Errors: throws std::bad_alloc.
  [[nodiscard]] virtual std::vector<figure> figures() const { return {}; }

  virtual void on_connect(const connect_event&) noexcept {}
  virtual void on_connected(const connected_event&) noexcept {}
  virtual void on_refused(const refused_event&) noexcept {}
  virtual void on_disconnected(const disconnected_event&) noexcept {}
  virtual void on_session_created(const session_event&) noexcept {}
  virtual void on_session_resumed(const session_event&) noexcept {}
  virtual void on_session_taken_over(const session_event&) noexcept {}
  virtual void on_session_terminated(const session_end_event&) noexcept {}
  virtual void on_subscribe(const subscribe_event&) noexcept {}
  virtual void on_subscribed(const subscribed_event&) noexcept {}
  virtual void on_unsubscribe(const subscribe_event&) noexcept {}
  virtual void on_unsubscribed(const subscribed_event&) noexcept {}
  virtual void on_publish(const publish_event&) noexcept {}
  virtual void on_delivered(const delivery_event&) noexcept {}
  virtual void on_acked(const acked_event&) noexcept {}
  virtual void on_dropped(const dropped_event&) noexcept {}
};

/// In the order in which they hear of things.
using hook_set = std::vector<std::shared_ptr<hook>>;

}  // namespace nanomq::broker
