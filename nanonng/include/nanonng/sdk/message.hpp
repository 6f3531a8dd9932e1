// A message that has arrived.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/intrusive_ptr.hpp"
#include "nanolib/base/visibility.hpp"
#include "nanonng/mqtt/client_session.hpp"
#include "nanonng/mqtt/packets.hpp"
#include "nanonng/mqtt/properties.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::sdk {

/// Name and value of a User Property, as views into a message.
struct user_property_view {
  std::string_view name;
  std::string_view value;
};

/// The User Properties of a block, in their order: `for (auto [name, value] : m.user_properties())`.
class NANOLIB_EXPORT user_property_range {
 public:
  class iterator {
   public:
    using value_type = user_property_view;
    using difference_type = std::ptrdiff_t;

    iterator() noexcept : reader_(nanolib::bytes{}) {}
    explicit iterator(nanolib::bytes block) noexcept : reader_(block), at_end_(false) { ++*this; }
    const user_property_view& operator*() const noexcept { return current_; }
    const user_property_view* operator->() const noexcept { return &current_; }
    iterator& operator++() noexcept;
    void operator++(int) noexcept { ++*this; }
    friend bool operator==(const iterator& i, std::default_sentinel_t) noexcept { return i.at_end_; }

   private:
    mqtt::property_reader reader_;
    user_property_view current_;
    bool at_end_ = true;
  };

  explicit user_property_range(nanolib::bytes block) noexcept : block_(block) {}
  [[nodiscard]] iterator begin() const noexcept { return iterator(block_); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  nanolib::bytes block_;
};

namespace detail {

/// Whom a message tells that it has been handled. Owns: itself, by count. Thread: thread-safe.
class acknowledgement_sink {
 public:
  acknowledgement_sink() = default;
  acknowledgement_sink(const acknowledgement_sink&) = delete;
  acknowledgement_sink& operator=(const acknowledgement_sink&) = delete;
  virtual void acknowledge(mqtt::receipt_number receipt, mqtt::reason_code reason) noexcept = 0;
  virtual void retain() const noexcept = 0;
  virtual void release() const noexcept = 0;

 protected:
  virtual ~acknowledgement_sink() = default;
};

/// What the handles share: this and topic, properties and payload behind it, in one allocation.
class NANOLIB_EXPORT message_body {
 public:
  /// Copies what the view shows. Null when memory is short. `topic` is the packet's, or what its alias stands for.
  [[nodiscard]] static nanolib::intrusive_ptr<message_body> create(const mqtt::publish_view& from,
                                                                   std::string_view topic) noexcept;
  message_body(const message_body&) = delete;
  message_body& operator=(const message_body&) = delete;

  [[nodiscard]] std::string_view topic() const noexcept { return nanolib::as_text({tail(), topic_size}); }
  [[nodiscard]] nanolib::bytes properties() const noexcept { return {tail() + topic_size, properties_size}; }
  [[nodiscard]] nanolib::bytes payload() const noexcept {
    return {tail() + topic_size + properties_size, payload_size};
  }
  [[nodiscard]] std::size_t size() const noexcept {
    return sizeof(message_body) + topic_size + properties_size + payload_size;
  }
  void acknowledge(mqtt::reason_code reason) noexcept;

  void retain() const noexcept { count.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept;

  nanolib::intrusive_ptr<acknowledgement_sink> sink;  ///< null when there is nothing to acknowledge
  mqtt::receipt_number receipt = 0;
  mutable std::atomic<std::uint32_t> count{1};
  std::uint32_t payload_size = 0;
  std::uint32_t properties_size = 0;
  std::uint16_t topic_size = 0;
  std::uint16_t packet_identifier = 0;
  mqtt::quality_of_service qos = mqtt::quality_of_service::at_most_once;
  bool retain_flag = false;
  bool dup = false;
  std::atomic<bool> acknowledged{false};

 private:
  message_body() = default;
  ~message_body() = default;
  [[nodiscard]] const std::byte* tail() const noexcept { return reinterpret_cast<const std::byte*>(this + 1); }
};

}  // namespace detail

/// A handle to a received PUBLISH; copies mean the same message, whose bytes never change. Everything that is viewed lives
/// as long as any handle does, also after the client is gone.
/// Shape: one word; the message is one allocation and one copy from the input. Thread: any, like a shared_ptr to const.
class NANOLIB_EXPORT message {
 public:
  /// No message; every accessor says "nothing".
  message() noexcept = default;
  explicit message(nanolib::intrusive_ptr<detail::message_body> body) noexcept : body_(std::move(body)) {}
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(body_); }

  [[nodiscard]] std::string_view topic() const noexcept { return body_ ? body_->topic() : std::string_view(); }
  [[nodiscard]] nanolib::bytes payload() const noexcept { return body_ ? body_->payload() : nanolib::bytes(); }
  /// The payload as text. It is checked UTF-8 only when payload_format_utf8().
  [[nodiscard]] std::string_view text() const noexcept { return nanolib::as_text(payload()); }
  [[nodiscard]] mqtt::quality_of_service qos() const noexcept {
    return body_ ? body_->qos : mqtt::quality_of_service::at_most_once;
  }
  /// It was kept by the server and sent because of the subscription (or as published, if that was asked for).
  [[nodiscard]] bool retain() const noexcept { return body_ && body_->retain_flag; }
  /// The server has sent it before; a QoS 2 message is never handed on twice all the same.
  [[nodiscard]] bool dup() const noexcept { return body_ && body_->dup; }
  /// 0 with QoS 0.
  [[nodiscard]] std::uint16_t packet_identifier() const noexcept { return body_ ? body_->packet_identifier : 0; }

  // Properties of MQTT 5; "" and nothing where the publisher set none, and with 3.1.1.
  [[nodiscard]] std::string_view content_type() const noexcept;
  [[nodiscard]] std::string_view response_topic() const noexcept;
  [[nodiscard]] std::optional<nanolib::bytes> correlation_data() const noexcept;
  [[nodiscard]] std::optional<std::chrono::seconds> message_expiry_interval() const noexcept;
  [[nodiscard]] bool payload_format_utf8() const noexcept;
  [[nodiscard]] user_property_range user_properties() const noexcept { return user_property_range(property_block()); }
  /// The value of the first User Property of that name.
  [[nodiscard]] std::optional<std::string_view> user_property(std::string_view name) const noexcept;
  [[nodiscard]] std::vector<std::uint32_t> subscription_identifiers() const;
  /// All of them in wire form, for mqtt::property_reader.
  [[nodiscard]] nanolib::bytes property_block() const noexcept {
    return body_ ? body_->properties() : nanolib::bytes();
  }

  /// Tells the server that the message has been handled: PUBACK or PUBREC. Only with client_options::manual_acknowledgement
  /// (else the client does it when the handler has returned, or when receive() has handed it over). A reason of 0x80 or
  /// above refuses it (5.0 only). Calls after the first do nothing; nor does a call after the session is gone.
  void acknowledge(mqtt::reason_code reason = mqtt::reason_code::success) const noexcept {
    if (body_) body_->acknowledge(reason);
  }

  [[nodiscard]] const nanolib::intrusive_ptr<detail::message_body>& body() const noexcept { return body_; }

 private:
  [[nodiscard]] bool find(mqtt::property_id id, mqtt::property& into) const noexcept;

  nanolib::intrusive_ptr<detail::message_body> body_;
};

}  // namespace nanonng::sdk
