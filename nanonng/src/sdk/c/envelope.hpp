// What is MQTT's about an nng_msg: fields in front of the payload, found by a mark in the header part.
//
// The body is [field]* payload. A field is a kind (one byte), a size (four bytes, this machine's order), its bytes and a NUL,
// so that strings can be handed to C as they lie there. The mark holds what is small, how long the fields are together, and
// a checksum over them, by which edits of the front are noticed before something wrong is published.
//
// Bytes that came from a peer never get here as a mark: it begins with a number that this process drew at random.
#pragma once

#include <nng/nng.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::sdk::c {

/// What a field holds. Numbers of properties are MQTT's.
enum class field_kind : std::uint8_t {
  topic = 0x00,
  payload_format_indicator = 0x01,
  message_expiry_interval = 0x02,
  content_type = 0x03,
  response_topic = 0x08,
  correlation_data = 0x09,
  subscription_identifier = 0x0B,
  user_property = 0x26,  ///< size of the name (four bytes), name, NUL, value
};

/// The header part of an MQTT message, as it lies there. Zeroed: QoS 0, no fields.
struct envelope_mark {
  std::uint64_t cookie = 0;
  std::uint64_t receipt = 0;  ///< what nmqtt_ack() goes by; 0: nothing to acknowledge
  std::uint32_t size = 0;     ///< of all fields
  std::uint32_t checksum = 0;
  std::uint16_t packet_identifier = 0;
  std::uint8_t qos = 0;
  bool retain = false;
  bool dup = false;
  std::uint8_t unused[3] = {};
};
static_assert(sizeof(envelope_mark) == 32);

struct field {
  field_kind kind = field_kind::topic;
  std::string_view bytes;  ///< a NUL follows
};

/// A user property in its field.
struct name_and_value {
  std::string_view name;   ///< a NUL follows
  std::string_view value;  ///< a NUL follows
};
[[nodiscard]] name_and_value split_user_property(std::string_view field_bytes) noexcept;

/// Reads fields in order; stops where they are not well formed.
class field_reader {
 public:
  explicit field_reader(nanolib::bytes fields) noexcept : rest_(fields) {}
  bool next(field& into) noexcept;

 private:
  nanolib::bytes rest_;
};

/// Writes fields into room that was measured before.
class field_writer {
 public:
  explicit field_writer(std::byte* at) noexcept : at_(at) {}
  [[nodiscard]] static constexpr std::size_t size_of(std::size_t bytes) noexcept { return 1 + 4 + bytes + 1; }
  [[nodiscard]] static constexpr std::size_t size_of_user_property(std::size_t name, std::size_t value) noexcept {
    return size_of(4 + name + 1 + value);
  }
  void add(field_kind kind, std::string_view bytes) noexcept;
  void add(field_kind kind, std::uint32_t number) noexcept;
  void add_user_property(std::string_view name, std::string_view value) noexcept;

 private:
  void put(const void* from, std::size_t size) noexcept;
  void open(field_kind kind, std::size_t size) noexcept;

  std::byte* at_;
};

/// An nng_msg read as an MQTT message. Views into it; as long-lived as the call. Never throws.
class envelope {
 public:
  /// `msg` is not null. Of a plain message the mark is zero and there are no fields.
  explicit envelope(nng_msg* msg) noexcept;

  /// Whether what the mark says can be believed: always for a plain message. Shape: reads the fields once.
  [[nodiscard]] bool intact() const noexcept;
  [[nodiscard]] const envelope_mark& mark() const noexcept { return mark_; }
  [[nodiscard]] nanolib::bytes fields() const noexcept { return {body(), mark_.size}; }
  [[nodiscard]] std::byte* payload() const noexcept { return body() + mark_.size; }
  [[nodiscard]] std::size_t payload_size() const noexcept { return nng_msg_len(msg_) - mark_.size; }
  /// The bytes of the first field of that kind.
  [[nodiscard]] std::optional<std::string_view> find(field_kind kind) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> find_number(field_kind kind) const noexcept;

 private:
  [[nodiscard]] std::byte* body() const noexcept { return static_cast<std::byte*>(nng_msg_body(msg_)); }

  nng_msg* msg_;
  envelope_mark mark_;
  bool damaged_ = false;
};

/// Puts a mark on a message, with the cookie and, over the fields that are there, the checksum. What else was in the header
/// part is gone. Shape: no allocation.
void write_mark(nng_msg* msg, envelope_mark mark) noexcept;

/// Puts other fields in front of the payload, and the mark. Errors: NNG_ENOMEM; the message is as it was then.
[[nodiscard]] int replace_fields(nng_msg* msg, const envelope& before, nanolib::bytes fields) noexcept;

/// The fields without those of a kind, or without any but the topic, for replace_fields(). Errors: throws bad_alloc.
[[nodiscard]] std::vector<std::byte> fields_without(const envelope& from, field_kind kind, std::size_t room_for);
[[nodiscard]] std::vector<std::byte> topic_field_of(const envelope& from);

}  // namespace nanonng::sdk::c
