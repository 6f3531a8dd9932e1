#include "nanonng/mqtt/encoder.hpp"
#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum property_id;

TEST(property_writer, writes_every_type) {
  property_writer writer;
  writer.byte(payload_format_indicator, 1);
  writer.two_byte(topic_alias, 0x0203);
  writer.four_byte(message_expiry_interval, 0x04050607);
  writer.variable_byte(subscription_identifier, 128);
  writer.text(content_type, "t");
  writer.binary(correlation_data, nanolib::as_bytes("b"));
  writer.text_pair(user_property, "k", "v");
  const exact raw({0x26, 0, 0, 0, 0});
  writer.raw(raw.view());
  EXPECT_EQ(written(writer.block()), (octets{0x01, 0x01,                               // payload format indicator
                                             0x23, 0x02, 0x03,                         // topic alias
                                             0x02, 0x04, 0x05, 0x06, 0x07,             // message expiry interval
                                             0x0B, 0x80, 0x01,                         // subscription identifier
                                             0x03, 0x00, 0x01, 't',                    // content type
                                             0x09, 0x00, 0x01, 'b',                    // correlation data
                                             0x26, 0x00, 0x01, 'k',  0x00, 0x01, 'v',  // user property
                                             0x26, 0x00, 0x00, 0x00, 0x00}));          // the raw one
  writer.clear();
  EXPECT_TRUE(writer.block().empty());
}

TEST(property_writer, cuts_long_text_at_a_character) {
  property_writer writer;
  writer.text(reason_string, std::string(65'534, 'a') + "\xC3\xA9");
  EXPECT_EQ(writer.block().size(), 3U + 65'534);
  writer.clear();
  writer.text(reason_string, std::string(65'533, 'a') + "\xC3\xA9");
  EXPECT_EQ(writer.block().size(), 3U + 65'535);
  writer.clear();
  writer.text_pair(user_property, std::string(65'536, 'a'), std::string(65'533, 'a') + "\xF0\x9F\x98\x80");
  EXPECT_EQ(writer.block().size(), 1U + 2 + 65'535 + 2 + 65'533);
  writer.clear();
  writer.binary(correlation_data, nanolib::as_bytes(std::string(70'000, '\xA9')));
  EXPECT_EQ(writer.block().size(), 3U + 65'535);
}

TEST(property_writer, never_writes_a_number_that_is_none) {
  property_writer writer;
  writer.variable_byte(subscription_identifier, any_size);
  EXPECT_EQ(written(writer.block()), (octets{0x0B, 0xFF, 0xFF, 0xFF, 0x7F}));
}

/// Decodes a PUBLISH block, forwards it, and gives back what is left.
struct forwarded {
  explicit forwarded(const octets& properties) : memory(block(properties)) {
    bytes input = memory.view();
    EXPECT_EQ(decode_properties(input, property_place::publish, {}, read), reason_code::success);
    result = forwarded_properties(read, scratch);
  }
  exact memory;
  mqtt::properties read;
  buffer scratch{std::byte{0x55}};
  bytes result;
};

// [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]
TEST(forwarded_properties, are_the_block_itself_when_nothing_is_kept_back) {
  const octets properties =
      join({{0x01, 1}, {0x26}, text("b"), text("1"), {0x08}, text("r"), {0x26}, text("a"), text("2")});
  const forwarded done(properties);
  EXPECT_EQ(done.result.data(), done.read.raw.data());
  EXPECT_EQ(written(done.result), properties);
}

TEST(forwarded_properties, leave_out_expiry_alias_and_subscription_identifiers) {
  const octets user = join({{0x26}, text("k"), text("v")});
  const forwarded done(
      join({{0x0B, 0x01}, user, {0x02, 0, 0, 0, 9}, {0x01, 0}, {0x0B, 0x80, 0x01}, user, {0x23, 0, 1}}));
  EXPECT_EQ(written(done.result), join({user, {0x01, 0}, user}));
  const forwarded nothing_left({0x23, 0, 1});
  EXPECT_TRUE(nothing_left.result.empty());
}

}  // namespace

}  // namespace nanonng::mqtt::testing
