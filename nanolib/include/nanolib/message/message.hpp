// A published message once it is kept: immutable, counted, one allocation.
//
// What differs per subscriber (QoS, packet identifier, retain, subscription identifiers, alias) is not in here but in a
// delivery. The properties are those of MQTT 5 that travel with the message, already in wire form.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/intrusive_ptr.hpp"
#include "nanolib/base/time.hpp"

namespace nanolib {

enum class quality_of_service : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2 };

/// A subscriber of this broker: the shard in the upper 8 bits, the shard's session slot below. 0 is nobody.
using subscriber_id = std::uint32_t;
inline constexpr subscriber_id nobody = 0;

[[nodiscard]] constexpr subscriber_id make_subscriber_id(std::uint32_t shard, std::uint32_t slot) noexcept {
  return shard << 24U | slot;
}
[[nodiscard]] constexpr std::uint32_t shard_of(subscriber_id who) noexcept { return who >> 24U; }
[[nodiscard]] constexpr std::uint32_t slot_of(subscriber_id who) noexcept { return who & 0xFFFFFFU; }

struct publication;

/// A message in memory. Immutable. Thread: any; the count is atomic.
/// Shape: 40 bytes and topic, properties and payload behind them, in one allocation.
class message {
 public:
  message(const message&) = delete;
  message& operator=(const message&) = delete;

  /// Copies what a publication views. Null when memory is short.
  [[nodiscard]] static intrusive_ptr<const message> create(const publication& from) noexcept;

  [[nodiscard]] std::string_view topic() const noexcept { return {reinterpret_cast<const char*>(tail()), topic_size_}; }
  [[nodiscard]] bytes properties() const noexcept { return {tail() + topic_size_, properties_size_}; }
  [[nodiscard]] bytes payload() const noexcept { return {tail() + topic_size_ + properties_size_, payload_size_}; }
  [[nodiscard]] std::uint64_t topic_hash() const noexcept { return topic_hash_; }
  [[nodiscard]] quality_of_service qos() const noexcept { return qos_; }
  [[nodiscard]] bool retained() const noexcept { return retained_; }
  [[nodiscard]] bool expires() const noexcept { return expiry_ != never; }
  /// When it is no longer to be delivered; `never` when it stays for ever.
  [[nodiscard]] instant expiry() const noexcept { return expiry_; }
  [[nodiscard]] subscriber_id publisher() const noexcept { return publisher_; }
  /// Bytes of memory that it takes.
  [[nodiscard]] std::size_t size() const noexcept {
    return sizeof(message) + topic_size_ + properties_size_ + payload_size_;
  }

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept;

 private:
  explicit message(const publication& from) noexcept;
  ~message() = default;

  [[nodiscard]] const std::byte* tail() const noexcept { return reinterpret_cast<const std::byte*>(this + 1); }

  std::uint64_t topic_hash_;
  instant expiry_;
  mutable std::atomic<std::uint32_t> count_{1};
  std::uint32_t payload_size_;
  std::uint32_t properties_size_;
  subscriber_id publisher_;
  std::uint16_t topic_size_;
  quality_of_service qos_;
  bool retained_;
};

using message_ptr = intrusive_ptr<const message>;

/// A message on its way through the broker: views into the bytes it arrived in, and the kept form once somebody needed
/// one. A small QoS 0 message is delivered without ever being kept. Thread: the shard that handles it, during one turn.
struct publication {
  std::string_view topic;        ///< checked as a topic name
  std::uint64_t topic_hash = 0;  ///< hash_text(topic)
  bytes properties;              ///< MQTT 5 properties that are forwarded, in wire form, without the expiry interval
  bytes payload;
  instant expiry = never;
  subscriber_id publisher = nobody;
  quality_of_service qos = quality_of_service::at_most_once;
  bool retain = false;
  mutable message_ptr kept;             ///< set by keep()
  mutable std::uint64_t store_key = 0;  ///< of the body in a store; 0: not drawn yet

  publication() = default;
  /// A view of a message that is kept already.
  explicit publication(message_ptr from) noexcept;

  /// The kept form, made at the first call. Null when memory is short.
  const message_ptr& keep() const noexcept {
    if (!kept) kept = message::create(*this);
    return kept;
  }
};

}  // namespace nanolib
