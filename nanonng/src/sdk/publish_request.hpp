// A PUBLISH of ours from the call to its acknowledgement: one allocation with the copy of topic, properties and payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nanolib/base/time.hpp"
#include "nanonng/mqtt/encode_publish.hpp"
#include "nanonng/sdk/options.hpp"
#include "outgoing_entry.hpp"

namespace nanonng::sdk {

class engine;

/// Immutable but for its place and its end. Shape: about 150 bytes and what it carries.
class publish_request final : public operation_state<publish_outcome>, public outgoing_entry {
 public:
  struct contents {
    std::string_view topic;
    nanolib::bytes properties{};  ///< wire form, without the expiry interval
    nanolib::bytes payload;
    mqtt::quality_of_service qos = mqtt::quality_of_service::at_most_once;
    bool retain = false;
    nanolib::instant expiry = nanolib::never;
  };
  /// Null when memory is short.
  [[nodiscard]] static nanolib::intrusive_ptr<publish_request> create(engine& home, const contents& carried) noexcept;

  [[nodiscard]] operation_core& operation() noexcept override { return *this; }
  [[nodiscard]] std::size_t size() const noexcept override {
    return sizeof *this + topic_size_ + properties_size_ + payload_size_;
  }
  [[nodiscard]] mqtt::quality_of_service qos() const noexcept { return qos_; }
  [[nodiscard]] bool has_expired(nanolib::instant now) const noexcept { return expiry_ <= now; }
  /// As a packet to be sent now.
  [[nodiscard]] mqtt::outgoing_publish packet(nanolib::instant now) const noexcept;
  void abandon(nanolib::error why) noexcept override;

  bool has_timeout = false;      ///< set before it is handed over
  std::uint64_t written_at = 0;  ///< where in the connection's output it ends; QoS 0

 private:
  publish_request(engine& home, const contents& carried) noexcept;
  ~publish_request() override = default;
  void destroy() noexcept override;
  [[nodiscard]] const std::byte* tail() const noexcept { return reinterpret_cast<const std::byte*>(this + 1); }

  engine& home_;
  nanolib::instant expiry_;
  std::uint32_t payload_size_;
  std::uint32_t properties_size_;
  std::uint16_t topic_size_;
  mqtt::quality_of_service qos_;
  bool retain_;
};

}  // namespace nanonng::sdk
