// What somebody asked for when he put an SP socket into the broker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nanolib/base/time.hpp"
#include "nanolib/message/message.hpp"
#include "nanomq/bridge/sp_mapping.hpp"
#include "nanonng/net/sp_protocol.hpp"

namespace nanomq::bridge {

/// MQTT to SP: messages of these topics go out.
struct sp_forward {
  std::string filter;  ///< of MQTT
  std::string topic;   ///< in front of the payload, with topic framing; a template; empty: the message's own
  std::string delimiter = "/";
  sp_framing framing = sp_framing::payload;
  nanolib::quality_of_service qos = nanolib::quality_of_service::at_most_once;
};

/// SP to MQTT: messages that come in are published.
struct sp_subscription {
  std::string prefix;  ///< what a message begins with; with topic framing and the delimiter `/` the topic in front
  std::string topic;   ///< of MQTT; a template with topic framing; empty then: the topic in front
  std::string delimiter = "/";
  sp_framing framing = sp_framing::payload;
  nanolib::quality_of_service qos = nanolib::quality_of_service::at_most_once;
  bool retain = false;
};

struct sp_endpoint_options {
  std::string name;
  nanonng::net::sp_protocol protocol = nanonng::net::sp_protocol::pair0;
  std::vector<std::string> listen;
  std::vector<std::string> dial;
  std::string client_id;                       ///< empty: "nng-" and the name, with - for /
  std::string user_name = "nngproxy_bridge";   ///< NanoMQ's name for it
  std::vector<sp_forward> forwards;            ///< none for what only receives
  std::vector<sp_subscription> subscriptions;  ///< none for what only sends
  nanolib::duration answer_timeout{10'000};    ///< req0, rep0, surveyor0, respondent0
  std::uint32_t max_questions = 256;           ///< of those four, open at the same time
  std::uint32_t max_queue_messages = 10'000;   ///< that wait for the socket; sub0, pull0: for the broker
  std::uint64_t max_queue_bytes = 16U * 1024 * 1024;
  std::uint64_t max_message_size = 16U * 1024 * 1024;  ///< of SP; larger ones are refused and counted
  nanolib::duration redial_backoff{100};               ///< before a peer is dialled again; doubles with each attempt
  nanolib::duration redial_max_backoff{5'000};
  std::string tls_ca_file;               ///< tls+tcp, wss
  std::string tls_certificate_key_file;  ///< certificate and key in one file
};

/// A part of an endpoint's queue.
struct sp_queue_part {
  std::uint32_t messages = 0;
  std::uint64_t bytes = 0;
};
/// How much of it is nng's, for messages that it has and no peer has taken: push0 and the pairs.
[[nodiscard]] sp_queue_part part_of_nng(const sp_endpoint_options& of) noexcept;

}  // namespace nanomq::bridge
