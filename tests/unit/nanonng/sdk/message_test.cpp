#include "nanonng/sdk/message.hpp"

#include <gtest/gtest.h>

#include "nanonng/mqtt/encoder.hpp"

namespace nanonng::sdk {
namespace {

/// Counts what is acknowledged.
class sink final : public detail::acknowledgement_sink {
 public:
  void acknowledge(mqtt::receipt_number receipt, mqtt::reason_code reason) noexcept override {
    ++calls;
    last = receipt;
    said = reason;
  }
  void retain() const noexcept override { ++count; }
  void release() const noexcept override { --count; }

  int calls = 0;
  mqtt::receipt_number last = 0;
  mqtt::reason_code said = mqtt::reason_code::success;
  mutable int count = 0;
};

message make(const mqtt::property_writer& block, std::string_view topic = "a/b", std::string_view payload = "text") {
  mqtt::publish_view view;
  view.topic = topic;
  view.payload = nanolib::as_bytes(payload);
  view.props.raw = block.block();
  view.qos = mqtt::quality_of_service::at_least_once;
  view.packet_identifier = 7;
  view.retain = true;
  view.dup = true;
  return message(detail::message_body::create(view, topic));
}

TEST(message, keeps_a_copy_of_everything) {
  message kept;
  {
    std::string topic = "a/b";
    std::string payload = "text";
    kept = make({}, topic, payload);
    topic.assign(3, 'x');
    payload.assign(4, 'x');
  }
  EXPECT_EQ(kept.topic(), "a/b");
  EXPECT_EQ(kept.text(), "text");
  EXPECT_EQ(kept.payload().size(), 4);
  EXPECT_EQ(kept.qos(), mqtt::quality_of_service::at_least_once);
  EXPECT_EQ(kept.packet_identifier(), 7);
  EXPECT_TRUE(kept.retain());
  EXPECT_TRUE(kept.dup());
}

TEST(message, finds_its_properties) {
  mqtt::property_writer block;
  block.byte(mqtt::property_id::payload_format_indicator, 1);
  block.four_byte(mqtt::property_id::message_expiry_interval, 60);
  block.text(mqtt::property_id::content_type, "text/plain");
  block.text(mqtt::property_id::response_topic, "r");
  block.binary(mqtt::property_id::correlation_data, nanolib::as_bytes("id"));
  block.variable_byte(mqtt::property_id::subscription_identifier, 1);
  block.text_pair(mqtt::property_id::user_property, "k", "v");
  block.variable_byte(mqtt::property_id::subscription_identifier, 200);
  block.text_pair(mqtt::property_id::user_property, "k", "w");
  const message m = make(block);
  EXPECT_TRUE(m.payload_format_utf8());
  EXPECT_EQ(m.message_expiry_interval(), std::chrono::seconds(60));
  EXPECT_EQ(m.content_type(), "text/plain");
  EXPECT_EQ(m.response_topic(), "r");
  EXPECT_EQ(nanolib::as_text(m.correlation_data().value()), "id");
  EXPECT_EQ(m.subscription_identifiers(), (std::vector<std::uint32_t>{1, 200}));
  EXPECT_EQ(m.user_property("k"), "v");
  EXPECT_EQ(m.user_property("x"), std::nullopt);
  std::string all;
  for (const auto& [name, value] : m.user_properties()) all.append(name).append("=").append(value).append(";");
  EXPECT_EQ(all, "k=v;k=w;");
}

TEST(message, says_nothing_where_there_is_nothing) {
  for (const message& m : {message(), make({})}) {
    EXPECT_FALSE(m.payload_format_utf8());
    EXPECT_EQ(m.message_expiry_interval(), std::nullopt);
    EXPECT_EQ(m.content_type(), "");
    EXPECT_EQ(m.response_topic(), "");
    EXPECT_EQ(m.correlation_data(), std::nullopt);
    EXPECT_TRUE(m.subscription_identifiers().empty());
    EXPECT_EQ(m.user_properties().begin(), m.user_properties().end());
    m.acknowledge();
  }
  EXPECT_FALSE(message());
  EXPECT_EQ(message().topic(), "");
}

TEST(message, is_acknowledged_once) {
  sink to;
  {
    const message m = make({});
    m.body()->sink = nanolib::intrusive_ptr<detail::acknowledgement_sink>::share(&to);
    m.body()->receipt = 42;
    const message copy = m;
    copy.acknowledge(mqtt::reason_code::quota_exceeded);
    m.acknowledge();
    EXPECT_EQ(to.calls, 1);
    EXPECT_EQ(to.last, 42);
    EXPECT_EQ(to.said, mqtt::reason_code::quota_exceeded);
    EXPECT_EQ(to.count, 1);
  }
  EXPECT_EQ(to.count, 0);
}

}  // namespace
}  // namespace nanonng::sdk
