// Callbacks that wait, and callbacks that end their client or their subscription: what may not hang, leak or be called late.
#include <atomic>
#include <memory>
#include <utility>

#include "nanonng/sdk/coroutine.hpp"
#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

/// A scripted server that has granted "a" with QoS 1 to a client whose handler may come before the test has a name for it.
struct granted {
  granted(client_options options, std::function<void(client&, const message&)> handler, connack_packet with = {}) {
    c.emplace(server.url(), std::move(options));
    peer.emplace(server.accept());
    peer->welcome(with);
    const auto asked = c->subscribe("a", [this, handler](const message& m) { handler(*c, m); }, {.qos = 1});
    peer->grant();
    outcome(asked);
  }
  /// In one write.
  void send(unsigned count, unsigned qos) {
    octets all;
    for (unsigned id = 1; id <= count; ++id) {
      all.raw(publish_packet{.topic = "a", .payload = std::to_string(id), .qos = qos, .id = id}.encode(version::v5));
    }
    peer->send(all);
  }
  void answer_publish() { peer->send(acknowledgement{.kind = PUBACK, .id = peer->expect(PUBLISH).id}); }

  raw_server server;
  std::optional<client> c;
  std::optional<raw_peer> peer;
};

/// Ends by itself, however long it has to drain.
client_options lingering(client_options options = {}) {
  options = eager(std::move(options));
  options.linger = deadline;
  return options;
}

// ---- waiting ----

TEST(blocking_callbacks, hear_answers_that_stand_behind_more_messages_than_may_wait) {
  mailbox<std::string> handled;
  client_options options = eager();
  options.incoming.max_messages = 2;
  granted t(std::move(options), [&](client& c, const message& m) {
    c.publish("x", "y", {.qos = 1}).get();
    handled.put(std::string(m.text()));
  });
  t.send(6, 0);
  for (unsigned id = 1; id <= 6; ++id) {
    t.answer_publish();
    EXPECT_EQ(handled.take(), std::to_string(id));
  }
}

TEST(blocking_callbacks, are_refused_when_far_more_messages_wait_than_may) {
  mailbox<nanolib::error> refused;
  std::atomic<bool> first{true};
  client_options options = eager();
  options.incoming.max_messages = 2;
  granted t(std::move(options), [&](client& c, const message&) {
    if (first.exchange(false)) refused.put(c.publish("x", "y", {.qos = 1}).wait().error());
  });
  t.send(30, 0);
  EXPECT_EQ(refused.take(), errors::would_deadlock);
  t.answer_publish();
  EXPECT_TRUE(outcome(t.c->publish("x", "0")).has_value()) << "reading goes on";
}

TEST(blocking_callbacks, do_not_keep_the_authenticator_from_connecting_anew) {
  mailbox<bool> handled;
  const auto with = [] {
    return connack_packet{.props = server_properties().text(property::authentication_method, "M")};
  };
  client_options options = eager();
  options.authenticator = {.method = "M", .first_data = [] { return std::string("d"); }};
  granted t(
      std::move(options),
      [&](client& c, const message&) { handled.put(c.publish("x", "y", {.qos = 1}).wait().has_value()); }, with());
  t.send(1, 0);
  t.peer->expect(PUBLISH);
  t.peer->close();
  t.peer.emplace(t.server.accept());
  t.peer->welcome(with());
  t.peer->grant();
  t.answer_publish();
  EXPECT_TRUE(handled.take());
}

TEST(blocking_callbacks, on_the_io_thread_may_not_wait_for_a_client_that_they_made) {
  mailbox<nanolib::error> got;
  client_options options;
  options.callbacks = callback_mode::io_thread;
  raw_server server;
  client c(server.url(), eager(options));
  raw_peer peer = server.accept();
  peer.welcome();
  c.publish("x", "y").then([&](const auto&) {
    client other(server.url(), eager(options));
    got.put(other.publish("a", "b", {.qos = 1}).wait().error());
  });
  EXPECT_EQ(got.take(), errors::would_deadlock);
}

// ---- ending a subscription ----

TEST(unsubscribing, is_done_when_the_handler_has_returned) {
  mailbox<bool> entered;
  mailbox<bool> go_on;
  granted t(eager(), [&](client&, const message&) {
    entered.put(true);
    go_on.take();
  });
  t.send(1, 0);
  entered.take();
  const auto asked = t.c->unsubscribe("a");
  const auto behind = t.c->publish("x", "y", {.qos = 1});
  t.peer->send(suback_packet{.id = t.peer->expect(UNSUBSCRIBE).id, .kind = UNSUBACK});
  t.answer_publish();
  EXPECT_TRUE(outcome(behind).has_value());
  EXPECT_FALSE(asked.done());
  go_on.put(true);
  EXPECT_TRUE(outcome(asked).has_value());
}

TEST(unsubscribing, may_be_waited_for_in_the_handler) {
  mailbox<bool> done;
  granted t(eager(), [&](client& c, const message&) { done.put(c.unsubscribe("a").wait().has_value()); });
  t.send(1, 0);
  t.peer->send(suback_packet{.id = t.peer->expect(UNSUBSCRIBE).id, .kind = UNSUBACK});
  EXPECT_TRUE(done.take());
}

TEST(unsubscribing, that_somebody_else_began_may_be_waited_for_in_the_handler) {
  mailbox<operation<subscribe_outcome>> asked;
  mailbox<bool> entered;
  mailbox<bool> done;
  granted t(eager(), [&](client&, const message&) {
    entered.put(true);
    done.put(asked.take().wait().has_value());
  });
  t.send(1, 0);
  entered.take();
  asked.put(t.c->unsubscribe("a"));
  t.peer->send(suback_packet{.id = t.peer->expect(UNSUBSCRIBE).id, .kind = UNSUBACK});
  EXPECT_TRUE(done.take());
}

// ---- acknowledging ----

TEST(acknowledging, is_not_done_for_messages_that_no_handler_has_seen) {
  mailbox<int> calls;
  std::atomic<granted*> self = nullptr;
  granted t(lingering(), [&](client& c, const message&) {
    while (self == nullptr) std::this_thread::yield();
    static_cast<void>(c.publish("x", "last words", {.qos = 1}));
    self.load()->c.reset();
    calls.put(1);
  });
  self = &t;
  t.send(5, 1);
  calls.take();
  // Two packets, in any order.
  client_packet last_words = t.peer->next();
  client_packet answer = t.peer->next();
  if (last_words.kind == PUBACK) std::swap(last_words, answer);
  EXPECT_EQ(last_words.kind, PUBLISH);
  EXPECT_EQ(answer.kind, PUBACK);
  EXPECT_EQ(answer.id, 1) << "the only one whose handler has been called";
  t.peer->send(acknowledgement{.kind = PUBACK, .id = last_words.id});
  t.peer->expect(DISCONNECT);
  EXPECT_TRUE(calls.empty());
}

TEST(acknowledging, waits_for_the_last_of_several_handlers) {
  granted t(eager(), [](client&, const message&) {});
  const auto asked = t.c->subscribe(
      "+", [&](const message&) { static_cast<void>(t.c->publish("x", "from the second").wait()); }, {.qos = 1});
  t.peer->grant();
  outcome(asked);
  t.send(1, 1);
  EXPECT_EQ(t.peer->next().kind, PUBLISH);
  EXPECT_EQ(t.peer->next().kind, PUBACK);
}

// ---- ending the client ----

TEST(a_client_that_ends, lets_go_of_everything_when_it_was_closed_before_a_callback_destroyed_it) {
  auto kept = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = kept;
  raw_server server;
  client_options options = eager();
  options.on_subscription_lost = [kept = std::move(kept)](std::string_view, mqtt::reason_code) {};
  std::optional<client> c;
  c.emplace(server.url(), std::move(options));
  mailbox<bool> gone;
  c->close().then([&](const auto&) {
    c.reset();
    gone.put(true);
  });
  gone.take();
  eventually([&] { return watched.expired(); });
}

TEST(a_client_that_ends, may_do_so_on_the_io_thread) {
  mailbox<bool> gone;
  std::optional<client> c;
  mailbox<bool> online;
  raw_server server;
  client_options options = eager();
  options.on_state = [&](const state_change& change) {
    if (change.state == client_state::online) online.put(true);
  };
  c.emplace(server.url(), std::move(options));
  raw_peer peer = server.accept();
  peer.welcome();
  online.take();
  c->publish("x", "y", {.qos = 1}).then_inline([&](const auto&) {
    c.reset();
    gone.put(true);
  });
  peer.send(acknowledgement{.kind = PUBACK, .id = peer.expect(PUBLISH).id});
  EXPECT_TRUE(gone.take());
}

TEST(a_client_that_ends, asks_no_authenticator_any_more) {
  const auto with = connack_packet{.props = server_properties().text(property::authentication_method, "M")};
  auto kept = std::make_shared<std::atomic<bool>>(false);
  const std::weak_ptr<std::atomic<bool>> watched = kept;
  std::atomic<int> asked_late{0};
  mailbox<bool> destroyed;
  std::atomic<granted*> self = nullptr;
  client_options options = lingering();
  options.authenticator.method = "M";
  options.authenticator.first_data = [&asked_late, gone = kept.get(), kept] {
    if (*gone) ++asked_late;
    return std::string("d");
  };
  granted t(
      std::move(options),
      [&, gone = kept.get()](client& c, const message&) {
        while (self == nullptr) std::this_thread::yield();
        static_cast<void>(c.publish("x", "y", {.qos = 1}));
        self.load()->c.reset();
        *gone = true;
        destroyed.put(true);
      },
      with);
  kept.reset();
  self = &t;
  t.send(1, 0);
  destroyed.take();
  t.peer->expect(PUBLISH);
  t.peer->close();
  eventually([&] { return watched.expired(); });
  EXPECT_EQ(asked_late, 0);
}

/// Something that the loop comes to in its next turn.
class item final : public net::inbox_item {
 public:
  explicit item(std::function<void()> what) : what_(std::move(what)) {}
  void run() noexcept override { what_(); }

 private:
  std::function<void()> what_;
};

TEST(a_client_that_ends, runs_what_its_last_callbacks_attach) {
  mailbox<int> calls;
  raw_server server;
  client_options options = eager();
  options.callbacks = callback_mode::io_thread;
  options.io = *io_thread::create();
  net::event_loop& loop = options.io->loop();
  client c(server.url(), options);
  const auto lost = c.publish("a", "b", {.qos = 1});
  // Due when the loop's part goes, which takes a turn: behind what is posted here.
  const auto late = [&, lost] {
    lost.then([&, lost](const auto&) {
      calls.put(2);
      lost.then([&](const auto&) { calls.put(3); });
    });
  };
  lost.then([&](const auto&) {
    calls.put(1);
    loop.post(std::make_unique<item>(late));
  });
  static_cast<void>(c.close());
  EXPECT_EQ(calls.take(), 1);
  EXPECT_EQ(calls.take(), 2);
  EXPECT_EQ(calls.take(), 3);
}

// ---- coroutines ----

operation<int> publish_and_count(client& c) {
  co_await c.publish("a", "b", {.qos = 1});
  co_return 1;
}

TEST(a_coroutine, has_what_its_continuations_throw_reported) {
  mailbox<bool> faults;
  raw_server server;
  client_options options = eager();
  options.on_fault = [&](const std::exception_ptr&) { faults.put(true); };
  client c(server.url(), std::move(options));
  raw_peer peer = server.accept();
  peer.welcome();
  publish_and_count(c).then([](const auto&) { throw std::runtime_error("no"); });
  peer.send(acknowledgement{.kind = PUBACK, .id = peer.expect(PUBLISH).id});
  EXPECT_TRUE(faults.take());
}

}  // namespace
}  // namespace nanonng::sdk::test
