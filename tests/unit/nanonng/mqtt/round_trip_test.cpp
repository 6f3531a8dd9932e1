// What must hold for every packet there is, tried on the wire vectors.
#include <algorithm>
#include <random>

#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

TEST(every_packet, is_decoded_and_encoded_to_the_same_bytes) {
  for (const wire_vector& vector : wire_vectors()) {
    const exact memory(vector.wire);
    const framing found = next_frame(memory.view(), any_size);
    ASSERT_EQ(found.status, decode_status::done) << vector.name;
    ASSERT_EQ(found.packet.size, vector.wire.size()) << vector.name;
    const round_trip result = run_round_trip(found.packet, vector.version, {});
    EXPECT_EQ(result.reason, reason_code::success) << vector.name;
    EXPECT_EQ(result.fault, "") << vector.name;
    EXPECT_EQ(written(result.encoded), vector.wire) << vector.name;
  }
}

TEST(every_packet, needs_more_at_every_proper_prefix) {
  for (const wire_vector& vector : wire_vectors()) {
    for (std::size_t size = 0; size < vector.wire.size(); ++size) {
      const exact memory(octets(vector.wire.begin(), vector.wire.begin() + static_cast<std::ptrdiff_t>(size)));
      const framing found = next_frame(memory.view(), any_size);
      EXPECT_EQ(found.status, decode_status::need_more) << vector.name << " at " << size;
      EXPECT_EQ(found.announced, size < 2 ? 0 : vector.wire.size()) << vector.name << " at " << size;
    }
  }
}

/// Feeds pieces to next_frame as a connection does, and gathers the packets.
std::vector<octets> collect(const octets& stream, const std::vector<std::size_t>& cuts) {
  std::vector<octets> packets;
  octets kept;
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    kept.insert(kept.end(), stream.begin() + static_cast<std::ptrdiff_t>(begin),
                stream.begin() + static_cast<std::ptrdiff_t>(cut));
    begin = cut;
    for (;;) {
      const exact memory(kept);
      const framing found = next_frame(memory.view(), any_size);
      if (found.status != decode_status::done) break;
      const auto end = kept.begin() + static_cast<std::ptrdiff_t>(found.packet.size);
      packets.emplace_back(kept.begin(), end);
      kept.erase(kept.begin(), end);
    }
  }
  EXPECT_TRUE(kept.empty());
  return packets;
}

octets whole_stream(std::vector<octets>& packets) {
  octets stream;
  for (const wire_vector& vector : wire_vectors()) {
    packets.push_back(vector.wire);
    stream = join({stream, vector.wire});
  }
  return stream;
}

// THREATS 2: frames split and merged in every position.
TEST(every_packet, is_found_in_a_stream_whole_by_byte_and_in_every_two_way_split) {
  std::vector<octets> expected;
  const octets stream = whole_stream(expected);
  EXPECT_TRUE(collect(stream, {stream.size()}) == expected);
  std::vector<std::size_t> every;
  for (std::size_t cut = 1; cut <= stream.size(); ++cut) every.push_back(cut);
  EXPECT_TRUE(collect(stream, every) == expected);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    EXPECT_TRUE(collect(stream, {cut, stream.size()}) == expected) << "cut at " << cut;
  }
}

TEST(every_packet, is_found_in_a_stream_cut_at_random) {
  std::vector<octets> expected;
  const octets stream = whole_stream(expected);
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::size_t> cuts{stream.size()};
    for (int i = 0; i < 20; ++i) cuts.push_back(random() % stream.size());
    std::ranges::sort(cuts);
    EXPECT_TRUE(collect(stream, cuts) == expected);
  }
}

// A byte too many is never overlooked, except where the packet ends with bytes of any number.
TEST(every_packet, is_refused_with_a_byte_too_many) {
  for (const wire_vector& vector : wire_vectors()) {
    const unsigned type = vector.wire[0] >> 4U;
    const bool open_end = type == 3 || type == 9 || (type == 11 && vector.version == protocol_version::v5);
    if (open_end || vector.wire[1] >= 0x7F) continue;
    octets longer = vector.wire;
    ++longer[1];
    longer.push_back(0xFF);
    EXPECT_NE(verdict(longer, vector.version), reason_code::success) << vector.name;
  }
}

// THREATS 20, 21: the decoder has an answer to every type in every version; who may send it is not its business.
TEST(every_packet, of_any_type_is_answered_in_any_version) {
  for (const wire_vector& vector : wire_vectors()) {
    for (const protocol_version version : every_version) {
      const exact memory(vector.wire);
      const framing found = next_frame(memory.view(), any_size);
      EXPECT_EQ(run_round_trip(found.packet, version, {}).fault, "") << vector.name;
    }
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
