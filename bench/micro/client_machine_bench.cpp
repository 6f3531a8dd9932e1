// What a client costs per message beside its socket: `build/release/bench/micro/bench_client_machine`.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "nanonng/mqtt/client_machine.hpp"

namespace {

using namespace nanonng::mqtt;

constexpr std::string_view topic = "sensors/house/1/temp";  // 20 bytes
const std::string payload(16, 'x');
constexpr nanolib::instant now{std::chrono::seconds(1'000)};

outgoing_publish message(quality_of_service qos) {
  outgoing_publish packet;
  packet.topic = topic;
  packet.payload = nanolib::as_bytes(payload);
  packet.qos = qos;
  return packet;
}

/// A machine whose connection is open.
struct connected {
  explicit connected(const client_settings& settings = {}, std::uint16_t aliases = 0) : settings_(settings) {
    connect_options options;
    options.packet.client_id = "bench";
    buffer wire;
    static_cast<void>(machine.connect(options, now, wire));
    property_writer block;
    if (aliases != 0) block.two_byte(property_id::topic_alias_maximum, aliases);
    wire.clear();
    encode_connack_into(wire, false, reason_code::success, protocol_version::v5, block.block());
    receive(wire);
  }
  client_action receive(bytes wire) {
    return machine.receive(next_frame(wire, machine.maximum_packet_size()).packet, now, into);
  }

  client_settings settings_;
  client_session session;
  client_machine machine{settings_, session};
  client_incoming into;
};

/// Permitted, counted, encoded, the payload copied.
void publish(connected& client, outgoing_publish packet, std::byte* room) {
  const permit allowed = client.machine.publish(packet, 1);
  encode_head_into(room, packet, allowed.size, protocol_version::v5);
  std::memcpy(room + allowed.size.head, packet.payload.data(), packet.payload.size());
  benchmark::DoNotOptimize(room);
  benchmark::ClobberMemory();
}

/// The floor: what the encoder alone takes.
void encode_alone(benchmark::State& state) {
  const outgoing_publish packet = message(quality_of_service::at_most_once);
  std::byte room[128];
  for (auto _ : state) {
    benchmark::DoNotOptimize(&packet);
    const publish_size size = size_of(packet, protocol_version::v5);
    encode_head_into(room, packet, size, protocol_version::v5);
    std::memcpy(room + size.head, packet.payload.data(), packet.payload.size());
    benchmark::DoNotOptimize(room);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(encode_alone);

void publish_0(benchmark::State& state) {
  connected client;
  const outgoing_publish packet = message(quality_of_service::at_most_once);
  std::byte room[128];
  for (auto _ : state) publish(client, packet, room);
}
BENCHMARK(publish_0);

void publish_0_by_alias(benchmark::State& state) {
  client_settings settings;
  settings.sent_topic_aliases = 16;
  connected client(settings, 16);
  const outgoing_publish packet = message(quality_of_service::at_most_once);
  std::byte room[128];
  for (auto _ : state) publish(client, packet, room);
}
BENCHMARK(publish_0_by_alias);

/// With its PUBACK, while `range` others are not acknowledged.
void publish_1(benchmark::State& state) {
  connected client;
  const outgoing_publish packet = message(quality_of_service::at_least_once);
  std::byte room[128];
  std::byte wire[acknowledgement_room];
  for (std::int64_t count = 0; count < state.range(0); ++count) publish(client, packet, room);
  std::uint16_t identifier = 0;
  for (auto _ : state) {
    publish(client, packet, room);
    identifier = identifier == 65'535 ? std::uint16_t{1} : static_cast<std::uint16_t>(identifier + 1);
    const std::size_t size =
        encode_acknowledgement_into(wire, packet_type::puback, identifier, reason_code::success, protocol_version::v5);
    benchmark::DoNotOptimize(client.receive(bytes(wire, size)));
  }
}
BENCHMARK(publish_1)->Arg(0)->Arg(1'000)->Arg(30'000);

buffer arriving(quality_of_service qos) {
  outgoing_publish packet = message(qos);
  packet.packet_identifier = 7;
  buffer wire;
  encode_publish_into(wire, packet, protocol_version::v5);
  return wire;
}

void receive_0(benchmark::State& state) {
  connected client;
  const buffer wire = arriving(quality_of_service::at_most_once);
  for (auto _ : state) {
    benchmark::DoNotOptimize(wire.data());
    benchmark::DoNotOptimize(client.receive(wire));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(receive_0);

/// With their PUBACK, in batches as a read brings them.
void receive_1(benchmark::State& state, bool manual) {
  client_settings settings;
  settings.manual_acknowledgement = manual;
  connected client(settings);
  const buffer wire = arriving(quality_of_service::at_least_once);
  constexpr std::int64_t batch = 64;
  std::byte room[batch * acknowledgement_room];
  for (auto _ : state) {
    for (std::int64_t count = 0; count < batch; ++count) {
      const client_action action = client.receive(wire);
      if (manual) client.machine.acknowledge(action.receipt, reason_code::success);
    }
    benchmark::DoNotOptimize(client.machine.write_answers(room));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * batch);
}
void receive_1_automatic(benchmark::State& state) { receive_1(state, false); }
BENCHMARK(receive_1_automatic);
void receive_1_manual(benchmark::State& state) { receive_1(state, true); }
BENCHMARK(receive_1_manual);

}  // namespace
