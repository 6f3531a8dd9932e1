// Rights that somebody else is asked about: the packet waits, and nobody else does.
#include <condition_variable>
#include <map>
#include <mutex>

#include "broker_fixture.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanomq::broker::testing {
namespace {

using nanonng::mqtt::reason_code;

/// Answers when the test says so; what is under "free/" at once. Thread: thread-safe.
class asked_by_hand final : public access {
 public:
  std::optional<admission> authenticate(const principal&, const credentials&,
                                        const std::shared_ptr<admission_reply>&) const noexcept override {
    return admission{reason_code::success};
  }
  permission authorize(const principal&, operation, std::string_view topic) const noexcept override {
    return {topic.starts_with("free/") ? reason_code::success : reason_code::not_authorized};
  }
  bool may_receive_through(const principal&, std::string_view filter, std::string_view topic) const noexcept override {
    return nanolib::matches(filter, topic);
  }
  bool inquires() const noexcept override { return true; }
  std::optional<permission> inquire(const principal& who, operation what, std::string_view topic,
                                    const std::shared_ptr<permission_reply>& reply) const noexcept override {
    if (topic.starts_with("free/")) return permission{};
    const std::lock_guard lock(mutex_);
    asked_.emplace(std::string(who.client_id) + (what == operation::publish ? ">" : "<") + std::string(topic), reply);
    came_.notify_all();
    return std::nullopt;
  }

  /// Waits for the question, "client>topic" to publish and "client<filter" to subscribe, and answers it.
  void answer(const std::string& question, reason_code reason = reason_code::success) const {
    const auto reply = asked(question);
    reply->answer({.reason = reason, .by_letter = reason == reason_code::success});
  }
  std::shared_ptr<permission_reply> asked(const std::string& question) const {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, std::chrono::seconds(100), [&] { return asked_.contains(question); })) {
      throw support::expectation_failed(question + " was not asked");
    }
    const auto found = asked_.find(question);
    auto reply = found->second;
    asked_.erase(found);
    return reply;
  }
  std::size_t open() const {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
  mutable std::multimap<std::string, std::shared_ptr<permission_reply>> asked_;
};

class an_inquiry : public ::testing::Test {
 protected:
  broker_options with(std::uint32_t shards = 1) const {
    broker_options options = options_with(shards);
    options.access = gate;
    return options;
  }
  raw_client subscriber(const running& subject, const std::string& id, const std::string& filter) const {
    raw_client made = subject.join(id);
    made.send(subscribe_packet{.id = 1, .filters = {{filter, 1}}});
    gate->answer(id + "<" + filter);
    EXPECT_EQ(made.expect(support::SUBACK).codes.at(0), 1U);
    return made;
  }
  std::shared_ptr<const asked_by_hand> gate = std::make_shared<asked_by_hand>();
};

TEST_F(an_inquiry, holds_up_its_client_and_nobody_else) {
  running subject(with());
  raw_client slow = subject.join("slow");
  slow.send(publish_packet{.topic = "a", .payload = "x", .qos = 1, .id = 7});
  const auto reply = gate->asked("slow>a");
  raw_client quick = subject.join("quick");
  quick.subscribe("free/t", 1);
  quick.publish({.topic = "free/t", .payload = "y"});
  quick.expect_publish("free/t", "y");
  reply->answer({});
  EXPECT_EQ(slow.expect(support::PUBACK).code, 0x10U);  // nobody subscribes
}

TEST_F(an_inquiry, keeps_the_order_of_what_comes_behind_it) {
  running subject(with());
  raw_client reader = subscriber(subject, "r", "#");
  raw_client source = subject.join("s");
  support::octets all = publish_packet{.topic = "a", .payload = "1", .qos = 2, .id = 1}.encode(version::v5);
  all.raw(publish_packet{.topic = "free/b", .payload = "2", .qos = 1, .id = 2}.encode(version::v5));
  all.raw(publish_packet{.topic = "c", .payload = "3"}.encode(version::v5));
  all.raw(publish_packet{.topic = "free/d", .payload = "4"}.encode(version::v5));
  source.send(all);
  const auto first = gate->asked("s>a");
  EXPECT_EQ(gate->open(), 0U);
  first->answer({});
  gate->answer("s>c");
  reader.expect_publish("a", "1");
  reader.expect_publish("free/b", "2");
  reader.expect_publish("c", "3");
  reader.expect_publish("free/d", "4");
  EXPECT_EQ(source.expect(support::PUBREC).code, 0U);
  EXPECT_EQ(source.expect(support::PUBACK).code, 0U);
}

TEST_F(an_inquiry, ends_with_the_reason) {
  running subject(with());
  raw_client one = subject.join("one");
  one.send(publish_packet{.topic = "a", .payload = "x", .qos = 2, .id = 1});
  gate->answer("one>a", reason_code::not_authorized);
  EXPECT_EQ(one.expect(support::PUBREC).code, 0x87U);
  one.send(publish_packet{.topic = "b", .payload = "x", .qos = 1, .id = 1});
  gate->answer("one>b", reason_code::implementation_specific_error);
  EXPECT_EQ(one.expect(support::PUBACK).code, 0x83U);
  one.send(subscribe_packet{.id = 2, .filters = {{"a", 1}, {"free/b", 1}, {"c", 1}, {"$share/g/d", 1}}});
  gate->answer("one<c", reason_code::implementation_specific_error);
  gate->answer("one<d");
  gate->answer("one<a", reason_code::not_authorized);
  const auto granted = one.expect(support::SUBACK);
  EXPECT_EQ(granted.codes, (std::vector<unsigned>{0x87, 1, 0x83, 1}));
}

TEST_F(an_inquiry, asks_once_for_each_packet_and_not_again_for_what_is_the_same_in_it) {
  running subject(with());
  raw_client one = subject.join("one");
  one.send(subscribe_packet{.id = 2, .filters = {{"a", 1}, {"a", 0}, {"b", 1}}});
  gate->answer("one<a");
  gate->answer("one<b");
  EXPECT_EQ(one.expect(support::SUBACK).codes, (std::vector<unsigned>{1, 0, 1}));
  EXPECT_EQ(gate->open(), 0U);
  one.publish({.topic = "a", .payload = "x"});
  gate->answer("one>a");
  one.expect_publish("a", "x");
}

TEST_F(an_inquiry, about_a_will_comes_before_its_client_enters_and_again_when_it_is_sent) {
  running subject(with());
  raw_client reader = subscriber(subject, "r", "w/#");
  connect_packet packet{.client_id = "one"};
  packet.will = support::will_message{.topic = "w/one", .payload = "gone"};
  raw_client one = subject.dial();
  one.send(packet);
  gate->answer("one>w/one", reason_code::not_authorized);
  one.expect_refusal(0x87);
  one = subject.dial();
  one.send(packet);
  gate->answer("one>w/one", reason_code::implementation_specific_error);
  one.expect_refusal(0x88);
  for (const bool may : {true, false}) {
    one = subject.dial();
    one.send(packet);
    gate->answer("one>w/one");
    one.expect(support::CONNACK);
    one.drop(true);
    gate->answer("one>w/one", may ? reason_code::success : reason_code::not_authorized);
    if (may) reader.expect_publish("w/one", "gone");
  }
  reader.expect_silence();
}

TEST_F(an_inquiry, does_no_harm_when_its_client_or_the_broker_has_gone) {
  std::shared_ptr<permission_reply> late;
  {
    running subject(with());
    raw_client one = subject.join("one");
    one.publish({.topic = "a", .payload = "x"});
    const auto reply = gate->asked("one>a");
    raw_client again = subject.join("one");
    reply->answer({});
    again.expect_silence();
    again.publish({.topic = "b", .payload = "x"});
    late = gate->asked("one>b");
  }
  late->answer({});
}

TEST_F(an_inquiry, is_made_anew_when_rights_change) {
  running subject(with());
  raw_client one = subject.join("one");
  one.send(publish_packet{.topic = "a", .payload = "x", .qos = 1, .id = 1});
  const auto old = gate->asked("one>a");
  const auto other = std::make_shared<asked_by_hand>();
  subject->set_access(other);
  old->answer({});
  other->answer("one>a", reason_code::not_authorized);
  EXPECT_EQ(one.expect(support::PUBACK).code, 0x87U);
}

TEST_F(an_inquiry, after_a_change_of_rights_ends_only_what_is_denied) {
  running subject(with());
  raw_client source = subject.join("s");
  raw_client kept = subscriber(subject, "kept", "x/#");
  raw_client unknown = subscriber(subject, "unknown", "x/+");
  raw_client denied = subscriber(subject, "denied", "+/t");
  gate = std::make_shared<asked_by_hand>();
  subject->set_access(gate);
  const auto publish = [&](const std::string& payload) {
    source.publish({.topic = "x/t", .payload = payload});
    gate->answer("s>x/t");
  };
  publish("1");  // what makes the subscriptions be looked at again, and holds nobody up
  for (raw_client* one : {&kept, &unknown, &denied}) one->expect_publish("x/t", "1");
  gate->answer("kept<x/#");
  gate->answer("unknown<x/+", reason_code::implementation_specific_error);
  gate->answer("denied<+/t", reason_code::not_authorized);
  source.expect_silence();  // a turn has passed
  publish("2");
  kept.expect_publish("x/t", "2");
  unknown.expect_publish("x/t", "2");
  denied.expect_silence();
}

TEST_F(an_inquiry, is_made_by_clients_on_every_shard) {
  running subject(with(3));
  for (int i = 0; i < 9; ++i) {
    const std::string id = "c" + std::to_string(i);
    raw_client one = subject.join(id);
    one.send(publish_packet{.topic = "a", .payload = "x", .qos = 1, .id = 1});
    gate->answer(id + ">a", i % 2 == 0 ? reason_code::success : reason_code::not_authorized);
    EXPECT_EQ(one.expect(support::PUBACK).code, i % 2 == 0 ? 0x10U : 0x87U);
  }
}

}  // namespace
}  // namespace nanomq::broker::testing
