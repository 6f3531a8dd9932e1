// nanonng/mqtt_msg.h.
#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "envelope.hpp"
#include "guard.hpp"
#include "nanolib/topic/topic.hpp"
#include "nanonng/mqtt_msg.h"

namespace {

using namespace nanonng::sdk::c;

constexpr std::size_t longest_string = 65'535;
/// As many as a topic of that length can have.
constexpr nanolib::topic_limits any_depth{.maximum_bytes = longest_string, .maximum_levels = longest_string + 1};

bool is_text(std::string_view text) noexcept {
  return text.size() <= longest_string && nanolib::is_valid_utf8(nanolib::as_bytes(text));
}

bool is_topic(std::string_view text) noexcept {
  return nanolib::check_topic_name(text, any_depth) == nanolib::topic_fault::none;
}

/// Replaces the fields of a kind by one, or by none.
int set_field(nng_msg* msg, field_kind kind, std::optional<std::string_view> bytes) noexcept {
  const envelope before(msg);
  if (!before.intact()) return NNG_EINVAL;
  return guarded([&] {
    const std::size_t added = bytes ? field_writer::size_of(bytes->size()) : 0;
    auto fields = fields_without(before, kind, added);
    if (bytes) {
      const std::size_t at = fields.size();
      fields.resize(at + added);
      field_writer(fields.data() + at).add(kind, *bytes);
    }
    return replace_fields(msg, before, fields);
  });
}

/// The same for a text that C gave; NULL takes it away.
int set_text(nng_msg* msg, field_kind kind, const char* text) noexcept {
  if (msg == nullptr || (text != nullptr && !is_text(text))) return NNG_EINVAL;
  return set_field(msg, kind, text == nullptr ? std::nullopt : std::optional(std::string_view(text)));
}

int set_number(nng_msg* msg, field_kind kind, std::optional<std::uint32_t> number) noexcept {
  if (msg == nullptr) return NNG_EINVAL;
  if (!number) return set_field(msg, kind, std::nullopt);
  return set_field(msg, kind, std::string_view(reinterpret_cast<const char*>(&*number), sizeof *number));
}

const char* text_of_field(nng_msg* msg, field_kind kind) noexcept {
  if (msg == nullptr) return nullptr;
  const auto found = envelope(msg).find(kind);
  return found ? found->data() : nullptr;
}

/// Changes what the mark holds.
template <class Change>
int change_mark(nng_msg* msg, Change change) noexcept {
  if (msg == nullptr) return NNG_EINVAL;
  const envelope before(msg);
  if (!before.intact()) return NNG_EINVAL;
  envelope_mark mark = before.mark();
  change(mark);
  write_mark(msg, mark);
  return 0;
}

envelope_mark mark_of(nng_msg* msg) noexcept { return msg == nullptr ? envelope_mark() : envelope(msg).mark(); }

/// The field of that kind after `index` others.
std::optional<std::string_view> field_at(nng_msg* msg, field_kind kind, std::size_t index) noexcept {
  field_reader reader(envelope(msg).fields());
  for (field f; reader.next(f);) {
    if (f.kind == kind && index-- == 0) return f.bytes;
  }
  return std::nullopt;
}

}  // namespace

int nmqtt_msg_alloc(nng_msg** msg, const char* topic, const void* data, size_t size) {
  if (msg == nullptr || topic == nullptr || (data == nullptr && size != 0) || !is_topic(topic)) return NNG_EINVAL;
  const std::string_view name(topic);
  const std::size_t front = field_writer::size_of(name.size());
  if (size > SIZE_MAX - front) return NNG_ENOMEM;
  nng_msg* made = nullptr;
  if (const int rv = nng_msg_alloc(&made, front + size); rv != 0) return rv;
  auto* const body = static_cast<std::byte*>(nng_msg_body(made));
  field_writer(body).add(field_kind::topic, name);
  if (size != 0) std::memcpy(body + front, data, size);
  write_mark(made, {.size = static_cast<std::uint32_t>(front)});
  *msg = made;
  return 0;
}

int nmqtt_msg_set_topic(nng_msg* msg, const char* topic) {
  if (msg == nullptr || topic == nullptr || !is_topic(topic)) return NNG_EINVAL;
  return set_field(msg, field_kind::topic, topic);
}

const char* nmqtt_msg_topic(nng_msg* msg) { return text_of_field(msg, field_kind::topic); }

void* nmqtt_msg_payload(nng_msg* msg, size_t* size) {
  if (size != nullptr) *size = 0;
  if (msg == nullptr) return nullptr;
  const envelope from(msg);
  if (size != nullptr) *size = from.payload_size();
  return from.payload();
}

int nmqtt_msg_set_payload(nng_msg* msg, const void* data, size_t size) {
  if (msg == nullptr || (data == nullptr && size != 0)) return NNG_EINVAL;
  const envelope before(msg);
  if (!before.intact()) return NNG_EINVAL;
  const std::size_t front = before.mark().size;
  if (size > SIZE_MAX - front) return NNG_ENOMEM;
  return guarded([&] {
    // The data may lie in the message itself.
    const std::vector<char> copy(static_cast<const char*>(data), static_cast<const char*>(data) + size);
    if (const int rv = nng_msg_realloc(msg, front + size); rv != 0) return rv;
    if (size != 0) std::memcpy(static_cast<std::byte*>(nng_msg_body(msg)) + front, copy.data(), size);
    return 0;
  });
}

int nmqtt_msg_set_qos(nng_msg* msg, int qos) {
  if (qos < 0 || qos > 2) return NNG_EINVAL;
  return change_mark(msg, [qos](envelope_mark& mark) { mark.qos = static_cast<std::uint8_t>(qos); });
}

int nmqtt_msg_qos(nng_msg* msg) { return mark_of(msg).qos; }

int nmqtt_msg_set_retain(nng_msg* msg, bool retain) {
  return change_mark(msg, [retain](envelope_mark& mark) { mark.retain = retain; });
}

bool nmqtt_msg_retain(nng_msg* msg) { return mark_of(msg).retain; }

bool nmqtt_msg_is_dup(nng_msg* msg) { return mark_of(msg).dup; }

uint16_t nmqtt_msg_packet_id(nng_msg* msg) { return mark_of(msg).packet_identifier; }

int nmqtt_msg_set_content_type(nng_msg* msg, const char* type) { return set_text(msg, field_kind::content_type, type); }

const char* nmqtt_msg_content_type(nng_msg* msg) { return text_of_field(msg, field_kind::content_type); }

int nmqtt_msg_set_response_topic(nng_msg* msg, const char* topic) {
  if (topic != nullptr && !is_topic(topic)) return NNG_EINVAL;
  return set_text(msg, field_kind::response_topic, topic);
}

const char* nmqtt_msg_response_topic(nng_msg* msg) { return text_of_field(msg, field_kind::response_topic); }

int nmqtt_msg_set_correlation_data(nng_msg* msg, const void* data, size_t size) {
  if (msg == nullptr || size > longest_string || (data == nullptr && size != 0)) return NNG_EINVAL;
  if (data == nullptr) return set_field(msg, field_kind::correlation_data, std::nullopt);
  return set_field(msg, field_kind::correlation_data, data_of(data, size));
}

const void* nmqtt_msg_correlation_data(nng_msg* msg, size_t* size) {
  if (size != nullptr) *size = 0;
  if (msg == nullptr) return nullptr;
  const auto found = envelope(msg).find(field_kind::correlation_data);
  if (!found) return nullptr;
  if (size != nullptr) *size = found->size();
  return found->data();
}

int nmqtt_msg_set_expiry(nng_msg* msg, uint32_t seconds) {
  return set_number(msg, field_kind::message_expiry_interval, seconds);
}

int nmqtt_msg_expiry(nng_msg* msg, uint32_t* seconds) {
  if (msg == nullptr || seconds == nullptr) return NNG_EINVAL;
  const auto found = envelope(msg).find_number(field_kind::message_expiry_interval);
  if (!found) return NNG_ENOENT;
  *seconds = *found;
  return 0;
}

int nmqtt_msg_set_utf8(nng_msg* msg, bool is_text) {
  return set_number(msg, field_kind::payload_format_indicator, is_text ? std::optional(1U) : std::nullopt);
}

bool nmqtt_msg_utf8(nng_msg* msg) {
  return msg != nullptr && envelope(msg).find_number(field_kind::payload_format_indicator) == 1U;
}

int nmqtt_msg_add_user_property(nng_msg* msg, const char* name, const char* value) {
  if (msg == nullptr || name == nullptr || value == nullptr || !is_text(name) || !is_text(value)) return NNG_EINVAL;
  const envelope before(msg);
  if (!before.intact()) return NNG_EINVAL;
  return guarded([&] {
    const std::string_view key(name);
    const std::string_view text(value);
    const auto old = before.fields();
    std::vector<std::byte> fields(old.size() + field_writer::size_of_user_property(key.size(), text.size()));
    std::ranges::copy(old, fields.begin());
    field_writer(fields.data() + old.size()).add_user_property(key, text);
    return replace_fields(msg, before, fields);
  });
}

const char* nmqtt_msg_user_property(nng_msg* msg, const char* name) {
  if (msg == nullptr || name == nullptr) return nullptr;
  field_reader reader(envelope(msg).fields());
  for (field f; reader.next(f);) {
    if (f.kind != field_kind::user_property) continue;
    const name_and_value found = split_user_property(f.bytes);
    if (found.name == name) return found.value.data();
  }
  return nullptr;
}

int nmqtt_msg_user_property_at(nng_msg* msg, size_t index, const char** name, const char** value) {
  if (msg == nullptr || name == nullptr || value == nullptr) return NNG_EINVAL;
  const auto found = field_at(msg, field_kind::user_property, index);
  if (!found) return NNG_ENOENT;
  const name_and_value both = split_user_property(*found);
  *name = both.name.data();
  *value = both.value.data();
  return 0;
}

int nmqtt_msg_subscription_id_at(nng_msg* msg, size_t index, uint32_t* id) {
  if (msg == nullptr || id == nullptr) return NNG_EINVAL;
  const auto found = field_at(msg, field_kind::subscription_identifier, index);
  if (!found || found->size() != sizeof *id) return NNG_ENOENT;
  std::memcpy(id, found->data(), sizeof *id);
  return 0;
}

int nmqtt_msg_clear_properties(nng_msg* msg) {
  if (msg == nullptr) return NNG_EINVAL;
  const envelope before(msg);
  if (!before.intact()) return NNG_EINVAL;
  return guarded([&] { return replace_fields(msg, before, topic_field_of(before)); });
}

int nmqtt_msg_detach(nng_msg* msg) {
  if (msg == nullptr) return NNG_EINVAL;
  const envelope before(msg);
  if (!before.intact()) return NNG_EINVAL;
  (void)nng_msg_trim(msg, before.mark().size);
  nng_msg_header_clear(msg);
  return 0;
}
