// Connections that are kept: how many, for whom, and what happens when they turn out to be closed.
#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "http_server.hpp"

namespace nanomq::http {
namespace {

using support::ask;
using support::failure;
using support::get;
using support::http_answer;
using support::http_peer;
using support::http_server;

client_options patient(std::size_t pool_size = 4) {
  client_options how;
  how.connect_timeout = how.timeout = how.idle_timeout = nanolib::duration(60'000);
  how.pool_size = pool_size;
  return how;
}

void answer_one(http_peer& peer) {
  static_cast<void>(peer.read());
  peer.send(http_answer(""));
}

TEST(http_client_pool, uses_a_connection_again) {
  http_server server;
  client subject(patient());
  auto later = ask(subject, server.request());
  http_peer peer = server.accept();
  answer_one(peer);
  EXPECT_TRUE(get(std::move(later)));
  for (int i = 0; i < 5; ++i) {
    later = ask(subject, server.request());
    answer_one(peer);
    EXPECT_TRUE(get(std::move(later)));
  }
  EXPECT_EQ(subject.figures().connections, 1U);
}

TEST(http_client_pool, asks_again_when_a_kept_connection_was_closed) {
  http_server server;
  client subject(patient());
  auto later = ask(subject, server.request());
  http_peer first = server.accept();
  answer_one(first);
  EXPECT_TRUE(get(std::move(later)));
  later = ask(subject, server.request());
  static_cast<void>(first.read());
  first.finish();  // as one whose time has come just when the request was on its way
  http_peer second = server.accept();
  answer_one(second);
  EXPECT_TRUE(get(std::move(later)));
  EXPECT_EQ(subject.figures().repeated, 1U);
}

TEST(http_client_pool, asks_again_only_once_and_only_what_may_be_repeated) {
  http_server server;
  client subject(patient());
  for (const bool may : {true, false}) {
    auto later = ask(subject, server.request());
    http_peer first = server.accept();
    answer_one(first);
    EXPECT_TRUE(get(std::move(later)));
    request what = server.request(method::post);
    what.repeatable = may;
    later = ask(subject, what);
    static_cast<void>(first.read());
    first.finish();
    if (may) {
      http_peer second = server.accept();
      static_cast<void>(second.read());
      second.finish();
    }
    EXPECT_EQ(failure(std::move(later)), ECONNRESET);
  }
  EXPECT_EQ(subject.figures().repeated, 1U);
}

TEST(http_client_pool, notices_a_close_between_requests) {
  http_server server;
  client subject(patient());
  for (int i = 0; i < 3; ++i) {
    auto later = ask(subject, server.request());
    http_peer peer = server.accept();
    answer_one(peer);
    EXPECT_TRUE(get(std::move(later)));
    peer.finish();  // ends when the client has closed, too
  }
  EXPECT_EQ(subject.figures().repeated, 0U);
}

TEST(http_client_pool, closes_a_connection_that_says_something_unasked) {
  http_server server;
  client subject(patient());
  auto later = ask(subject, server.request());
  http_peer peer = server.accept();
  static_cast<void>(peer.read());
  peer.send(http_answer("") + http_answer("", "200 OK"));
  EXPECT_TRUE(get(std::move(later)));
  EXPECT_TRUE(peer.is_closed_by_client());
}

TEST(http_client_pool, has_no_more_connections_than_it_may_and_lets_the_others_wait) {
  http_server server;
  client subject(patient(2));
  std::vector<std::future<client::answer>> all;
  for (int i = 0; i < 10; ++i) all.push_back(ask(subject, server.request(method::get, "/" + std::to_string(i))));
  std::array<http_peer, 2> peers{server.accept(), server.accept()};
  // The one that is there first has more of them.
  for (int i = 0; i < 10; ++i) answer_one(peers[support::await_input(peers[0].socket(), peers[1].socket())]);
  for (auto& each : all) EXPECT_TRUE(get(std::move(each)));
  EXPECT_EQ(subject.figures().connections, 2U);
}

TEST(http_client_pool, refuses_at_once_what_finds_no_place) {
  http_server server;
  client_options how = patient(1);
  how.max_waiting = 2;
  client subject(how);
  std::vector<std::future<client::answer>> all;
  for (int i = 0; i < 3; ++i) all.push_back(ask(subject, server.request()));
  const auto refused = subject.send(server.request(), [](client::answer) noexcept {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (nanolib::error{nanolib::error_domain::sys, EAGAIN}));
  EXPECT_EQ(subject.figures().refused, 1U);
  http_peer peer = server.accept();
  for (auto& each : all) {
    answer_one(peer);
    EXPECT_TRUE(get(std::move(each)));
  }
  all.push_back(ask(subject, server.request()));
  answer_one(peer);
  EXPECT_TRUE(get(std::move(all.back())));
}

TEST(http_client_pool, gives_a_kept_connection_up_for_another_server) {
  http_server one;
  http_server other;
  client subject(patient(1));
  auto later = ask(subject, one.request());
  http_peer first = one.accept();
  answer_one(first);
  EXPECT_TRUE(get(std::move(later)));
  later = ask(subject, other.request());
  http_peer second = other.accept();
  answer_one(second);
  EXPECT_TRUE(get(std::move(later)));
  EXPECT_TRUE(first.is_closed_by_client());
}

TEST(http_client_pool, goes_on_after_a_request_that_took_too_long) {
  http_server server;
  client_options how = patient(1);
  how.timeout = nanolib::duration(2'000);
  client subject(how);
  auto slow = ask(subject, server.request());
  http_peer first = server.accept();
  EXPECT_EQ(failure(std::move(slow)), ETIMEDOUT);
  EXPECT_FALSE(first.read().empty());
  EXPECT_TRUE(first.is_closed_by_client());
  const client_figures now = subject.figures();
  EXPECT_EQ(now.waiting + now.running, 0U);
}

TEST(http_client_pool, closes_what_has_not_been_used_for_long) {
  http_server server;
  client_options how = patient();
  how.idle_timeout = nanolib::duration(1);
  client subject(how);
  auto later = ask(subject, server.request());
  http_peer peer = server.accept();
  answer_one(peer);
  EXPECT_TRUE(get(std::move(later)));
  EXPECT_TRUE(peer.is_closed_by_client());
}

}  // namespace
}  // namespace nanomq::http
