// Clients that wait until somebody says whether they may enter.
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "broker_fixture.hpp"
#include "nanomq/access/access_control.hpp"

namespace nanomq::broker::testing {
namespace {

using nanonng::mqtt::reason_code;
using std::chrono::steady_clock;

/// Answers when the test says so; clients without a user name enter at once. Thread: thread-safe.
class by_hand final : public access {
 public:
  std::optional<admission> authenticate(const principal& who, const credentials& given,
                                        const std::shared_ptr<admission_reply>& reply) const noexcept override {
    if (!given.has_user_name) return admission{reason_code::success};
    const std::lock_guard lock(mutex_);
    asked_[std::string(who.user_name)] = reply;
    came_.notify_all();
    return std::nullopt;
  }
  bool answers_later() const noexcept override { return true; }
  permission authorize(const principal&, operation, std::string_view) const noexcept override { return {}; }
  bool restricts() const noexcept override { return false; }

  /// Waits until this user has asked.
  [[nodiscard]] std::shared_ptr<admission_reply> asked_by(const std::string& user) const {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, std::chrono::seconds(100), [&] { return asked_.contains(user); })) {
      throw support::expectation_failed(user + " has not asked");
    }
    return asked_.at(user);
  }
  void answer(const std::string& user, reason_code reason = reason_code::success) const {
    asked_by(user)->answer({reason});
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
  mutable std::map<std::string, std::shared_ptr<admission_reply>> asked_;
};

class a_login : public ::testing::Test {
 protected:
  static broker_options with(std::shared_ptr<const access> rights, std::uint32_t shards = 2) {
    broker_options options = options_with(shards);
    options.access = std::move(rights);
    return options;
  }
  static connect_packet as(const std::string& user, const std::string& id) {
    return {.client_id = id, .user_name = user, .password = "secret"};
  }
  static void until(const std::function<bool()>& holds) {
    const auto deadline = steady_clock::now() + std::chrono::seconds(100);
    while (!holds()) {
      if (steady_clock::now() > deadline) throw support::expectation_failed("it did not come about");
      std::this_thread::yield();
    }
  }
  std::shared_ptr<const by_hand> gate = std::make_shared<by_hand>();
};

TEST_F(a_login, holds_up_nobody_else) {
  running subject(with(gate, 1));
  raw_client slow = subject.dial();
  slow.send(as("ann", "slow"));
  static_cast<void>(gate->asked_by("ann"));
  raw_client quick = subject.join("quick");
  quick.subscribe("t", 1);
  quick.publish({.topic = "t", .payload = "x", .qos = 1, .id = 9});
  quick.expect_publish("t", "x");
  gate->answer("ann");
  slow.expect(support::CONNACK);
}

TEST_F(a_login, on_every_shard_ends_with_the_answer) {
  running subject(with(gate, 3));
  for (int i = 0; i < 12; ++i) {
    const std::string name = "u" + std::to_string(i);
    raw_client one = subject.dial(i % 2 == 0 ? version::v5 : version::v3_1_1);
    one.send(as(name, name));
    gate->answer(name, i % 3 == 0 ? reason_code::bad_user_name_or_password : reason_code::success);
    if (i % 3 == 0) {
      one.expect_refusal(i % 2 == 0 ? 0x86 : 4);
    } else {
      EXPECT_EQ(one.expect(support::CONNACK).code, 0U);
      one.expect_silence();
    }
  }
}

// Spec: MQTT 5.0 §3.1.4: packets behind the CONNECT may be there already.
TEST_F(a_login, keeps_what_came_behind_it) {
  running subject(with(gate));
  raw_client one = subject.dial();
  support::octets all = as("ann", "one").encode(version::v5);
  all.raw(subscribe_packet{.id = 1, .filters = {{"t", 0}}}.encode(version::v5));
  all.raw(publish_packet{.topic = "t", .payload = "behind"}.encode(version::v5));
  one.send(all);
  gate->answer("ann");
  one.expect(support::CONNACK);
  one.expect(support::SUBACK);
  one.expect_publish("t", "behind");
}

TEST_F(a_login, does_no_harm_when_its_client_has_gone_before_the_answer) {
  running subject(with(gate));
  raw_client one = subject.dial();
  one.send(as("ann", "one"));
  static_cast<void>(gate->asked_by("ann"));
  one.drop(true);
  gate->answer("ann");
  subject.join("one").expect_silence();
}

TEST_F(a_login, may_be_answered_after_the_broker_has_gone) {
  std::shared_ptr<admission_reply> reply;
  {
    running subject(with(gate));
    raw_client one = subject.dial();
    one.send(as("ann", "one"));
    reply = gate->asked_by("ann");
  }
  EXPECT_TRUE(reply->is_abandoned());
  reply->answer({reason_code::success});
}

// [MQTT-3.1.4-3]: who connected last has the session, whoever was answered first.
TEST_F(a_login, answered_first_does_not_overtake_an_earlier_one_with_the_same_client_id) {
  running subject(with(gate));
  raw_client early = subject.dial();
  early.send(as("early", "same"));
  static_cast<void>(gate->asked_by("early"));
  raw_client late = subject.dial();
  late.send(as("late", "same"));
  gate->answer("late");
  gate->answer("early");
  early.expect(support::CONNACK);
  early.expect_disconnect(0x8E);
  late.expect(support::CONNACK);
  late.expect_silence();
}

TEST_F(a_login, that_needs_no_answer_waits_for_an_earlier_one_with_the_same_client_id) {
  running subject(with(gate));
  raw_client early = subject.dial();
  early.send(as("early", "same"));
  static_cast<void>(gate->asked_by("early"));
  raw_client late = subject.dial();
  late.send(connect_packet{.client_id = "same"});
  // Nobody else with another name waits for it.
  static_cast<void>(subject.join("other"));
  gate->answer("early", reason_code::not_authorized);
  early.expect_refusal(0x87);
  late.expect(support::CONNACK);
  late.expect_silence();
}

TEST_F(a_login, that_gets_no_answer_in_time_is_closed) {
  broker_options options = with(gate);
  options.limits.connect_timeout = nanolib::duration(3'000);
  running subject(std::move(options));
  raw_client one = subject.dial();
  one.send(as("ann", "one"));
  const auto reply = gate->asked_by("ann");
  one.expect_close();
  EXPECT_TRUE(reply->is_abandoned());
}

TEST_F(a_login, is_asked_about_anew_when_the_rights_change_meanwhile) {
  running subject(with(gate));
  raw_client one = subject.dial();
  one.send(as("ann", "one"));
  const auto reply = gate->asked_by("ann");
  const auto other = std::make_shared<by_hand>();
  subject->set_access(other);
  EXPECT_TRUE(reply->is_abandoned());
  reply->answer({reason_code::success});
  other->answer("ann", reason_code::banned);
  one.expect_refusal(0x8A);
}

/// Admits everybody for a second.
class for_a_second final : public access {
 public:
  std::optional<admission> authenticate(const principal&, const credentials&,
                                        const std::shared_ptr<admission_reply>&) const noexcept override {
    const auto now = nanolib::system_clock().wall_now().time_since_epoch();
    return admission{reason_code::success, std::chrono::floor<std::chrono::seconds>(now).count() + 1};
  }
  permission authorize(const principal&, operation, std::string_view) const noexcept override { return {}; }
};

TEST_F(a_login, that_is_good_for_a_time_ends_with_it) {
  running subject(with(std::make_shared<const for_a_second>()));
  for (const unsigned keep_alive : {0U, 60U}) {
    for (const version v : {version::v3_1_1, version::v5}) {
      raw_client one = subject.join("one", {.keep_alive = keep_alive}, v);
      one.expect_disconnect(0x87);
    }
  }
}

/// Takes as long as the test wants. Thread: thread-safe.
class blocked final : public nanomq::access::authenticator {
 public:
  finding verify(const principal&, nanolib::bytes) const noexcept override {
    std::unique_lock lock(mutex_);
    ++begun;
    changed_.wait(lock, [this] { return open_; });
    return verdict::admitted;
  }
  bool takes_long() const noexcept override { return true; }
  bool may_know(const principal&) const noexcept override { return true; }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  mutable std::atomic<int> begun = 0;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool open_ = false;
};

// THREATS 64.
TEST_F(a_login, flood_is_answered_with_busy_beyond_the_bound_and_stops_no_loop) {
  auto slow = std::make_unique<blocked>();
  blocked& gatekeeper = *slow;
  nanomq::access::access_control::parts parts;
  parts.chain.push_back(std::move(slow));
  parts.allow_anonymous = true;
  const auto workers = std::make_shared<nanomq::access::worker_pool>(1, 4);
  running subject(with(std::make_shared<const nanomq::access::access_control>(std::move(parts), workers)));
  std::vector<raw_client> flood;
  constexpr int many = 30;
  flood.reserve(many);
  for (int i = 0; i < many; ++i) {
    flood.push_back(subject.dial(i % 2 == 0 ? version::v5 : version::v3_1_1));
    flood.back().send(as("u", "flood" + std::to_string(i)));
    if (i == 0) until([&] { return gatekeeper.begun == 1; });
  }
  raw_client calm = subject.join("calm");
  calm.subscribe("t", 1);
  for (unsigned i = 1; i <= 20; ++i) {
    calm.publish({.topic = "t", .payload = "x", .qos = 1, .id = i});
    calm.expect_publish("t", "x");
  }
  int busy = 0;
  until([&] { return workers->refused() == many - 5; });
  gatekeeper.open();
  for (std::size_t i = 0; i < flood.size(); ++i) {
    const auto answer = flood[i].expect(support::CONNACK);
    if (answer.code == 0) continue;
    ++busy;
    EXPECT_EQ(answer.code, i % 2 == 0 ? 0x89U : 3U);
  }
  EXPECT_EQ(busy, many - 5);
}

}  // namespace
}  // namespace nanomq::broker::testing
