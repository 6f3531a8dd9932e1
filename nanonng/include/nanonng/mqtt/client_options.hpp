// What a client says about itself when it connects, and what the server answers.
#pragma once

#include <cstdint>
#include <string_view>

#include "nanolib/base/time.hpp"
#include "nanonng/mqtt/packets.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// What a client allows and how it behaves; may serve many clients. Immutable while machines use it.
struct client_settings {
  decode_limits limits;                       ///< maximum_packet_size is announced to the server
  std::uint16_t receive_maximum = 65'535;     ///< unacknowledged messages from the server; announced, not 0
  std::uint16_t receive_excess = 0;           ///< messages beyond that which are borne of servers that can't count
  std::uint16_t topic_alias_maximum = 0;      ///< aliases that the server may use; announced
  std::uint16_t sent_topic_aliases = 0;       ///< aliases that are used by themselves if the server allows; 0: none
  std::uint16_t maximum_inflight = 65'535;    ///< own bound beside the server's Receive Maximum, for 3.x too; not 0
  bool manual_acknowledgement = false;        ///< QoS 1 and 2 wait for acknowledge()
  nanolib::duration connect_timeout{30'000};  ///< from connect() to CONNACK, authentication included
  nanolib::duration ping_timeout{10'000};     ///< from PINGREQ to a sign of life
};

/// A CONNECT. Views are not kept. What client_settings says is announced by itself.
struct connect_options {
  /// Version, Clean Start, client id, user name, password, will, keep alive. The properties in it are not looked at.
  connect_view packet;
  std::uint32_t session_expiry_s = 0;
  bool request_problem_information = true;
  bool request_response_information = false;
  std::string_view authentication_method;  ///< empty: no enhanced authentication
  bytes authentication_data;
  bytes user_properties;  ///< wire form
  bytes will_properties;  ///< wire form; all that the will may have
};

/// What the server has granted, from CONNACK; for 3.x what those versions always allow. Spec: MQTT 5.0 §3.2.2.3.
struct server_limits {
  std::uint32_t maximum_packet_size = 0xFFFFFFFF;
  std::uint32_t session_expiry_s = 0;  ///< what the server said, else what was asked for
  std::uint16_t receive_maximum = 0xFFFF;
  std::uint16_t topic_alias_maximum = 0;
  std::uint16_t keep_alive_s = 0;  ///< the server's where it has one [MQTT-3.1.2-21], else the client's
  quality_of_service maximum_qos = quality_of_service::exactly_once;
  bool retain_available = true;
  bool wildcard_subscriptions = true;
  bool shared_subscriptions = true;
  bool subscription_identifiers = true;
};

}  // namespace nanonng::mqtt
