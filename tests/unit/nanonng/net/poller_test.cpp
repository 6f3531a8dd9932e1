#include "nanonng/net/poller.hpp"

#include <cerrno>
#include <vector>

#include "net_fixture.hpp"

namespace nanonng::net {
namespace {

struct counting_handler final : io_handler {
  void on_readable() noexcept override {
    ++readable;
    if (at_readable) at_readable();
  }
  void on_writable() noexcept override { ++writable; }
  std::function<void()> at_readable;
  int readable = 0;
  int writable = 0;
};

class poller_test : public ::testing::TestWithParam<poller_kind> {
 protected:
  std::size_t poll(nanolib::duration timeout = nanolib::duration(0)) {
    waiter->wait(timeout);
    return waiter->dispatch();
  }
  std::unique_ptr<poller> waiter = make_poller(GetParam()).value();
  test::socket_pair pair = test::make_pair();
  counting_handler handler;
};

TEST_P(poller_test, is_of_the_kind_asked_for) { EXPECT_EQ(waiter->kind(), GetParam()); }

TEST_P(poller_test, tells_what_was_asked_for_while_it_lasts) {
  ASSERT_TRUE(waiter->add(pair.near.get(), interest::read, handler));
  EXPECT_EQ(poll(), 0U);
  test::write_all(pair.far.get(), "x");
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(handler.readable, 2);
  EXPECT_EQ(handler.writable, 0);
  waiter->modify(pair.near.get(), interest::write, handler);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(handler.readable, 2);
  EXPECT_EQ(handler.writable, 1);
  waiter->modify(pair.near.get(), interest::read_write, handler);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(handler.readable, 3);
  EXPECT_EQ(handler.writable, 2);
  waiter->remove(pair.near.get(), handler);
  EXPECT_EQ(poll(), 0U);
}

TEST_P(poller_test, tells_of_a_peer_that_went) {
  ASSERT_TRUE(waiter->add(pair.near.get(), interest::read, handler));
  pair.far.reset();
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(handler.readable, 1);
}

TEST_P(poller_test, tells_nothing_to_what_another_handler_of_the_same_wait_removed) {
  std::vector<test::socket_pair> pairs;
  std::vector<std::unique_ptr<counting_handler>> handlers;
  int called = 0;
  for (int i = 0; i < 20; ++i) {
    pairs.push_back(test::make_pair());
    handlers.push_back(std::make_unique<counting_handler>());
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    // Whoever comes first removes and destroys all the others.
    handlers[i]->at_readable = [&, i] {
      ++called;
      for (std::size_t other = 0; other < pairs.size(); ++other) {
        if (other == i || handlers[other] == nullptr) continue;
        waiter->remove(pairs[other].near.get(), *handlers[other]);
        handlers[other].reset();
        pairs[other].near.reset();
      }
    };
    ASSERT_TRUE(waiter->add(pairs[i].near.get(), interest::read_write, *handlers[i]));
    test::write_all(pairs[i].far.get(), "x");
  }
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(called, 1);
}

TEST_P(poller_test, calls_on_writable_no_more_after_on_readable_removed_it) {
  ASSERT_TRUE(waiter->add(pair.near.get(), interest::read_write, handler));
  handler.at_readable = [&] { waiter->remove(pair.near.get(), handler); };
  test::write_all(pair.far.get(), "x");
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(handler.readable, 1);
  EXPECT_EQ(handler.writable, 0);
}

TEST_P(poller_test, tells_a_descriptor_added_by_a_handler_at_the_next_wait) {
  test::socket_pair second = test::make_pair();
  counting_handler later;
  test::write_all(pair.far.get(), "x");
  test::write_all(second.far.get(), "x");
  ASSERT_TRUE(waiter->add(pair.near.get(), interest::read, handler));
  handler.at_readable = [&] {
    if (handler.readable == 1) {
      ASSERT_TRUE(waiter->add(second.near.get(), interest::read, later));
    }
  };
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(later.readable, 0);
  EXPECT_EQ(poll(), 2U);
  EXPECT_EQ(later.readable, 1);
}

TEST_P(poller_test, refuses_a_descriptor_twice_and_one_that_is_none) {
  ASSERT_TRUE(waiter->add(pair.near.get(), interest::read, handler));
  const auto again = waiter->add(pair.near.get(), interest::read, handler);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), (nanolib::error{nanolib::error_domain::sys, EEXIST}));
  const auto none = waiter->add(-1, interest::read, handler);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, EBADF);
}

INSTANTIATE_TEST_SUITE_P(pollers, poller_test, ::testing::Values(poller_kind::epoll, poller_kind::poll),
                         ::nanonng::net::test::name_of);

TEST(make_poller, takes_the_better_one_by_itself) {
  const auto made = make_poller(poller_kind::automatic);
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->kind(), make_poller(poller_kind::epoll) ? poller_kind::epoll : poller_kind::poll);
}

}  // namespace
}  // namespace nanonng::net
