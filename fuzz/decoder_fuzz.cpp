// The decoder on any bytes. The first byte chooses the version and the limits, the rest is a stream: every frame in it is
// decoded, encoded again and decoded once more, and what comes out has to be the same. A PUBLISH is also sent on the way
// a broker does, with what belongs to one hop replaced.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "mqtt_round_trip.hpp"

namespace {

using namespace nanonng::mqtt;

constexpr protocol_version versions[] = {protocol_version::v3_1, protocol_version::v3_1_1, protocol_version::v5,
                                         protocol_version::v5};

void require(bool holds) {
  if (!holds) std::abort();
}

/// The only way to a crash that is not a memory fault: the fuzzer then keeps the input.
void check_frame(const frame& from, protocol_version version, const decode_limits& limits) {
  const testing::round_trip result = testing::run_round_trip(from, version, limits);
  require(result.fault.empty());
  if (result.reason != reason_code::success) return;
  // Encoding is a fixed point: what was encoded once is encoded to the same bytes.
  const framing again = next_frame(result.encoded, limits.maximum_packet_size);
  if (again.status != decode_status::done) return;  // larger than the limit now
  require(testing::run_round_trip(again.packet, version, limits).encoded == result.encoded);
}

[[nodiscard]] std::vector<std::uint32_t> subscription_identifiers_of(const properties& block) {
  std::vector<std::uint32_t> found;
  property_reader reader(block.raw);
  for (property read; reader.next(read);) {
    if (read.id == property_id::subscription_identifier) found.push_back(read.number);
  }
  return found;
}

void check_forwarding(const frame& from, const decode_limits& limits) {
  publish_view view;
  if (decode(from, protocol_version::v5, limits, view) != reason_code::success) return;
  const std::vector<std::uint32_t> identifiers = subscription_identifiers_of(view.props);
  buffer scratch;
  outgoing_publish packet;
  packet.topic = view.topic;
  packet.properties = forwarded_properties(view.props, scratch);
  packet.payload = view.payload;
  packet.subscription_identifiers = identifiers;
  packet.has_message_expiry = view.props.has(property_id::message_expiry_interval);
  packet.message_expiry_interval_s = packet.has_message_expiry ? view.props.message_expiry_interval : 0;
  packet.topic_alias = view.props.has(property_id::topic_alias) ? view.props.topic_alias : std::uint16_t{0};
  packet.qos = view.qos;
  packet.packet_identifier = view.packet_identifier;

  buffer out;
  encode_publish_into(out, packet, protocol_version::v5);
  require(out.size() == size_of(packet, protocol_version::v5).total);
  const framing found = next_frame(out, UINT32_MAX);
  require(found.status == decode_status::done);
  publish_view sent;
  require(decode(found.packet, protocol_version::v5, limits, sent) == reason_code::success);
  require(sent.topic == view.topic && sent.props.present == view.props.present);
  require(sent.props.user_properties == view.props.user_properties);
  require(sent.props.raw.size() == view.props.raw.size() && sent.payload.size() == view.payload.size());
  require(subscription_identifiers_of(sent.props) == identifiers);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const protocol_version version = versions[data[0] & 3U];
  decode_limits limits;
  if ((data[0] & 4U) != 0)
    limits = {.maximum_packet_size = 64,
              .maximum_user_properties = 2,
              .maximum_properties_size = 24,
              .maximum_filters = 2,
              .maximum_topic_size = 8,
              .maximum_topic_levels = 3};
  bytes input = std::as_bytes(std::span(data + 1, size - 1));
  for (;;) {
    const framing found = next_frame(input, limits.maximum_packet_size);
    if (found.status != decode_status::done) {
      require(found.status == decode_status::error ? found.reason != reason_code::success
                                                   : found.announced == 0 || found.announced > input.size());
      return 0;
    }
    require(found.packet.size == found.announced && found.packet.size <= input.size());
    check_frame(found.packet, version, limits);
    if (found.packet.type == packet_type::publish) check_forwarding(found.packet, limits);
    input = input.subspan(found.packet.size);
  }
}
