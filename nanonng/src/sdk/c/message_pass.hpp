// Between the C++ client's messages and nng's.
#pragma once

#include <nng/nng.h>

#include <string_view>

#include "envelope.hpp"
#include "nanolib/base/bytes.hpp"
#include "nanolib/base/result.hpp"
#include "nanonng/mqtt_client.h"
#include "nanonng/sdk/message.hpp"
#include "nanonng/sdk/options.hpp"

namespace nanonng::sdk::c {

/// What an nng_msg wants to be published as. Views into it.
struct outgoing_message {
  std::string_view topic;
  nanolib::bytes payload;
  publish_properties properties;
  mqtt::quality_of_service qos = mqtt::quality_of_service::at_most_once;
  bool retain = false;

  /// About what it costs to keep.
  [[nodiscard]] std::size_t size() const noexcept { return 256 + topic.size() + payload.size(); }
};

/// Errors: NNG_EINVAL (null, no topic, a broken envelope); throws bad_alloc.
[[nodiscard]] int read_message(nng_msg* from, outgoing_message& into);

/// A copy of a message that has arrived, with a receipt for its acknowledgement or 0. Null when memory is short.
[[nodiscard]] nng_msg* make_message(const message& from, std::uint64_t receipt) noexcept;

/// Fills an outcome in, if there is one.
void tell(nmqtt_outcome* outcome, mqtt::reason_code reason, std::string_view text) noexcept;
void tell(nmqtt_outcome* outcome, const nanolib::error& why, std::string_view text) noexcept;

/// The reason code of an error, success when it is not MQTT's.
[[nodiscard]] mqtt::reason_code reason_of(const nanolib::error& what) noexcept;

}  // namespace nanonng::sdk::c
