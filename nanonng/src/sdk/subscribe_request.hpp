// A SUBSCRIBE or UNSUBSCRIBE of ours from the call to its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nanonng/mqtt/encoder.hpp"
#include "nanonng/sdk/options.hpp"
#include "outgoing_entry.hpp"
#include "recipient.hpp"

namespace nanonng::sdk {

class engine;

/// One filter with everything that a SUBSCRIBE says of it.
struct wanted_subscription {
  std::string filter;
  mqtt::quality_of_service qos = mqtt::quality_of_service::exactly_once;
  bool no_local = false;
  bool retain_as_published = false;
  std::uint8_t retain_handling = 0;
  recipient_ptr to;  ///< null in an UNSUBSCRIBE
};

class subscribe_request final : public operation_state<subscribe_outcome>, public outgoing_entry {
 public:
  subscribe_request(engine& home, kind which) noexcept : outgoing_entry(which), home_(home) {}

  [[nodiscard]] operation_core& operation() noexcept override { return *this; }
  [[nodiscard]] std::size_t size() const noexcept override { return sizeof *this; }
  void abandon(nanolib::error why) noexcept override;

  std::vector<wanted_subscription> entries;
  mqtt::buffer user_properties;  ///< wire form
  std::uint32_t identifier = 0;  ///< Subscription Identifier, given when it is sent first
  bool from_callback = false;    ///< made on the callback thread, which does not wait for itself
  bool is_renewal = false;       ///< made by the client itself after the session was lost

 private:
  ~subscribe_request() override = default;
  engine& home_;
};

}  // namespace nanonng::sdk
