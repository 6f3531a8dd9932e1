// A store, and shorthands that take text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/hash.hpp"
#include "nanolib/cache/retained_store.hpp"

namespace nanolib {

inline instant at_second(int second) { return instant(std::chrono::seconds(second)); }

struct retained_fixture {
  explicit retained_fixture(const retained_limits& limits = {}) : retained(limits) {}

  retained_store retained;

  static publication make(std::string_view topic, std::string_view payload, instant expiry = never) {
    publication made;
    made.topic = topic;
    made.topic_hash = hash_text(topic);
    made.payload = as_bytes(payload);
    made.expiry = expiry;
    made.retain = true;
    return made;
  }
  retained_store::stored store(std::string_view topic, std::string_view payload = "x", instant expiry = never) {
    return retained.store(make(topic, payload, expiry));
  }
  std::string payload_of(std::string_view topic) const {
    const message_ptr found = retained.find(topic);
    return found ? std::string(as_text(found->payload())) : "(none)";
  }
  /// The topics of a whole replay in slices of this size.
  std::vector<std::string> replay(std::string_view filter, std::size_t most = 1000, instant now = instant{}) const {
    std::vector<std::string> topics;
    retained_cursor cursor{std::string(filter), {}, false, false};
    while (!cursor.finished) {
      retained.replay(cursor, now, most, [&](const message_ptr& one) { topics.emplace_back(one->topic()); });
    }
    return topics;
  }
};

}  // namespace nanolib
