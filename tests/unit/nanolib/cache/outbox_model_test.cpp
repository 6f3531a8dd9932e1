// Random operations on an outbox and on a model of it that is simple enough to be right.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "outbox_fixture.hpp"

namespace nanolib {
namespace {

using stage = outbox::stage;
using acknowledged = outbox::acknowledged;

/// The rules once more, over plain containers that are searched from the front.
class model {
 public:
  struct exchange {
    std::string name;
    quality_of_service qos = qos_1;
    std::uint16_t identifier = 0;
    bool released = false;
    bool sent = true;  ///< on the present connection
    bool counted = true;
  };
  struct waiting {
    std::string name;
    quality_of_service qos;
    instant expiry;
  };

  void connect(std::size_t receive_maximum) {
    quota = receive_maximum;
    for (exchange& one : window) one.sent = one.counted = false;
  }
  [[nodiscard]] std::size_t used() const {
    return static_cast<std::size_t>(std::ranges::count(window, true, &exchange::counted));
  }
  [[nodiscard]] exchange* find(std::uint16_t identifier) {
    const auto found = std::ranges::find(window, identifier, &exchange::identifier);
    return found == window.end() ? nullptr : &*found;
  }
  void remove(std::uint16_t identifier) {
    std::erase_if(window, [&](const exchange& one) { return one.identifier == identifier; });
  }
  /// The first that has not been sent on this connection, null when there is none.
  [[nodiscard]] exchange* unsent() {
    const auto found = std::ranges::find(window, false, &exchange::sent);
    return found == window.end() ? nullptr : &*found;
  }

  std::deque<exchange> window;
  std::deque<waiting> queue;
  std::size_t quota = 0;
  bool resumed = true;  ///< nothing is left to be sent again
};

class outbox_model : public ::testing::TestWithParam<unsigned> {
 protected:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  bool is_connected() const { return reference_.quota > 0; }

  void begin() {
    const bool may =
        is_connected() && reference_.resumed && reference_.queue.empty() && reference_.used() < reference_.quota;
    ASSERT_EQ(owed_.can_begin(), may);
    if (!may) return;
    ASSERT_EQ(owed_.room(), reference_.quota - reference_.used());
    const auto qos = pick(2) == 0 ? qos_1 : qos_2;
    const std::string name = fresh_name();
    const std::uint16_t identifier = owed_.begin(named(name, qos));
    note_given(name, qos, identifier);
  }
  void enqueue() {
    const auto qos = static_cast<quality_of_service>(pick(3));
    const instant expiry = pick(4) == 0 ? now_ + duration(pick(20)) : never;
    const std::string name = fresh_name();
    const bool fits = reference_.queue.size() < 30;
    ASSERT_EQ(owed_.enqueue(named(name, qos, expiry)), fits);
    if (fits) reference_.queue.push_back({name, qos, expiry});
  }
  void next() {
    if (!is_connected()) return;
    const outbox::entry* given = owed_.next(now_);
    if (!reference_.resumed) {
      ASSERT_EQ(given, nullptr);
      return;
    }
    while (!reference_.queue.empty() && reference_.queue.front().expiry <= now_) {
      reference_.queue.pop_front();
      ++expired_;
    }
    ASSERT_EQ(owed_.take_expired(), std::exchange(expired_, 0U));
    if (reference_.queue.empty() || (reference_.queue.front().qos != qos_0 && reference_.used() == reference_.quota)) {
      ASSERT_EQ(given, nullptr);
      return;
    }
    const model::waiting expected = reference_.queue.front();
    reference_.queue.pop_front();
    ASSERT_NE(given, nullptr);
    ASSERT_EQ(given->what.what->topic(), expected.name);
    ASSERT_FALSE(given->resent);
    if (expected.qos == qos_0) {
      ASSERT_EQ(given->packet_identifier, 0);
    } else {
      note_given(expected.name, expected.qos, given->packet_identifier);
    }
  }
  void resume() {
    if (!is_connected()) return;
    const outbox::entry* given = owed_.resume();
    model::exchange* expected = reference_.unsent();
    if (expected != nullptr && !expected->released && reference_.used() == reference_.quota) {
      ASSERT_EQ(given, nullptr);
      return;
    }
    if (expected == nullptr) {
      ASSERT_EQ(given, nullptr);
      reference_.resumed = true;
      return;
    }
    ASSERT_NE(given, nullptr);
    ASSERT_EQ(given->packet_identifier, expected->identifier);
    ASSERT_EQ(given->at, expected->released ? stage::released : stage::published);
    expected->sent = true;
    if (!expected->released) {
      ASSERT_TRUE(given->resent);
      ASSERT_EQ(given->what.what->topic(), expected->name);
      expected->counted = true;
    }
  }
  void acknowledge() {
    const std::uint16_t identifier = some_identifier();
    model::exchange* known = reference_.find(identifier);
    const unsigned kind = pick(4);
    const bool failed = kind == 2;
    const acknowledged answer = kind == 0   ? owed_.on_puback(identifier)
                                : kind == 3 ? owed_.on_pubcomp(identifier)
                                            : owed_.on_pubrec(identifier, failed);
    if (known == nullptr) {
      ASSERT_EQ(answer, acknowledged::unknown);
      return;
    }
    const bool fits = kind == 0   ? known->qos == qos_1
                      : kind == 3 ? known->released
                                  : known->qos == qos_2 && !(failed && known->released);
    ASSERT_EQ(answer, fits ? acknowledged::done : acknowledged::unexpected);
    if (!fits) return;
    if (kind == 1) {
      known->released = true;
    } else {
      reference_.remove(identifier);
    }
  }
  void abandon() {
    const std::uint16_t identifier = some_identifier();
    owed_.abandon(identifier);
    reference_.remove(identifier);
  }
  void reconnect() {
    owed_.disconnect();
    const std::uint16_t receive_maximum = static_cast<std::uint16_t>(1 + pick(12));
    owed_.connect(receive_maximum);
    reference_.connect(receive_maximum);
    reference_.resumed = reference_.window.empty();
  }
  void disconnect() {
    owed_.disconnect();
    reference_.connect(0);
    reference_.resumed = true;
  }
  void compare() {
    ASSERT_EQ(owed_.inflight(), reference_.window.size());
    ASSERT_EQ(owed_.queued(), reference_.queue.size());
    ASSERT_EQ(owed_.is_empty(), reference_.window.empty() && reference_.queue.empty());
    ASSERT_LE(reference_.used(), std::max<std::size_t>(reference_.quota, is_connected() ? 1 : 0));
  }

  void step() {
    switch (pick(20)) {
      case 0:
        return reconnect();
      case 1:
        return pick(4) == 0 ? disconnect() : owed_.trim();
      case 2:
        return abandon();
      case 3:
        now_ += duration(pick(3));
        return;
      case 4:
      case 5:
      case 6:
        return enqueue();
      case 7:
      case 8:
      case 9:
        return begin();
      case 10:
      case 11:
      case 12:
        return resume();
      case 13:
      case 14:
        return next();
      default:
        return acknowledge();
    }
  }

 private:
  std::string fresh_name() { return "m" + std::to_string(++names_); }
  void note_given(const std::string& name, quality_of_service qos, std::uint16_t identifier) {
    ASSERT_NE(identifier, 0);
    ASSERT_EQ(reference_.find(identifier), nullptr) << "in use";
    reference_.window.push_back({name, qos, identifier});
  }
  /// Mostly one that is in use.
  std::uint16_t some_identifier() {
    if (reference_.window.empty() || pick(10) == 0) return static_cast<std::uint16_t>(pick(65'536));
    return reference_.window[pick(static_cast<unsigned>(reference_.window.size()))].identifier;
  }

  std::mt19937 random_{GetParam()};
  outbox owed_{{.maximum_messages = 30, .maximum_bytes = 1'000'000}};
  model reference_;
  instant now_ = start;
  unsigned names_ = 0;
  std::uint64_t expired_ = 0;
};

TEST_P(outbox_model, behaves_like_the_model) {
  for (int i = 0; i < 40'000; ++i) {
    step();
    if (HasFatalFailure()) FAIL() << "at step " << i;
    compare();
    if (HasFatalFailure()) FAIL() << "after step " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, outbox_model, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace nanolib
