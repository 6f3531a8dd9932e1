#include "nanonng/net/event_loop.hpp"

#include <string>
#include <thread>
#include <vector>

#include "manual_clock.hpp"
#include "net_fixture.hpp"

namespace nanonng::net {
namespace {

using namespace std::chrono_literals;

class event_loop_test : public test::on_each_poller {};
ON_EACH_POLLER(event_loop_test);

struct calling_item final : inbox_item {
  explicit calling_item(std::function<void()> work) : work_(std::move(work)) {}
  void run() noexcept override { work_(); }
  std::function<void()> work_;
};

struct calling_timer : timer {
  explicit calling_timer(std::function<void()> work) noexcept
      : timer([](timer& self, nanolib::instant) noexcept { static_cast<calling_timer&>(self).work_(); }),
        work_(std::move(work)) {}
  std::function<void()> work_;
};

TEST_P(event_loop_test, reads_its_clock_for_each_turn) {
  nanomq::test::manual_clock clock;
  remake({.clock = &clock});
  turn();
  const auto before = loop->now();
  clock.advance(5s);
  EXPECT_EQ(loop->now(), before);
  turn();
  EXPECT_EQ(loop->now(), before + 5s);
}

TEST_P(event_loop_test, calls_timers_by_its_clock) {
  nanomq::test::manual_clock clock;
  remake({.clock = &clock});
  int calls = 0;
  calling_timer waiting([&] { ++calls; });
  loop->timers().set(waiting, loop->now() + 1s);
  turn();
  EXPECT_EQ(calls, 0);
  clock.advance(1s + 128ms);
  loop->turn(nanolib::duration(-1));  // does not sleep: the timer is due
  EXPECT_EQ(calls, 1);
}

TEST_P(event_loop_test, wakes_for_a_timer_of_the_machines_clock) {
  calling_timer waiting([&] { loop->stop(); });
  loop->timers().set(waiting, loop->now() + 1ms);
  loop->run();
  EXPECT_GE(nanolib::system_clock().now(), loop->now());
  EXPECT_TRUE(loop->stopping());
}

TEST_P(event_loop_test, goes_through_a_turn_in_the_order_of_its_description) {
  struct hooks final : event_loop::turn_hooks {
    explicit hooks(std::string& to) : order(to) {}
    void before_flush() noexcept override { order += "4"; }
    void after_flush() noexcept override { order += "5"; }
    std::string& order;
  };
  nanomq::test::manual_clock clock;
  remake({.clock = &clock});
  std::string order;
  hooks at_turn(order);
  loop->set_hooks(&at_turn);
  auto pair = test::make_pair();
  test::remembering_handler handler;
  handler.parse = [&](nanolib::bytes input) {
    order += "1";
    return connection_handler::consumed{input.size(), 0};
  };
  auto link = connect(pair.near, handler);
  calling_timer waiting([&] { order += "3"; });
  loop->timers().set(waiting, loop->now());
  loop->post(std::make_unique<calling_item>([&] { order += "2"; }));
  test::write_all(pair.far.get(), "x");
  turn();
  EXPECT_EQ(order, "12345");
}

TEST_P(event_loop_test, flushes_after_the_first_hook_and_before_the_second) {
  auto pair = test::make_pair();
  test::remembering_handler handler;
  auto link = connect(pair.near, handler);
  struct hooks final : event_loop::turn_hooks {
    void before_flush() noexcept override { link->append(nanolib::as_bytes("from the hook")); }
    void after_flush() noexcept override { seen += test::read_all(far); }
    connection* link = nullptr;
    int far = -1;
    std::string seen;
  } at_turn;
  at_turn.link = link.get();
  at_turn.far = pair.far.get();
  loop->set_hooks(&at_turn);
  turn();
  EXPECT_EQ(at_turn.seen, "from the hook");
}

TEST_P(event_loop_test, sends_in_the_next_turn_without_sleep_what_the_second_hook_appends) {
  auto pair = test::make_pair();
  test::remembering_handler handler;
  auto link = connect(pair.near, handler);
  struct hooks final : event_loop::turn_hooks {
    void after_flush() noexcept override {
      if (link != nullptr) std::exchange(link, nullptr)->append(nanolib::as_bytes("late"));
    }
    connection* link = nullptr;
  } at_turn;
  at_turn.link = link.get();
  loop->set_hooks(&at_turn);
  turn();
  EXPECT_EQ(test::read_all(pair.far.get()), "");
  loop->turn(nanolib::duration(-1));
  EXPECT_EQ(test::read_all(pair.far.get()), "late");
}

TEST_P(event_loop_test, lets_others_free_what_it_could_see_while_it_sleeps_and_once_a_turn) {
  struct marked final : nanolib::quiescence::retired {
    explicit marked(int& count) : freed(count) {}
    ~marked() override { ++freed; }
    int& freed;
  };
  nanolib::quiescence readers(2);
  remake({.readers = &readers, .reader = 0});
  int freed = 0;
  loop->post(std::make_unique<calling_item>([&] {
    readers.retire(std::make_unique<marked>(freed));
    EXPECT_EQ(freed, 0);
  }));
  turn();
  EXPECT_EQ(freed, 1);
  std::thread sleeper([&] { loop->run(); });
  readers.retire(std::make_unique<marked>(freed));
  // The other reader is offline; once the loop sleeps it is too, and this thread's quiet points free everything.
  readers.online(1);
  while (readers.waiting() != 0) readers.quiet(1);
  readers.offline(1);
  loop->stop();
  sleeper.join();
  EXPECT_EQ(freed, 2);
  loop.reset();  // says goodbye to the readers, which end with this test
}

TEST_P(event_loop_test, stops_when_told_before_it_runs) {
  loop->stop();
  loop->run();
  EXPECT_TRUE(loop->stopping());
}

TEST_P(event_loop_test, gives_every_connection_the_same_input_buffer) {
  remake({.input_size = 65536});
  EXPECT_EQ(loop->input().size(), 65536U);
  remake({.input_size = 1});
  EXPECT_GE(loop->input().size(), 4096U) << "too small to hold a packet at all is not taken literally";
}

}  // namespace
}  // namespace nanonng::net
