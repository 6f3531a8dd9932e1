// Who takes part: the sessions, what each publishes and subscribes to, and the ledgers that hold what they know.
//
//   d/<p>/1..4    messages of publisher p, QoS 1 and 2 in turn: to subscribers that are online, silent or away
//   s/<p>/1..2    the same for a share group
//   c/<p>/a, b    for those that subscribe and unsubscribe all the time; b has the retain flag set
//   o/<c>         what such a one publishes itself: for No Local
//   r/<p>/1..4    retained values that are set and deleted; nobody subscribes, a checker looks
//   x/<t>         nothing: the subscriptions of those who leave wills
//   w/<t>, n/<m>  wills that must come, and wills that must never come
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faults.hpp"
#include "ledger.hpp"
#include "retained_ledger.hpp"
#include "session.hpp"
#include "subscription_history.hpp"

namespace nanomq::crash {

enum class role : std::uint8_t {
  publisher,
  online,    ///< subscribes and answers, as long as there is a broker
  silent,    ///< stops answering just before the broker is killed
  offline,   ///< comes back when everything is verified, and seldom in between
  sharer,    ///< member of the share group
  churner,   ///< subscribes, unsubscribes, changes options, throws its session away
  testator,  ///< leaves a will
};

/// What the broker is known to keep of a session.
enum class standing : std::uint8_t { absent, present, unsure };

/// What a stream is for.
enum class flow : std::uint8_t { data, shared, churned, own, retained, will };

struct flow_stream {
  std::size_t publisher = 0;  ///< a member
  flow kind = flow::data;
  retained_ledger::topic_id retained_topic = 0;
};

struct subscription {
  std::size_t owner = 0;  ///< a member
  std::string filter;
  subscription_state wanted;
  subscription_history history = {};
  std::vector<ledger::tracker_id> trackers = {};
  std::optional<std::uint16_t> request = {};  ///< waits for its acknowledgement
  bool known_before = false;                  ///< it was in force for certain when that was sent
  bool shared = false;
  bool sees_retain_flags = false;  ///< its messages are retained ones: subscribing must not bring them again
};

struct member {
  role what = role::publisher;
  session client;
  standing kept = standing::absent;
  standing kept_before = standing::absent;  ///< when the present connection began
  std::vector<std::size_t> subscriptions = {};
  std::vector<std::uint32_t> streams = {};  ///< that it publishes

  /// How it gets a stream.
  struct route {
    std::uint32_t subscription;
    ledger::tracker_id tracker;
  };
  std::vector<std::optional<route>> routes = {};  ///< by stream
};

struct cast_settings {
  unsigned publishers = 8;
  std::uint16_t window = 20;
  std::size_t payload = 64;
  bool eternal_wills =
      true;  ///< publishers have wills that must never come; not with brokers that publish all at a stop
};

/// Owns: everything that the exercise knows; the broker and the sockets are elsewhere. Thread: one.
class cast {
 public:
  cast(const cast_settings& settings, session_events& events);

  [[nodiscard]] bool is_share_member_subscribed() const noexcept;
  /// Whether messages of the stream are owed to the subscription as it is wanted now.
  [[nodiscard]] bool owes(const subscription& which, ledger::stream_id stream) const noexcept;
  [[nodiscard]] member& owner_of(const session& which) { return members[which.settings().index]; }

  cast_settings settings;
  bool replaces_options = true;  ///< of the broker: see recipe
  fault_log faults;
  ledger messages{faults};
  retained_ledger retained{faults};
  std::deque<member> members;
  std::deque<subscription> subscriptions;
  std::vector<flow_stream> streams;                 ///< by ledger::stream_id
  std::vector<ledger::stream_id> tracked;           ///< the stream of each tracker
  std::vector<ledger::stream_id> retained_streams;  ///< by retained_ledger::topic_id

 private:
  member& add_member(role what, std::string client_id, mqtt::protocol_version version, session_events& events);
  ledger::stream_id add_stream(std::size_t publisher, flow kind, stream_settings described);
  void add_publishers(session_events& events);
  void add_receivers(session_events& events);
  void add_churners(session_events& events);
  void add_testators(session_events& events);
  void give_eternal_will(member& to);
  void subscribe(std::size_t owner, std::string_view filter, const subscription_options& options);
  void follow(std::size_t subscription_index);
  [[nodiscard]] ledger::tracker_id tracker_for(const subscription& which, ledger::stream_id stream);

  std::vector<std::optional<ledger::tracker_id>> group_trackers_;  // by stream
};

/// Whether a filter without $share matches. Spec: MQTT 5.0 §4.7.
[[nodiscard]] bool matches(std::string_view filter, std::string_view topic) noexcept;

}  // namespace nanomq::crash
