// What became of the messages between MQTT and SP.
#pragma once

#include <array>

#include "nanolib/base/counter.hpp"
#include "nanomq/bridge/sp_mapping.hpp"

namespace nanomq::bridge {

/// Thread: one loop writes, any thread reads.
struct sp_counters {
  nanolib::counter from_sp;  ///< messages taken from the SP socket; questions of rep0 and respondent0
  nanolib::counter to_mqtt;  ///< of them, published: read by the broker with QoS 0, acknowledged with 1 and 2
  nanolib::counter
      mqtt_failed;  ///< of them, refused by the server, given up at the end, or what it closes connections on
  nanolib::counter
      mqtt_lost;  ///< of them, with QoS 0 on a connection that was lost before the broker is known to have them
  nanolib::counter largest_lost;       ///< bytes of the largest that went with the last lost connection
  nanolib::counter from_mqtt;          ///< messages taken from MQTT
  nanolib::counter to_sp;              ///< of them, given to the SP socket; questions of req0 and surveyor0
  nanolib::counter echoes;             ///< of them, one's own that came back, and held back
  nanolib::counter retained;           ///< of them, kept from before, and not wanted
  nanolib::counter answered;           ///< questions with an answer, in either direction; each one of a survey counts
  nanolib::counter unanswered;         ///< questions without one in time
  nanolib::counter under_way;          ///< now: questions, and messages that MQTT has not acknowledged
  nanolib::counter peers;              ///< now: of the SP socket
  nanolib::counter renewed_listeners;  ///< that had stopped
  nanolib::counter failed_dials;       ///< attempts to reach a peer
  std::array<nanolib::counter, sp_refusal_count> refused;  ///< by sp_refusal, in both directions
};

}  // namespace nanomq::bridge
