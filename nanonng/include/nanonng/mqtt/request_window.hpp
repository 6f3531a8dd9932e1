// What a client has asked its server for and has no answer to: PUBLISH with QoS 1 and 2, SUBSCRIBE and UNSUBSCRIBE.
//
// The three share one space of packet identifiers. Identifiers are handed out in sequence, so that one that has become
// free is used again as late as possible, and stand in a table at the place that they say: a lookup is one step. The
// order in which the requests were made is a list through the same table, linked by identifier.
#pragma once

#include <cstdint>
#include <memory>

#include "nanolib/message/message.hpp"

namespace nanonng::mqtt {

/// What an owner calls a request by: an index, a pointer. The protocol keeps it and hands it back.
using request_token = std::uint64_t;

/// Thread: externally synchronised. Shape: 24 bytes while it has never held anything, then a table of 24 bytes per slot
/// and at least two slots per request; every operation O(1). No allocation while the table is large enough.
class request_window {
 public:
  enum class kind : std::uint8_t { publish_once, publish_twice, subscribe, unsubscribe };
  enum class stage : std::uint8_t {
    unsent,    ///< to be sent on this connection
    sent,      ///< an answer is awaited
    released,  ///< PUBREL is sent or about to be, PUBCOMP is awaited
  };
  struct entry {
    request_token token = 0;
    std::uint32_t filters = 0;            ///< of SUBSCRIBE and UNSUBSCRIBE: how many reasons their answers must have
    std::uint16_t packet_identifier = 0;  ///< 0: a free slot
    std::uint16_t before = 0;             ///< identifier of the request made before this one, 0 for the first
    std::uint16_t behind = 0;
    kind what = kind::publish_once;
    stage at = stage::unsent;
    bool counted = false;    ///< uses one of the present connection's quota
    bool dup = false;        ///< the server may have it: to be sent with DUP
    bool abandoned = false;  ///< nobody waits for its end any more
  };

  /// How many packet identifiers there are.
  static constexpr std::uint32_t identifiers = 65'535;

  /// A new request, last in order, under an identifier that no other has. Null when there is none left or memory is
  /// short. Valid until the next enter() or erase(). Spec: [MQTT-2.2.1-3] [MQTT-4.3.2-1] [MQTT-4.3.3-1].
  [[nodiscard]] entry* enter(kind what, request_token token) noexcept;
  /// Null when no request has this identifier.
  [[nodiscard]] entry* find(std::uint16_t packet_identifier) noexcept;
  /// The identifier is free again. It must be in use.
  void erase(std::uint16_t packet_identifier) noexcept;

  /// The identifier of the oldest request, 0 when there is none. The next one is entry::behind.
  [[nodiscard]] std::uint16_t first() const noexcept { return first_; }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  /// Gives the table of an empty window back.
  void trim() noexcept;

 private:
  [[nodiscard]] bool grow() noexcept;
  /// Its slot, or the free one where it would stand.
  [[nodiscard]] std::uint32_t place_of(std::uint16_t packet_identifier) const noexcept;

  std::unique_ptr<entry[]> slots_;
  std::uint32_t capacity_ = 0;
  std::uint32_t size_ = 0;
  std::uint16_t first_ = 0;
  std::uint16_t last_ = 0;
  std::uint16_t next_identifier_ = 1;
};

}  // namespace nanonng::mqtt
