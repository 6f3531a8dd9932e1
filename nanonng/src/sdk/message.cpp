// Received messages: one copy, and the properties found in it when they are asked for.
#include "nanonng/sdk/message.hpp"

#include <cstring>
#include <new>

namespace nanonng::sdk {

user_property_range::iterator& user_property_range::iterator::operator++() noexcept {
  mqtt::property found;
  while (reader_.next(found)) {
    if (found.id != mqtt::property_id::user_property) continue;
    current_ = {found.text, found.value};
    return *this;
  }
  at_end_ = true;
  return *this;
}

namespace detail {

nanolib::intrusive_ptr<message_body> message_body::create(const mqtt::publish_view& from,
                                                          std::string_view topic) noexcept {
  const nanolib::bytes block = from.props.raw;
  void* const room =
      ::operator new(sizeof(message_body) + topic.size() + block.size() + from.payload.size(), std::nothrow);
  if (room == nullptr) return nullptr;
  auto made = nanolib::intrusive_ptr<message_body>::adopt(::new (room) message_body);
  made->topic_size = static_cast<std::uint16_t>(topic.size());
  made->properties_size = static_cast<std::uint32_t>(block.size());
  made->payload_size = static_cast<std::uint32_t>(from.payload.size());
  made->packet_identifier = from.packet_identifier;
  made->qos = from.qos;
  made->retain_flag = from.retain;
  made->dup = from.dup;
  std::byte* out = reinterpret_cast<std::byte*>(made.get() + 1);
  for (const nanolib::bytes part : {nanolib::as_bytes(topic), block, from.payload}) {
    if (!part.empty()) std::memcpy(out, part.data(), part.size());
    out += part.size();
  }
  return made;
}

void message_body::acknowledge(mqtt::reason_code reason) noexcept {
  if (!sink || acknowledged.exchange(true, std::memory_order_relaxed)) return;
  sink->acknowledge(receipt, reason);
}

void message_body::release() const noexcept {
  if (count.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  auto* const last = const_cast<message_body*>(this);
  last->~message_body();
  ::operator delete(last);
}

}  // namespace detail

bool message::find(mqtt::property_id id, mqtt::property& into) const noexcept {
  mqtt::property_reader reader(property_block());
  while (reader.next(into)) {
    if (into.id == id) return true;
  }
  return false;
}

std::string_view message::content_type() const noexcept {
  mqtt::property found;
  return find(mqtt::property_id::content_type, found) ? found.text : std::string_view();
}

std::string_view message::response_topic() const noexcept {
  mqtt::property found;
  return find(mqtt::property_id::response_topic, found) ? found.text : std::string_view();
}

std::optional<nanolib::bytes> message::correlation_data() const noexcept {
  mqtt::property found;
  if (!find(mqtt::property_id::correlation_data, found)) return std::nullopt;
  return found.data;
}

std::optional<std::chrono::seconds> message::message_expiry_interval() const noexcept {
  mqtt::property found;
  if (!find(mqtt::property_id::message_expiry_interval, found)) return std::nullopt;
  return std::chrono::seconds(found.number);
}

bool message::payload_format_utf8() const noexcept {
  mqtt::property found;
  return find(mqtt::property_id::payload_format_indicator, found) && found.number == 1;
}

std::optional<std::string_view> message::user_property(std::string_view name) const noexcept {
  for (const auto& each : user_properties()) {
    if (each.name == name) return each.value;
  }
  return std::nullopt;
}

std::vector<std::uint32_t> message::subscription_identifiers() const {
  std::vector<std::uint32_t> all;
  mqtt::property_reader reader(property_block());
  mqtt::property found;
  while (reader.next(found)) {
    if (found.id == mqtt::property_id::subscription_identifier) all.push_back(found.number);
  }
  return all;
}

}  // namespace nanonng::sdk
