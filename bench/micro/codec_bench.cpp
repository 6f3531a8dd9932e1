// What the codec costs per packet: `build/release/bench/micro/bench_codec`.
#include <benchmark/benchmark.h>

#include <limits>
#include <string>

#include "nanonng/mqtt/decoder.hpp"
#include "nanonng/mqtt/encoder.hpp"

namespace {

using namespace nanonng::mqtt;

constexpr std::uint32_t any_size = std::numeric_limits<std::uint32_t>::max();
constexpr std::string_view topic = "sensors/house/1/temp";  // 20 bytes
const std::string payload(16, 'x');

/// 40 bytes in 3.1.1: two of header, two of length, topic and payload.
buffer publish(protocol_version version, quality_of_service qos, bytes block = {}) {
  outgoing_publish packet;
  packet.topic = topic;
  packet.payload = nanolib::as_bytes(payload);
  packet.properties = block;
  packet.qos = qos;
  packet.packet_identifier = 1;
  buffer out;
  encode_publish_into(out, packet, version);
  return out;
}

void decode_publish(benchmark::State& state, protocol_version version, quality_of_service qos, bytes block = {}) {
  const buffer wire = publish(version, qos, block);
  const decode_limits limits;
  publish_view view;
  const framing found = next_frame(wire, any_size);
  for (auto _ : state) {
    benchmark::DoNotOptimize(wire.data());
    benchmark::DoNotOptimize(decode(found.packet, version, limits, view));
    benchmark::ClobberMemory();
  }
}

void decode_publish_0(benchmark::State& state) {
  decode_publish(state, protocol_version::v3_1_1, quality_of_service::at_most_once);
}
BENCHMARK(decode_publish_0);

void decode_publish_0_v5(benchmark::State& state) {
  decode_publish(state, protocol_version::v5, quality_of_service::at_most_once);
}
BENCHMARK(decode_publish_0_v5);

void decode_publish_1_v5(benchmark::State& state) {
  decode_publish(state, protocol_version::v5, quality_of_service::at_least_once);
}
BENCHMARK(decode_publish_1_v5);

void decode_publish_with_properties(benchmark::State& state) {
  property_writer writer;
  writer.four_byte(property_id::message_expiry_interval, 60);
  writer.text(property_id::content_type, "text/plain");
  writer.text_pair(property_id::user_property, "origin", "bench");
  decode_publish(state, protocol_version::v5, quality_of_service::at_least_once, writer.block());
}
BENCHMARK(decode_publish_with_properties);

/// As a connection does it: a batch in the input buffer, frame by frame.
void frame_and_decode_publish(benchmark::State& state) {
  constexpr std::size_t batch = 64;
  const buffer one = publish(protocol_version::v3_1_1, quality_of_service::at_most_once);
  buffer wire;
  for (std::size_t i = 0; i < batch; ++i) wire.insert(wire.end(), one.begin(), one.end());
  const decode_limits limits;
  publish_view view;
  for (auto _ : state) {
    bytes rest = wire;
    for (framing found = next_frame(rest, any_size); found.status == decode_status::done;
         found = next_frame(rest, any_size)) {
      benchmark::DoNotOptimize(decode(found.packet, protocol_version::v3_1_1, limits, view));
      rest = rest.subspan(found.packet.size);
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * batch));
}
BENCHMARK(frame_and_decode_publish);

void decode_puback(benchmark::State& state) {
  buffer wire;
  encode_acknowledgement_into(wire, packet_type::puback, 7, reason_code::success, protocol_version::v5, {});
  const decode_limits limits;
  acknowledgement_view view;
  for (auto _ : state) {
    benchmark::DoNotOptimize(wire.data());
    benchmark::ClobberMemory();
    const framing found = next_frame(wire, any_size);
    benchmark::DoNotOptimize(decode(found.packet, protocol_version::v5, limits, view));
  }
}
BENCHMARK(decode_puback);

void encode_publish(benchmark::State& state, protocol_version version, quality_of_service qos) {
  outgoing_publish packet;
  packet.topic = topic;
  packet.payload = nanolib::as_bytes(payload);
  packet.qos = qos;
  packet.packet_identifier = 1;
  std::byte room[128];
  for (auto _ : state) {
    benchmark::DoNotOptimize(&packet);
    benchmark::ClobberMemory();
    const publish_size size = size_of(packet, version);
    encode_head_into(room, packet, size, version);
    benchmark::DoNotOptimize(room);
  }
}

void encode_publish_0(benchmark::State& state) {
  encode_publish(state, protocol_version::v3_1_1, quality_of_service::at_most_once);
}
BENCHMARK(encode_publish_0);

void encode_publish_1_v5(benchmark::State& state) {
  encode_publish(state, protocol_version::v5, quality_of_service::at_least_once);
}
BENCHMARK(encode_publish_1_v5);

void encode_puback(benchmark::State& state) {
  std::byte room[acknowledgement_room];
  std::uint16_t identifier = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(encode_acknowledgement_into(room, packet_type::puback, ++identifier, reason_code::success,
                                                         protocol_version::v5));
    benchmark::DoNotOptimize(room);
  }
}
BENCHMARK(encode_puback);

}  // namespace
