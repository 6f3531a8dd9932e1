#include "message_pass.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace nanonng::sdk::c {
namespace {

using mqtt::property_id;

/// Whether a property of a received message becomes a field, and of which size.
std::size_t size_of_field(const mqtt::property& which) noexcept {
  switch (which.id) {
    case property_id::payload_format_indicator:
    case property_id::message_expiry_interval:
    case property_id::subscription_identifier:
      return field_writer::size_of(sizeof which.number);
    case property_id::content_type:
    case property_id::response_topic:
      return field_writer::size_of(which.text.size());
    case property_id::correlation_data:
      return field_writer::size_of(which.data.size());
    case property_id::user_property:
      return field_writer::size_of_user_property(which.text.size(), which.value.size());
    default:
      return 0;
  }
}

void write_field(field_writer& to, const mqtt::property& which) noexcept {
  const auto kind = static_cast<field_kind>(which.id);
  switch (which.id) {
    case property_id::payload_format_indicator:
    case property_id::message_expiry_interval:
    case property_id::subscription_identifier:
      return to.add(kind, which.number);
    case property_id::content_type:
    case property_id::response_topic:
      return to.add(kind, which.text);
    case property_id::correlation_data:
      return to.add(kind, nanolib::as_text(which.data));
    case property_id::user_property:
      return to.add_user_property(which.text, which.value);
    default:
      return;
  }
}

void read_property(const field& from, publish_properties& into) {
  switch (from.kind) {
    case field_kind::content_type:
      into.content_type = from.bytes;
      break;
    case field_kind::response_topic:
      into.response_topic = from.bytes;
      break;
    case field_kind::correlation_data:
      into.correlation_data = from.bytes;
      break;
    case field_kind::user_property: {
      const name_and_value both = split_user_property(from.bytes);
      into.user_properties.push_back({std::string(both.name), std::string(both.value)});
      break;
    }
    default:  // numbers, and what only a server may send
      break;
  }
}

}  // namespace

int read_message(nng_msg* from, outgoing_message& into) {
  if (from == nullptr) return NNG_EINVAL;
  const envelope what(from);
  const auto topic = what.find(field_kind::topic);
  if (!what.intact() || !topic) return NNG_EINVAL;
  into.topic = *topic;
  into.payload = {what.payload(), what.payload_size()};
  into.qos = static_cast<mqtt::quality_of_service>(what.mark().qos);
  into.retain = what.mark().retain;
  into.properties.payload_format_utf8 = what.find_number(field_kind::payload_format_indicator) == 1U;
  if (const auto expiry = what.find_number(field_kind::message_expiry_interval)) {
    into.properties.message_expiry_interval = std::chrono::seconds(*expiry);
  }
  field_reader reader(what.fields());
  for (field f; reader.next(f);) read_property(f, into.properties);
  return 0;
}

nng_msg* make_message(const message& from, std::uint64_t receipt) noexcept {
  std::size_t front = field_writer::size_of(from.topic().size());
  mqtt::property each;
  for (mqtt::property_reader reader(from.property_block()); reader.next(each);) front += size_of_field(each);
  const nanolib::bytes payload = from.payload();
  nng_msg* made = nullptr;
  if (nng_msg_alloc(&made, front + payload.size()) != 0) return nullptr;
  auto* const body = static_cast<std::byte*>(nng_msg_body(made));
  field_writer writer(body);
  writer.add(field_kind::topic, from.topic());
  for (mqtt::property_reader reader(from.property_block()); reader.next(each);) write_field(writer, each);
  if (!payload.empty()) std::memcpy(body + front, payload.data(), payload.size());
  write_mark(made, {.receipt = receipt,
                    .size = static_cast<std::uint32_t>(front),
                    .packet_identifier = from.packet_identifier(),
                    .qos = static_cast<std::uint8_t>(from.qos()),
                    .retain = from.retain(),
                    .dup = from.dup()});
  return made;
}

void tell(nmqtt_outcome* outcome, mqtt::reason_code reason, std::string_view text) noexcept {
  if (outcome == nullptr) return;
  outcome->reason = static_cast<std::uint8_t>(reason);
  std::size_t size = std::min(text.size(), sizeof outcome->text - 1);
  // A character is not cut in two: its later bytes all begin with the bits 10.
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  if (size != 0) std::memcpy(outcome->text, text.data(), size);
  outcome->text[size] = '\0';
}

mqtt::reason_code reason_of(const nanolib::error& what) noexcept {
  return what.domain == nanolib::error_domain::mqtt ? static_cast<mqtt::reason_code>(what.code)
                                                    : mqtt::reason_code::success;
}

void tell(nmqtt_outcome* outcome, const nanolib::error& why, std::string_view text) noexcept {
  if (text.empty() && why.domain == nanolib::error_domain::mqtt) text = mqtt::name_of(reason_of(why));
  tell(outcome, reason_of(why), text);
}

}  // namespace nanonng::sdk::c
