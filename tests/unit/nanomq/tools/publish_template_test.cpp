#include "nanomq/tools/publish_template.hpp"

#include <gtest/gtest.h>

#include "nanonng/mqtt/decoder.hpp"
#include "nanonng/mqtt/encoder.hpp"

namespace {

using namespace nanomq::tools;
using namespace nanonng::mqtt;

constexpr stamp some_stamp{.run = 1, .publisher = 3, .sequence = 41, .ticks = 77};

/// Reads a packet with the decoder of the house.
publish_view decode_from(const std::vector<std::byte>& packet, protocol_version version) {
  const auto found = next_frame(packet, 0xFFFFFFFF);
  EXPECT_EQ(found.status, decode_status::done);
  EXPECT_EQ(found.packet.size, packet.size());
  publish_view view;
  EXPECT_EQ(decode(found.packet, version, {}, view), reason_code::success);
  return view;
}

std::vector<std::byte> encode(const publish_template& from, bool dup = false) {
  std::vector<std::byte> out(from.size());
  from.encode_into(out.data(), 0x1234, dup, some_stamp);
  return out;
}

TEST(publish_template, makes_what_a_decoder_reads_in_every_version_and_at_every_qos) {
  for (const auto version : {protocol_version::v3_1, protocol_version::v3_1_1, protocol_version::v5}) {
    for (const auto qos :
         {quality_of_service::at_most_once, quality_of_service::at_least_once, quality_of_service::exactly_once}) {
      const publish_template made(version, {.topic = "a/b", .qos = qos, .retain = true, .payload = make_filler(300)});
      const auto packet = encode(made);
      const auto view = decode_from(packet, version);
      EXPECT_EQ(view.topic, "a/b");
      EXPECT_EQ(view.qos, qos);
      EXPECT_TRUE(view.retain);
      EXPECT_FALSE(view.dup);
      EXPECT_EQ(view.packet_identifier, qos == quality_of_service::at_most_once ? 0 : 0x1234);
      EXPECT_EQ(view.payload.size(), 300U);
      EXPECT_EQ(stamp::decode_from(view.payload), some_stamp);
      EXPECT_TRUE(made.is_intact(view.payload));
    }
  }
}

TEST(publish_template, carries_properties_and_finds_its_identifier_before_them) {
  property_writer block;
  block.text(property_id::content_type, std::string(200, 'x'));
  const publish_template made(protocol_version::v5, {.topic = "t",
                                                     .qos = quality_of_service::at_least_once,
                                                     .properties = {block.block().begin(), block.block().end()},
                                                     .payload = make_filler(16)});
  const auto packet = encode(made);
  const auto view = decode_from(packet, protocol_version::v5);
  EXPECT_EQ(view.packet_identifier, 0x1234);
  EXPECT_EQ(view.props.content_type.size(), 200U);
  EXPECT_EQ(stamp::decode_from(view.payload), some_stamp);
}

TEST(publish_template, says_dup_only_above_qos_0) {
  publish_shape shape{.topic = "t", .payload = make_filler(16)};
  EXPECT_FALSE(decode_from(encode({protocol_version::v5, shape}, true), protocol_version::v5).dup);
  shape.qos = quality_of_service::at_least_once;
  EXPECT_TRUE(decode_from(encode({protocol_version::v5, shape}, true), protocol_version::v5).dup);
}

TEST(publish_template, recognises_a_payload_that_was_changed_or_cut) {
  const publish_template made(protocol_version::v3_1_1, {.topic = "t", .payload = make_filler(40)});
  auto packet = encode(made);
  const auto payload = decode_from(packet, protocol_version::v3_1_1).payload;
  EXPECT_TRUE(made.is_intact(payload));
  EXPECT_FALSE(made.is_intact(payload.first(39)));
  packet.back() ^= std::byte{1};
  EXPECT_FALSE(made.is_intact(payload));
}

TEST(publish_template, sends_a_payload_without_stamp_as_it_is) {
  const auto words = std::make_shared<const std::vector<std::byte>>(3, std::byte{'x'});
  const publish_template made(protocol_version::v5, {.topic = "t", .stamped = false, .payload = words});
  const auto packet = encode(made);
  const auto view = decode_from(packet, protocol_version::v5);
  EXPECT_EQ(nanolib::as_text(view.payload), "xxx");
  EXPECT_TRUE(made.is_intact(view.payload));
}

TEST(publish_template, sends_an_empty_payload) {
  const publish_template made(protocol_version::v5, {.topic = "t", .stamped = false, .payload = make_filler(0)});
  EXPECT_TRUE(decode_from(encode(made), protocol_version::v5).payload.empty());
}

TEST(publish_template, tells_the_machine_what_it_will_write) {
  const publish_template made(protocol_version::v5, {.topic = "a/b", .payload = make_filler(100)});
  EXPECT_EQ(size_of(made.outgoing(), protocol_version::v5).total, made.size());
}

TEST(make_filler, makes_the_same_bytes_each_time) { EXPECT_EQ(*make_filler(64), *make_filler(64)); }

}  // namespace
