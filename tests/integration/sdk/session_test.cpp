// What servers keep for a client, and what they do when it goes.
#include "server_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

class sessions : public with_server {};

TEST_P(sessions, outlive_the_process_when_asked_to) {
  {
    client c = join({.client_id = "stays", .clean_start = false});
    outcome(c.subscribe("a", {.qos = 1}));
  }
  client publisher = join();
  outcome(publisher.publish("a", "while away", {.qos = 1}));
  mailbox<std::string> got;
  mailbox<bool> present;
  client_options options{.client_id = "stays", .clean_start = false};
  options.on_message = [&](const message& m) { got.put(std::string(m.text())); };
  options.on_state = [&](const state_change& change) {
    if (change.state == client_state::online) present.put(change.session_present);
  };
  client c = join(std::move(options));
  EXPECT_TRUE(present.take());
  EXPECT_EQ(got.take(), "while away");
}

// Where there is a session, nothing is asked for again; where there is none, everything is.
TEST_P(sessions, or_subscriptions_are_there_again_after_a_cut) {
  cutting_proxy proxy(server->where());
  mailbox<bool> present;
  client_options options;
  options.on_state = [&](const state_change& change) {
    if (change.state == client_state::online) present.put(change.session_present);
  };
  mailbox<std::string> got;
  client c(proxy.url(), with(std::move(options)));
  outcome(c.subscribe("a", [&](const message& m) { got.put(std::string(m.text())); }));
  EXPECT_FALSE(present.take());
  client publisher = join();
  for (const char* round : {"1", "2", "3"}) {
    proxy.cut();
    EXPECT_EQ(present.take(), is_v5()) << "3.1.1 has no session that begins clean and outlives its connection";
    outcome(c.publish("x", "behind the subscription", {.qos = 1}));
    outcome(publisher.publish("a", round, {.qos = 2}));
    EXPECT_EQ(got.take(), round);
  }
}

TEST_P(sessions, end_with_the_client_otherwise) {
  {
    client c = join({.client_id = "goes"});
    outcome(c.subscribe("a", {.qos = 1}));
  }
  mailbox<bool> present;
  client_options options{.client_id = "goes", .clean_start = false};
  options.on_state = [&](const state_change& change) {
    if (change.state == client_state::online) present.put(change.session_present);
  };
  client c = join(std::move(options));
  EXPECT_FALSE(present.take());
}

TEST_P(sessions, publish_the_will_of_a_client_that_is_lost) {
  client witness = join();
  outcome(witness.subscribe("will"));
  cutting_proxy proxy(server->where());
  client lost(proxy.url(), with({.will = will_message{.topic = "will", .payload = "gone", .qos = 1}}));
  outcome(lost.publish("x", "here", {.qos = 1}));
  proxy.cut();
  EXPECT_EQ(outcome(witness.receive())->text(), "gone");
}

TEST_P(sessions, publish_the_will_of_a_client_that_asks_for_it) {
  client witness = join();
  outcome(witness.subscribe("will"));
  client leaving = join({.will = will_message{.topic = "will", .payload = "asked for"}});
  outcome(leaving.publish("x", "here", {.qos = 1}));
  outcome(leaving.close({.reason = mqtt::reason_code::disconnect_with_will}));
  EXPECT_EQ(outcome(witness.receive())->text(), "asked for");
}

TEST_P(sessions, keep_the_will_of_a_client_that_says_goodbye) {
  client witness = join();
  outcome(witness.subscribe("#"));
  {
    client leaving = join({.will = will_message{.topic = "will", .payload = "no"}});
    outcome(leaving.publish("x", "here", {.qos = 1}));
  }
  outcome(witness.publish("x", "marker", {.qos = 1}));
  EXPECT_EQ(outcome(witness.receive())->text(), "here");
  EXPECT_EQ(outcome(witness.receive())->text(), "marker");
}

TEST_P(sessions, are_taken_over_by_a_client_with_the_same_id) {
  mailbox<nanolib::error> why;
  client_options options = with({.client_id = "same"});
  options.on_state = [&](const state_change& change) {
    if (change.state == client_state::offline || change.state == client_state::closed) why.put(change.why);
  };
  options.reconnect = {.minimum = 1h, .maximum = 1h, .after_refusal = false};
  client first(server->url(), std::move(options));
  outcome(first.publish("x", "here", {.qos = 1}));
  client second = join({.client_id = "same"});
  outcome(second.publish("x", "here", {.qos = 1}));
  const nanolib::error said = why.take();
  if (is_v5() && GetParam().server == server_kind::nanomq) {
    EXPECT_EQ(said.code, static_cast<int>(mqtt::reason_code::session_taken_over));
    EXPECT_EQ(first.state(), client_state::closed) << "else the two would throw each other out for ever";
  }
  outcome(second.publish("x", "still here", {.qos = 1}));
  EXPECT_EQ(second.statistics().connections, 1);
}

WITH_EVERY_SERVER(sessions);

}  // namespace
}  // namespace nanonng::sdk::test
