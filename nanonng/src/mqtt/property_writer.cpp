// Property blocks to bytes: new ones, and what travels on of one that came in.
#include <algorithm>

#include "append.hpp"
#include "nanonng/mqtt/encoder.hpp"

namespace nanonng::mqtt {

namespace {

void append_id(buffer& out, property_id id) { append_byte(out, static_cast<std::uint32_t>(id)); }

constexpr std::uint64_t bit(property_id id) noexcept { return 1ULL << static_cast<unsigned>(id); }

/// What belongs to one hop, or is counted down on the way.
constexpr std::uint64_t kept_back = bit(property_id::message_expiry_interval) | bit(property_id::topic_alias) |
                                    bit(property_id::subscription_identifier);

}  // namespace

void property_writer::byte(property_id id, std::uint8_t value) {
  append_id(block_, id);
  append_byte(block_, value);
}

void property_writer::two_byte(property_id id, std::uint16_t value) {
  append_id(block_, id);
  append_two_bytes(block_, value);
}

void property_writer::four_byte(property_id id, std::uint32_t value) {
  append_id(block_, id);
  append_four_bytes(block_, value);
}

void property_writer::variable_byte(property_id id, std::uint32_t value) {
  append_id(block_, id);
  append_variable(block_, std::min(value, maximum_variable_byte_integer));
}

void property_writer::text(property_id id, std::string_view value) {
  append_id(block_, id);
  append_text(block_, value);
}

void property_writer::binary(property_id id, bytes value) {
  append_id(block_, id);
  append_binary(block_, value);
}

void property_writer::text_pair(property_id id, std::string_view name, std::string_view value) {
  append_id(block_, id);
  append_text(block_, name);
  append_text(block_, value);
}

void property_writer::raw(bytes block) { append_bytes(block_, block); }

// [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]: the rest as it came.
bytes forwarded_properties(const properties& from, buffer& scratch) {
  if ((from.present & kept_back) == 0) return from.raw;
  scratch.clear();
  scratch.reserve(from.raw.size());
  property_reader reader(from.raw);
  property read;
  for (bytes before = from.raw; reader.next(read); before = reader.rest()) {
    const std::size_t size = before.size() - reader.rest().size();
    if ((kept_back & bit(read.id)) == 0) append_bytes(scratch, before.first(size));
  }
  return scratch;
}

}  // namespace nanonng::mqtt
