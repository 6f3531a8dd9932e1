// Messages with a name each, and an outbox with the moves that most tests need.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "nanolib/base/hash.hpp"
#include "nanolib/cache/outbox.hpp"

namespace nanolib {

inline message_ptr named_message(std::string_view name, instant expiry = never, std::size_t payload = 0) {
  const std::string filler(payload, 'x');
  publication made;
  made.topic = name;
  made.topic_hash = hash_text(name);
  made.payload = as_bytes(filler);
  made.expiry = expiry;
  made.qos = quality_of_service::exactly_once;
  return message::create(made);
}

inline delivery named(std::string_view name, quality_of_service qos = quality_of_service::at_least_once,
                      instant expiry = never, std::size_t payload = 0) {
  delivery made;
  made.what = named_message(name, expiry, payload);
  made.qos = qos;
  return made;
}

inline constexpr auto qos_0 = quality_of_service::at_most_once;
inline constexpr auto qos_1 = quality_of_service::at_least_once;
inline constexpr auto qos_2 = quality_of_service::exactly_once;
inline constexpr instant start{};

struct outbox_test : ::testing::Test {
  using acknowledged = outbox::acknowledged;
  using stage = outbox::stage;

  /// What next() hands out: its name, empty when there is nothing.
  static std::string name_of(const outbox::entry* given) {
    return given == nullptr || !given->what.what ? std::string() : std::string(given->what.what->topic());
  }
  std::string next(instant now = start) { return name_of(owed.next(now)); }

  outbox owed{outbox_limits{}};
};

}  // namespace nanolib
