// The contract of callbacks: which thread, what may be done there, what happens to exceptions, and when the client goes.
#include <atomic>
#include <set>

#include "nanonng/sdk/coroutine.hpp"
#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

/// A scripted server that has granted "a" to a client.
struct connected {
  explicit connected(client_options options, message_handler handler) {
    c.emplace(server.url(), eager(std::move(options)));
    peer.emplace(server.accept());
    peer->welcome();
    const auto asked = c->subscribe("a", std::move(handler));
    peer->grant();
    outcome(asked);
  }
  void send(const std::string& payload, unsigned qos = 0, unsigned id = 0) {
    peer->send(publish_packet{.topic = "a", .payload = payload, .qos = qos, .id = id});
  }
  /// In one write, so that nothing is still on its way when the handler of the first closes the connection: bytes that reach
  /// a closed socket reset it, and a reset throws away what this end has not yet read.
  void send_together(const std::string& first, const std::string& second) {
    octets both = publish_packet{.topic = "a", .payload = first}.encode(version::v5);
    peer->send(both.raw(publish_packet{.topic = "a", .payload = second}.encode(version::v5)));
  }
  raw_server server;
  std::optional<client> c;
  std::optional<raw_peer> peer;
};

TEST(callbacks, run_on_one_thread_that_is_not_the_caller_s_and_not_the_loop_s) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  mailbox<int> done;
  const auto here = [&](int mark) {
    {
      const std::lock_guard held(mutex);
      threads.insert(std::this_thread::get_id());
    }
    done.put(mark);
  };
  client_options options;
  options.on_state = [&](const state_change&) { here(0); };
  connected t(std::move(options), [&](const message&) { here(1); });
  t.c->publish("x", "y").then([&](auto) { here(2); });
  t.send("m");
  for (int marks = 0; marks != 3;) marks |= done.take();
  const std::lock_guard held(mutex);
  EXPECT_EQ(threads.size(), 1);
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST(callbacks, may_wait_for_other_operations) {
  mailbox<std::string> done;
  std::atomic<connected*> self = nullptr;
  connected t({}, [&](const message& m) {
    while (self == nullptr) std::this_thread::yield();
    self.load()->c->publish("x", "from the handler", {.qos = 1}).get();
    done.put(std::string(m.text()));
  });
  self = &t;
  t.send("1");
  t.peer->send(acknowledgement{.kind = PUBACK, .id = t.peer->expect(PUBLISH).id});
  EXPECT_EQ(done.take(), "1");
}

TEST(callbacks, that_throw_are_reported_and_harm_nobody) {
  mailbox<std::string> faults;
  mailbox<std::string> got;
  client_options options;
  options.on_fault = [&](const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& known) {
      faults.put(known.what());
    } catch (...) {
      faults.put("something else");
    }
  };
  connected t(std::move(options), [&](const message& m) {
    if (m.text() == "bad") throw std::runtime_error("bad message");
    if (m.text() == "worse") throw 1;
    got.put(std::string(m.text()));
  });
  t.send("bad", 1, 3);
  t.send("worse");
  t.send("good");
  EXPECT_EQ(faults.take(), "bad message");
  EXPECT_EQ(faults.take(), "something else");
  EXPECT_EQ(got.take(), "good");
  EXPECT_EQ(t.peer->expect(PUBACK).id, 3) << "the server need not send it for ever";
  EXPECT_EQ(t.c->statistics().faults, 2);
}

TEST(callbacks, may_destroy_their_client) {
  mailbox<std::string> got;
  std::atomic<connected*> self = nullptr;
  connected t({}, [&](const message& m) {
    while (self == nullptr) std::this_thread::yield();
    self.load()->c.reset();
    got.put(std::string(m.text()));
  });
  const auto pending = t.c->receive();
  self = &t;
  t.send_together("first", "second");
  EXPECT_EQ(got.take(), "first");
  t.peer->expect(DISCONNECT);
  t.peer->close();
  EXPECT_EQ(error_of(pending), errors::closed);
  EXPECT_TRUE(got.empty()) << "no handler is called after that";
}

TEST(callbacks, may_destroy_their_client_when_its_state_changes) {
  raw_server server;
  mailbox<bool> gone;
  std::optional<client> c;
  std::atomic<bool> ready{false};
  client_options options = eager();
  options.on_state = [&](const state_change& change) {
    if (change.state != client_state::online) return;
    while (!ready) std::this_thread::yield();
    c.reset();
    gone.put(true);
  };
  c.emplace(server.url(), std::move(options));
  ready = true;
  raw_peer peer = server.accept();
  peer.welcome();
  gone.take();
  peer.expect(DISCONNECT);
}

TEST(callbacks, may_close_their_client) {
  std::atomic<connected*> self = nullptr;
  mailbox<bool> closed;
  connected t({}, [&](const message&) {
    while (self == nullptr) std::this_thread::yield();
    closed.put(self.load()->c->close().wait().has_value());
  });
  self = &t;
  t.send("1");
  t.peer->expect(DISCONNECT);
  t.peer->close();
  EXPECT_TRUE(closed.take());
}

TEST(callbacks, that_were_due_run_before_the_client_is_gone) {
  std::atomic<int> calls{0};
  raw_server server;
  {
    client c(server.url(), eager());
    for (int i = 0; i < 10; ++i) c.publish("a", "b", {.qos = 1}).then([&](auto) { ++calls; });
  }
  EXPECT_EQ(calls, 10);
}

TEST(callbacks, run_at_once_when_the_client_is_gone) {
  raw_server server;
  operation<publish_outcome> what;
  {
    client c(server.url(), eager());
    what = c.publish("a", "b", {.qos = 1});
  }
  bool called = false;
  what.then([&](nanolib::result<publish_outcome> ended) {
    called = true;
    EXPECT_EQ(ended, nanolib::result<publish_outcome>(std::unexpected(errors::closed)));
  });
  EXPECT_TRUE(called);
  what.cancel();
}

operation<std::string> ask_twice(client& c) {
  const message first = co_await c.receive();
  co_await c.publish("x", first.text(), {.qos = 1});
  const message second = co_await c.receive();
  co_return std::string(first.text()) + std::string(second.text());
}

TEST(callbacks, go_on_with_coroutines) {
  raw_server server;
  client c(server.url(), eager());
  const auto subscribed = c.subscribe("a");
  raw_peer peer = server.accept();
  peer.welcome();
  peer.grant();
  outcome(subscribed);
  const auto asked = ask_twice(c);
  peer.send(publish_packet{.topic = "a", .payload = "1"});
  peer.send(acknowledgement{.kind = PUBACK, .id = peer.expect(PUBLISH).id});
  peer.send(publish_packet{.topic = "a", .payload = "2"});
  EXPECT_EQ(outcome(asked), nanolib::result<std::string>("12"));
}

// ---- on the I/O thread ----

client_options inline_options() {
  client_options options;
  options.callbacks = callback_mode::io_thread;
  return options;
}

TEST(inline_callbacks, run_on_the_thread_that_does_the_io) {
  mailbox<std::thread::id> got;
  connected t(inline_options(), [&](const message&) { got.put(std::this_thread::get_id()); });
  t.send("1", 1, 5);
  const std::thread::id handler = got.take();
  EXPECT_EQ(t.peer->expect(PUBACK).id, 5);
  t.c->publish("x", "y").then([&](auto) { got.put(std::this_thread::get_id()); });
  EXPECT_EQ(got.take(), handler);
  EXPECT_EQ(t.peer->expect(PUBLISH).qos(), 0);
  t.c->publish("x", "z", {.qos = 1}).then_inline([&](auto) { got.put(std::this_thread::get_id()); });
  t.peer->send(acknowledgement{.kind = PUBACK, .id = t.peer->expect(PUBLISH).id});
  EXPECT_EQ(got.take(), handler) << "it is the loop's";
}

TEST(inline_callbacks, cannot_wait) {
  mailbox<nanolib::error> got;
  std::atomic<connected*> self = nullptr;
  connected t(inline_options(), [&](const message&) {
    while (self == nullptr) std::this_thread::yield();
    got.put(self.load()->c->publish("x", "y", {.qos = 1}).wait().error());
  });
  self = &t;
  t.send("1");
  EXPECT_EQ(got.take(), errors::would_deadlock);
  t.peer->expect(PUBLISH);
}

TEST(inline_callbacks, fail_to_publish_when_the_queue_is_full) {
  mailbox<nanolib::error> got;
  std::atomic<connected*> self = nullptr;
  client_options options = inline_options();
  options.outgoing.max_messages = 1;
  connected t(std::move(options), [&](const message&) {
    while (self == nullptr) std::this_thread::yield();
    static_cast<void>(self.load()->c->publish("x", "1", {.qos = 1}));
    got.put(self.load()->c->publish("x", "2", {.qos = 1}).wait().error());
  });
  self = &t;
  t.send("1");
  EXPECT_EQ(got.take(), errors::queue_full);
}

TEST(inline_callbacks, may_destroy_their_client) {
  mailbox<bool> gone;
  std::atomic<connected*> self = nullptr;
  connected t(inline_options(), [&](const message&) {
    while (self == nullptr) std::this_thread::yield();
    self.load()->c.reset();
    gone.put(true);
  });
  self = &t;
  t.send_together("1", "2");
  gone.take();
  t.peer->expect(DISCONNECT);
  t.peer->close();
}

TEST(inline_callbacks, that_throw_are_reported) {
  mailbox<bool> faults;
  client_options options = inline_options();
  options.on_fault = [&](const std::exception_ptr&) { faults.put(true); };
  connected t(std::move(options), [](const message&) { throw std::runtime_error("no"); });
  t.send("1");
  faults.take();
  outcome(t.c->publish("x", "y"));
}

}  // namespace
}  // namespace nanonng::sdk::test
