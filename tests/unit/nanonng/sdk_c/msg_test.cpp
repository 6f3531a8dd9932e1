// nanonng/mqtt_msg.h: the envelope in an nng_msg.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "nanonng/mqtt_msg.h"

namespace {

struct freer {
  void operator()(nng_msg* msg) const noexcept { nng_msg_free(msg); }
};
using message = std::unique_ptr<nng_msg, freer>;

message plain(std::string_view body) {
  nng_msg* made = nullptr;
  EXPECT_EQ(nng_msg_alloc(&made, 0), 0);
  EXPECT_EQ(nng_msg_append(made, body.data(), body.size()), 0);
  return message(made);
}

message with_topic(const char* topic, std::string_view payload) {
  nng_msg* made = nullptr;
  EXPECT_EQ(nmqtt_msg_alloc(&made, topic, payload.data(), payload.size()), 0);
  return message(made);
}

message copy_of(const message& from) {
  nng_msg* made = nullptr;
  EXPECT_EQ(nng_msg_dup(&made, from.get()), 0);
  return message(made);
}

std::string payload_of(const message& msg) {
  std::size_t size = 0;
  const void* const data = nmqtt_msg_payload(msg.get(), &size);
  return {static_cast<const char*>(data), size};
}

std::string text(const char* from) { return from == nullptr ? "(null)" : from; }

/// Every property that there is.
message full() {
  message msg = with_topic("room/1", "21.5");
  EXPECT_EQ(nmqtt_msg_set_qos(msg.get(), 2), 0);
  EXPECT_EQ(nmqtt_msg_set_retain(msg.get(), true), 0);
  EXPECT_EQ(nmqtt_msg_set_content_type(msg.get(), "text/plain"), 0);
  EXPECT_EQ(nmqtt_msg_set_response_topic(msg.get(), "answers"), 0);
  EXPECT_EQ(nmqtt_msg_set_correlation_data(msg.get(), "a\0b", 3), 0);
  EXPECT_EQ(nmqtt_msg_set_expiry(msg.get(), 300), 0);
  EXPECT_EQ(nmqtt_msg_set_utf8(msg.get(), true), 0);
  EXPECT_EQ(nmqtt_msg_add_user_property(msg.get(), "unit", "C"), 0);
  EXPECT_EQ(nmqtt_msg_add_user_property(msg.get(), "unit", ""), 0);
  EXPECT_EQ(nmqtt_msg_add_user_property(msg.get(), "", "nameless"), 0);
  return msg;
}

void expect_full(const message& msg) {
  EXPECT_EQ(text(nmqtt_msg_topic(msg.get())), "room/1");
  EXPECT_EQ(payload_of(msg), "21.5");
  EXPECT_EQ(nmqtt_msg_qos(msg.get()), 2);
  EXPECT_TRUE(nmqtt_msg_retain(msg.get()));
  EXPECT_EQ(text(nmqtt_msg_content_type(msg.get())), "text/plain");
  EXPECT_EQ(text(nmqtt_msg_response_topic(msg.get())), "answers");
  std::size_t size = 0;
  const void* const data = nmqtt_msg_correlation_data(msg.get(), &size);
  ASSERT_EQ(size, 3U);
  EXPECT_EQ(std::memcmp(data, "a\0b", 3), 0);
  std::uint32_t seconds = 0;
  EXPECT_EQ(nmqtt_msg_expiry(msg.get(), &seconds), 0);
  EXPECT_EQ(seconds, 300U);
  EXPECT_TRUE(nmqtt_msg_utf8(msg.get()));
  EXPECT_EQ(text(nmqtt_msg_user_property(msg.get(), "unit")), "C");
  const char* name = nullptr;
  const char* value = nullptr;
  ASSERT_EQ(nmqtt_msg_user_property_at(msg.get(), 1, &name, &value), 0);
  EXPECT_EQ(text(name) + "=" + text(value), "unit=");
  ASSERT_EQ(nmqtt_msg_user_property_at(msg.get(), 2, &name, &value), 0);
  EXPECT_EQ(text(name) + "=" + text(value), "=nameless");
  EXPECT_EQ(nmqtt_msg_user_property_at(msg.get(), 3, &name, &value), NNG_ENOENT);
}

TEST(mqtt_msg, keeps_what_was_set) { expect_full(full()); }

TEST(mqtt_msg, travels_with_a_duplicate) {
  const message msg = full();
  const message copy = copy_of(msg);
  ASSERT_EQ(nmqtt_msg_set_topic(msg.get(), "other"), 0);
  expect_full(copy);
}

TEST(mqtt_msg, has_nothing_but_a_payload_when_it_is_plain) {
  const message msg = plain("body");
  EXPECT_EQ(nmqtt_msg_topic(msg.get()), nullptr);
  EXPECT_EQ(payload_of(msg), "body");
  EXPECT_EQ(nmqtt_msg_qos(msg.get()), 0);
  EXPECT_FALSE(nmqtt_msg_retain(msg.get()));
  EXPECT_FALSE(nmqtt_msg_is_dup(msg.get()));
  EXPECT_EQ(nmqtt_msg_packet_id(msg.get()), 0);
  EXPECT_EQ(nmqtt_msg_content_type(msg.get()), nullptr);
  EXPECT_EQ(nmqtt_msg_user_property(msg.get(), "unit"), nullptr);
  std::uint32_t number = 0;
  EXPECT_EQ(nmqtt_msg_expiry(msg.get(), &number), NNG_ENOENT);
  EXPECT_EQ(nmqtt_msg_subscription_id_at(msg.get(), 0, &number), NNG_ENOENT);
}

TEST(mqtt_msg, becomes_one_when_a_plain_message_gets_a_topic) {
  const message msg = plain("from an SP socket");
  // What a raw socket leaves there.
  ASSERT_EQ(nng_msg_header_append_u32(msg.get(), 0x8000'0001U), 0);
  ASSERT_EQ(nmqtt_msg_set_topic(msg.get(), "sp/in"), 0);
  EXPECT_EQ(text(nmqtt_msg_topic(msg.get())), "sp/in");
  EXPECT_EQ(payload_of(msg), "from an SP socket");
}

TEST(mqtt_msg, takes_more_payload_after_the_topic) {
  const message msg = with_topic("a", "12");
  ASSERT_EQ(nng_msg_append(msg.get(), "34", 2), 0);
  EXPECT_EQ(payload_of(msg), "1234");
  ASSERT_EQ(nng_msg_chop(msg.get(), 3), 0);
  EXPECT_EQ(payload_of(msg), "1");
  ASSERT_EQ(nmqtt_msg_set_qos(msg.get(), 1), 0);
}

TEST(mqtt_msg, replaces_a_payload_even_by_a_part_of_itself) {
  const message msg = with_topic("a", "0123456789");
  const auto* const old = static_cast<const char*>(nmqtt_msg_payload(msg.get(), nullptr));
  ASSERT_EQ(nmqtt_msg_set_payload(msg.get(), old + 4, 3), 0);
  EXPECT_EQ(payload_of(msg), "456");
  ASSERT_EQ(nmqtt_msg_set_payload(msg.get(), std::string(5'000, 'x').data(), 5'000), 0);
  EXPECT_EQ(payload_of(msg), std::string(5'000, 'x'));
  ASSERT_EQ(nmqtt_msg_set_payload(msg.get(), nullptr, 0), 0);
  EXPECT_EQ(payload_of(msg), "");
  EXPECT_EQ(text(nmqtt_msg_topic(msg.get())), "a");
}

TEST(mqtt_msg, grows_and_shrinks_in_front_of_every_size_of_payload) {
  for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 100U, 1'023U, 1'024U, 1'025U, 4'096U, 100'000U}) {
    const std::string payload(size, 'p');
    const message msg = plain(payload);
    for (const std::size_t topic : {1U, 20U, 40U, 65'535U, 3U}) {
      const std::string name(topic, 't');
      ASSERT_EQ(nmqtt_msg_set_topic(msg.get(), name.c_str()), 0);
      ASSERT_EQ(text(nmqtt_msg_topic(msg.get())), name);
      ASSERT_EQ(payload_of(msg), payload);
    }
  }
}

TEST(mqtt_msg, forgets_a_property_that_is_set_to_null) {
  const message msg = full();
  ASSERT_EQ(nmqtt_msg_set_content_type(msg.get(), nullptr), 0);
  ASSERT_EQ(nmqtt_msg_set_response_topic(msg.get(), nullptr), 0);
  ASSERT_EQ(nmqtt_msg_set_correlation_data(msg.get(), nullptr, 0), 0);
  ASSERT_EQ(nmqtt_msg_set_utf8(msg.get(), false), 0);
  EXPECT_EQ(nmqtt_msg_content_type(msg.get()), nullptr);
  EXPECT_EQ(nmqtt_msg_response_topic(msg.get()), nullptr);
  EXPECT_EQ(nmqtt_msg_correlation_data(msg.get(), nullptr), nullptr);
  EXPECT_FALSE(nmqtt_msg_utf8(msg.get()));
  EXPECT_EQ(text(nmqtt_msg_user_property(msg.get(), "unit")), "C");
  ASSERT_EQ(nmqtt_msg_clear_properties(msg.get()), 0);
  EXPECT_EQ(nmqtt_msg_user_property(msg.get(), "unit"), nullptr);
  EXPECT_EQ(text(nmqtt_msg_topic(msg.get())), "room/1");
  EXPECT_EQ(payload_of(msg), "21.5");
}

TEST(mqtt_msg, may_be_given_its_own_strings) {
  const message msg = full();
  ASSERT_EQ(nmqtt_msg_set_topic(msg.get(), nmqtt_msg_response_topic(msg.get())), 0);
  ASSERT_EQ(nmqtt_msg_add_user_property(msg.get(), nmqtt_msg_topic(msg.get()), nmqtt_msg_content_type(msg.get())), 0);
  EXPECT_EQ(text(nmqtt_msg_user_property(msg.get(), "answers")), "text/plain");
}

TEST(mqtt_msg, is_only_its_payload_once_detached) {
  const message msg = full();
  ASSERT_EQ(nmqtt_msg_detach(msg.get()), 0);
  EXPECT_EQ(std::string_view(static_cast<char*>(nng_msg_body(msg.get())), nng_msg_len(msg.get())), "21.5");
  EXPECT_EQ(nng_msg_header_len(msg.get()), 0U);
  const message empty = with_topic("a", "");
  ASSERT_EQ(nmqtt_msg_detach(empty.get()), 0);
  EXPECT_EQ(nng_msg_len(empty.get()), 0U);
}

TEST(mqtt_msg, refuses_what_mqtt_does_not_allow) {
  const message msg = with_topic("a", "x");
  const std::string long_text(65'536, 'x');
  for (const char* const topic : {"", "a/+", "#", "\xFF", long_text.c_str()}) {
    EXPECT_EQ(nmqtt_msg_set_topic(msg.get(), topic), NNG_EINVAL);
    EXPECT_EQ(nmqtt_msg_set_response_topic(msg.get(), topic), NNG_EINVAL);
    nng_msg* none = nullptr;
    EXPECT_EQ(nmqtt_msg_alloc(&none, topic, nullptr, 0), NNG_EINVAL);
    EXPECT_EQ(none, nullptr);
  }
  EXPECT_EQ(nmqtt_msg_set_qos(msg.get(), 3), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_set_qos(msg.get(), -1), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_set_content_type(msg.get(), "\xC0\x80"), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_set_content_type(msg.get(), long_text.c_str()), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_set_correlation_data(msg.get(), long_text.data(), long_text.size()), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_add_user_property(msg.get(), "\xFF", ""), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_add_user_property(msg.get(), "", nullptr), NNG_EINVAL);
  EXPECT_EQ(text(nmqtt_msg_topic(msg.get())), "a");
  EXPECT_EQ(payload_of(msg), "x");
}

TEST(mqtt_msg, refuses_null) {
  EXPECT_EQ(nmqtt_msg_alloc(nullptr, "a", nullptr, 0), NNG_EINVAL);
  nng_msg* made = nullptr;
  EXPECT_EQ(nmqtt_msg_alloc(&made, nullptr, nullptr, 0), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_alloc(&made, "a", nullptr, 1), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_alloc(&made, "a", "", SIZE_MAX), NNG_ENOMEM);
  EXPECT_EQ(nmqtt_msg_set_topic(nullptr, "a"), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_set_qos(nullptr, 0), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_set_payload(nullptr, "", 0), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_detach(nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_clear_properties(nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_topic(nullptr), nullptr);
  EXPECT_EQ(nmqtt_msg_qos(nullptr), 0);
  EXPECT_FALSE(nmqtt_msg_utf8(nullptr));
  std::size_t size = 1;
  EXPECT_EQ(nmqtt_msg_payload(nullptr, &size), nullptr);
  EXPECT_EQ(size, 0U);
  const message msg = full();
  EXPECT_EQ(nmqtt_msg_set_topic(msg.get(), nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_set_payload(msg.get(), nullptr, 1), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_expiry(msg.get(), nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_msg_user_property(msg.get(), nullptr), nullptr);
}

TEST(mqtt_msg, notices_edits_of_its_front) {
  const auto edits = std::to_array<void (*)(nng_msg*)>({
      [](nng_msg* msg) { nng_msg_clear(msg); },
      [](nng_msg* msg) {
        nng_msg_clear(msg);
        ASSERT_EQ(nng_msg_append(msg, std::string(500, 'x').data(), 500), 0);
      },
      [](nng_msg* msg) { ASSERT_EQ(nng_msg_trim(msg, 1), 0); },
      [](nng_msg* msg) { ASSERT_EQ(nng_msg_insert(msg, "x", 1), 0); },
      [](nng_msg* msg) { static_cast<char*>(nng_msg_body(msg))[1] = '\x7F'; },
      [](nng_msg* msg) { static_cast<char*>(nng_msg_body(msg))[6] = '\0'; },
  });
  for (const auto edit : edits) {
    const message msg = full();
    edit(msg.get());
    EXPECT_EQ(nmqtt_msg_set_qos(msg.get(), 1), NNG_EINVAL);
    EXPECT_EQ(nmqtt_msg_set_topic(msg.get(), "b"), NNG_EINVAL);
    EXPECT_EQ(nmqtt_msg_set_payload(msg.get(), "b", 1), NNG_EINVAL);
    EXPECT_EQ(nmqtt_msg_detach(msg.get()), NNG_EINVAL);
    // Reading is safe, whatever comes of it.
    static_cast<void>(nmqtt_msg_topic(msg.get()));
    static_cast<void>(nmqtt_msg_user_property(msg.get(), "unit"));
    static_cast<void>(payload_of(msg));
  }
}

TEST(mqtt_msg, takes_no_header_part_of_others_for_its_own) {
  const message msg = plain("body");
  const std::string forged(32, '\x01');
  ASSERT_EQ(nng_msg_header_append(msg.get(), forged.data(), forged.size()), 0);
  EXPECT_EQ(nmqtt_msg_qos(msg.get()), 0);
  EXPECT_EQ(payload_of(msg), "body");
  ASSERT_EQ(nng_msg_header_append_u32(msg.get(), 1), 0);
  EXPECT_EQ(payload_of(msg), "body");
}

}  // namespace
