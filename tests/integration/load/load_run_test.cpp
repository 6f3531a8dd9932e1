// Whole runs of load against a broker in the test's own process.
#include "nanomq/tools/load_run.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "loopback_port.hpp"
#include "nanomq/broker/broker.hpp"

namespace {

using namespace nanomq::tools;
using namespace std::chrono_literals;
using nanolib::quality_of_service;
using nanomq::broker::broker;
using nanomq::broker::broker_options;
using nanonng::mqtt::protocol_version;
using nanonng::net::endpoint;

constexpr std::array every_qos{quality_of_service::at_most_once, quality_of_service::at_least_once,
                               quality_of_service::exactly_once};

/// Does what a test wants when a phase begins or progress is told.
class acting_observer final : public load_observer {
 public:
  std::function<void(const load_progress&)> progress;
  std::function<void(load_phase)> phase;

 private:
  void on_progress(const load_progress& now) override {
    if (progress) progress(now);
  }
  void on_phase(load_phase next) override {
    if (phase) phase(next);
  }
};

class load_test : public testing::Test {
 protected:
  void start(broker_options options = {}, std::uint16_t port = 0) {
    options.listeners = {endpoint{endpoint::transport::tcp, "127.0.0.1", port}};
    options.shards = 2;
    options.sys_interval = nanolib::duration(0);
    std::string why;
    auto opened = broker::open(std::move(options), why);
    ASSERT_TRUE(opened) << why;
    broker_ = std::move(*opened);
    ASSERT_TRUE(broker_->start());
    where_ = broker_->listeners().front().where;
  }
  void stop_broker() { broker_.reset(); }

  [[nodiscard]] load_plan plan_for(load_kind kind, std::uint32_t clients) const {
    load_plan plan;
    plan.kind = kind;
    plan.target = resolve(where_).value().front();
    plan.clients = clients;
    plan.connect_interval = 0ns;
    plan.message_interval = 0ns;
    plan.message.payload = make_filler(32);
    return plan;
  }
  [[nodiscard]] load_plan roundtrip(std::uint32_t clients, std::uint64_t limit) const {
    load_plan plan = plan_for(load_kind::roundtrip, clients);
    plan.limit = limit;
    return plan;
  }
  static load_report run(const load_plan& plan) {
    load_observer nobody;
    auto made = load_run::create(plan);
    if (!made) throw std::runtime_error(made.error());
    return (*made)->run(nobody);
  }
  static void expect_complete(const load_plan& plan, std::uint64_t messages, std::uint64_t copies = 1) {
    const load_report report = run(plan);
    EXPECT_TRUE(report.is_clean(plan)) << summary(plan, report);
    EXPECT_EQ(report.totals[load_count::sent], messages);
    EXPECT_EQ(report.totals[load_count::received], messages * copies);
    EXPECT_EQ(report.latency.count(), messages * copies);
    const bool answered = plan.message.qos != quality_of_service::at_most_once;
    EXPECT_EQ(report.totals[load_count::acknowledged], answered ? messages : 0);
    EXPECT_EQ(report.acknowledged.count(), answered ? messages : 0);
  }

  std::unique_ptr<broker> broker_;
  endpoint where_;
};

TEST_F(load_test, accounts_for_every_message_of_every_version_and_qos) {
  start();
  for (const auto version : {protocol_version::v3_1, protocol_version::v3_1_1, protocol_version::v5}) {
    for (const auto qos : every_qos) {
      load_plan plan = roundtrip(3, 600);
      plan.who.version = version;
      plan.message.qos = plan.subscribe_qos = qos;
      expect_complete(plan, 600);
    }
  }
}

TEST_F(load_test, accounts_for_many_to_one_and_one_to_many) {
  start();
  load_plan plan = roundtrip(20, 400);
  plan.pattern = load_pattern::fan_in;
  plan.message.qos = plan.subscribe_qos = quality_of_service::at_least_once;
  expect_complete(plan, 400);
  plan.pattern = load_pattern::fan_out;
  expect_complete(plan, 400, 20);
}

TEST_F(load_test, spreads_pairs_over_threads) {
  start();
  load_plan plan = roundtrip(7, 500);
  plan.threads = 3;
  expect_complete(plan, 500);
}

TEST_F(load_test, keeps_a_rate_and_a_limit) {
  start();
  load_plan plan = roundtrip(4, 200);
  plan.message_interval = 1ms;
  expect_complete(plan, 200);
}

TEST_F(load_test, takes_payloads_that_go_in_many_pieces) {
  start();
  load_plan plan = roundtrip(2, 20);
  plan.message.payload = make_filler(300'000);
  expect_complete(plan, 20);
}

TEST_F(load_test, publishes_until_its_limit_and_says_how_long_answers_took) {
  start();
  load_plan plan = plan_for(load_kind::publish, 5);
  plan.limit = 101;
  plan.message.qos = quality_of_service::exactly_once;
  const load_report report = run(plan);
  EXPECT_TRUE(report.is_clean(plan)) << summary(plan, report);
  EXPECT_EQ(report.totals[load_count::acknowledged], 101U);
  EXPECT_EQ(report.acknowledged.count(), 101U);
  EXPECT_EQ(report.unanswered, 0U);
}

TEST_F(load_test, writes_variables_into_topics_and_payloads) {
  start();
  load_plan sub = plan_for(load_kind::subscribe, 1);
  sub.message.topic = name_pattern("load/+/ann");
  sub.limit = 6;
  load_plan pub = plan_for(load_kind::publish, 2);
  pub.message.topic = name_pattern("load/%s/%u");
  pub.who.user_name = name_pattern("ann");
  pub.message.text = name_pattern("%c says %s");
  pub.who.client_identifier = name_pattern("other-%i");
  pub.limit = 6;
  load_report published;
  std::optional<std::jthread> publishing;
  acting_observer observer;
  observer.progress = [&](const load_progress& now) {
    if (now.totals[load_count::subscribed] == 1 && !publishing) publishing.emplace([&] { published = run(pub); });
  };
  auto subscribing = load_run::create(sub).value();
  const load_report report = subscribing->run(observer, 10ms);
  publishing.reset();
  EXPECT_EQ(report.totals[load_count::received], 6U);
  EXPECT_EQ(report.totals[load_count::unchecked], 6U);
  EXPECT_EQ(report.totals[load_count::payload_received], 6 * std::string_view("other-0 says 0").size());
}

TEST_F(load_test, follows_the_publishers_of_another_run) {
  start();
  load_plan sub = plan_for(load_kind::subscribe, 3);
  sub.message.topic = name_pattern("load/#");
  sub.limit = 3 * 400;
  load_plan pub = plan_for(load_kind::publish, 4);
  pub.who.client_identifier = name_pattern("other-%i");
  pub.message.topic = name_pattern("load/%i");
  pub.message_interval = 1ms;
  pub.limit = 400;
  std::optional<std::jthread> publishing;
  acting_observer observer;
  observer.progress = [&](const load_progress& now) {
    if (now.totals[load_count::subscribed] == 3 && !publishing) publishing.emplace([&] { (void)run(pub); });
  };
  auto subscribing = load_run::create(sub).value();
  const load_report report = subscribing->run(observer, 10ms);
  EXPECT_TRUE(report.is_clean(sub)) << summary(sub, report);
  EXPECT_EQ(report.totals[load_count::received], 1200U);
  EXPECT_EQ(report.arrivals.streams, 12U);
  EXPECT_EQ(report.latency.count(), 1200U);
}

TEST_F(load_test, holds_connections_until_it_is_stopped) {
  start();
  const load_plan plan = plan_for(load_kind::connect, 50);
  auto holding = load_run::create(plan).value();
  acting_observer observer;
  observer.progress = [&](const load_progress& now) {
    if (now.totals.open() == 50) holding->stop();
  };
  const load_report report = holding->run(observer, 10ms);
  EXPECT_TRUE(report.is_clean(plan)) << summary(plan, report);
  EXPECT_EQ(report.totals[load_count::opened], 50U);
  EXPECT_EQ(report.connecting.count(), 50U);
}

TEST_F(load_test, comes_from_the_sources_in_turn) {
  broker_options options;
  options.limits.max_connections_per_address = 2;
  start(std::move(options));
  load_plan plan = plan_for(load_kind::connect, 6);
  plan.duration = 1ms;
  for (const char* source : {"127.0.0.2", "127.0.0.3", "127.0.0.4"}) plan.sources.push_back(*parse_source(source));
  const load_report report = run(plan);
  EXPECT_EQ(report.totals[load_count::opened], 6U) << summary(plan, report);
}

TEST_F(load_test, counts_connections_that_are_refused_by_their_reason) {
  start();
  const load_plan plan = plan_for(load_kind::connect, 3);
  stop_broker();
  const load_report report = run(plan);
  EXPECT_EQ(report.totals[load_count::failed], 3U);
  ASSERT_EQ(report.failures.sorted().size(), 1U);
  EXPECT_EQ(describe(report.failures.sorted()[0].first), "Connection refused");
  EXPECT_FALSE(report.is_clean(plan));
}

TEST_F(load_test, counts_connections_that_are_never_answered) {
  // The system completes the handshake; nobody accepts.
  const auto deaf =
      nanonng::net::listening_socket::open({.kind = endpoint::transport::tcp, .host = "127.0.0.1", .port = 0}).value();
  where_ = deaf->where();
  load_plan plan = plan_for(load_kind::connect, 2);
  plan.who.connect_timeout = 2s;
  const load_report report = run(plan);
  ASSERT_EQ(report.failures.sorted().size(), 1U);
  EXPECT_EQ(report.failures.sorted()[0].first.what, failure::kind::connack_timeout);
  EXPECT_EQ(report.failures.total(), 2U);
}

TEST_F(load_test, begins_no_roundtrip_when_somebody_is_not_there) {
  broker_options options;
  options.limits.max_sessions = 5;
  start(std::move(options));
  const load_plan plan = roundtrip(3, 100);
  const load_report report = run(plan);
  EXPECT_TRUE(report.not_started);
  EXPECT_FALSE(report.is_clean(plan));
  EXPECT_EQ(report.totals[load_count::sent], 0U);
  EXPECT_GE(report.failures.total(), 1U);
}

TEST_F(load_test, says_why_nothing_can_be_sent_at_all) {
  broker_options options;
  options.limits.max_packet_size = 1'000;
  start(std::move(options));
  load_plan plan = plan_for(load_kind::publish, 1);
  plan.message.payload = make_filler(2'000);
  plan.limit = 1;
  auto made = load_run::create(plan).value();
  acting_observer observer;
  observer.progress = [&](const load_progress& now) {
    if (now.totals.open() == 1) made->stop();
  };
  const load_report report = made->run(observer, 10ms);
  EXPECT_EQ(report.refusal, "packet larger than the server allows");
  EXPECT_FALSE(report.is_clean(plan));
}

TEST_F(load_test, connects_anew_when_the_broker_comes_back) {
  start({}, nanomq::support::loopback_port());
  load_plan plan = plan_for(load_kind::connect, 5);
  plan.reconnect = true;
  plan.reconnect_delay = 20ms;
  auto holding = load_run::create(plan).value();
  acting_observer observer;
  bool restarted = false;
  observer.progress = [&](const load_progress& now) {
    if (!restarted && now.totals.open() == 5) {
      stop_broker();
      start({}, where_.port);
      restarted = true;
    } else if (restarted && now.totals[load_count::opened] >= 10 && now.totals.open() == 5) {
      holding->stop();
    }
  };
  const load_report report = holding->run(observer, 10ms);
  EXPECT_EQ(report.totals[load_count::opened], 10U) << summary(plan, report);
  EXPECT_EQ(report.totals[load_count::lost], 5U);
}

TEST_F(load_test, stops_at_once_when_it_is_told_twice) {
  start();
  load_plan plan = roundtrip(2, 0);
  auto made = load_run::create(plan).value();
  acting_observer observer;
  observer.progress = [&](const load_progress& now) {
    if (now.totals[load_count::received] == 0) return;
    made->stop();
    made->stop();
  };
  const load_report report = made->run(observer, 10ms);
  EXPECT_GT(report.totals[load_count::sent], 0U);
}

TEST_F(load_test, refuses_plans_that_do_not_go_together) {
  start();
  const auto refused = [](const load_plan& plan) { return !load_run::create(plan).has_value(); };
  load_plan plan = roundtrip(2, 1);
  EXPECT_FALSE(refused(plan));
  plan.message.payload = make_filler(15);
  EXPECT_TRUE(refused(plan));
  plan = roundtrip(2, 1);
  plan.message.topic = name_pattern("same/for/all");
  EXPECT_TRUE(refused(plan));
  plan.clients = 0;
  EXPECT_TRUE(refused(plan));
  plan = plan_for(load_kind::publish, 1);
  plan.message.topic = name_pattern("a/#");
  EXPECT_TRUE(refused(plan));
  plan.kind = load_kind::subscribe;
  EXPECT_FALSE(refused(plan));
  plan.message.topic = name_pattern("a/#/b");
  EXPECT_TRUE(refused(plan));
}

}  // namespace
