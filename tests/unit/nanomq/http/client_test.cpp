// One request and what can become of it, over real sockets.
#include "nanomq/http/client.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "http_server.hpp"

namespace nanomq::http {
namespace {

using support::ask;
using support::failure;
using support::get;
using support::http_answer;
using support::http_peer;
using support::http_server;

client_options patient() {
  client_options how;
  how.connect_timeout = how.timeout = nanolib::duration(60'000);
  return how;
}

TEST(http_client, asks_and_is_answered) {
  http_server server;
  client subject(patient());
  request what = server.request(method::post, "/auth?a=b");
  what.headers = {{"Content-Type", "application/json"}, {"X-Key", "k"}};
  what.body = "{}";
  auto later = ask(subject, what);
  http_peer peer = server.accept();
  EXPECT_EQ(peer.read(), "POST /auth?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                             "\r\nContent-Type: application/json\r\nX-Key: k\r\nUser-Agent: nanomq\r\n"
                             "Content-Length: 2\r\n\r\n{}");
  peer.send(http_answer("yes", "201 Created", "X-A: b\r\n"));
  const client::answer said = get(std::move(later));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->status, 201);
  EXPECT_EQ(said->body, "yes");
  EXPECT_EQ(said->value("x-a"), "b");
  const client_figures now = subject.figures();
  EXPECT_EQ(now.requests, 1U);
  EXPECT_EQ(now.answers, 1U);
  EXPECT_EQ(now.waiting + now.running, 0U);
}

TEST(http_client, sends_no_length_with_a_get) {
  http_server server;
  client subject(patient());
  auto later = ask(subject, server.request());
  http_peer peer = server.accept();
  EXPECT_EQ(peer.read().find("Content-Length"), std::string::npos);
  peer.send(http_answer(""));
  EXPECT_TRUE(get(std::move(later)));
}

TEST(http_client, takes_an_answer_in_pieces_and_chunks) {
  http_server server;
  client subject(patient());
  auto later = ask(subject, server.request());
  http_peer peer = server.accept();
  static_cast<void>(peer.read());
  for (const char c :
       std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")) {
    peer.send(std::string(1, c));
  }
  const client::answer said = get(std::move(later));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->body, "hello");
}

TEST(http_client, reads_to_the_end_of_a_connection_without_a_length) {
  http_server server;
  client subject(patient());
  auto later = ask(subject, server.request());
  http_peer peer = server.accept();
  static_cast<void>(peer.read());
  peer.send("HTTP/1.0 200 OK\r\n\r\nhello");
  peer.finish();
  const client::answer said = get(std::move(later));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->body, "hello");
  EXPECT_TRUE(said->ended_by_close);
}

TEST(http_client, does_not_follow_redirects) {
  http_server server;
  client subject(patient());
  auto later = ask(subject, server.request());
  http_peer peer = server.accept();
  static_cast<void>(peer.read());
  peer.send(http_answer("", "302 Found", "Location: http://127.0.0.1:1/\r\n"));
  const client::answer said = get(std::move(later));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->status, 302);
}

TEST(http_client, tells_a_cut_answer_from_a_whole_one) {
  http_server server;
  client subject(patient());
  for (const char* text : {"", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"}) {
    auto later = ask(subject, server.request());
    http_peer peer = server.accept();
    static_cast<void>(peer.read());
    peer.send(text);
    peer.finish();
    EXPECT_EQ(failure(std::move(later)), ECONNRESET) << text;
  }
}

TEST(http_client, refuses_an_answer_beyond_the_bounds) {
  http_server server;
  client subject(patient());
  for (const std::string& text :
       {"HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'), http_answer(std::string(65'537, 'x')),
        "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x')}) {
    auto later = ask(subject, server.request());
    http_peer peer = server.accept();
    static_cast<void>(peer.read());
    peer.send(text);
    EXPECT_EQ(failure(std::move(later)), EMSGSIZE);
  }
}

TEST(http_client, refuses_what_is_no_http) {
  http_server server;
  client subject(patient());
  auto later = ask(subject, server.request());
  http_peer peer = server.accept();
  peer.send("220 mail.example ESMTP\r\n");
  EXPECT_EQ(failure(std::move(later)), EPROTO);
  EXPECT_EQ(subject.figures().failures, 1U);
}

TEST(http_client, says_that_nobody_listens) {
  http_server server;
  const request what = server.request();
  server.close();
  client subject(patient());
  EXPECT_EQ(failure(ask(subject, what)), ECONNREFUSED);
}

TEST(http_client, says_that_a_name_is_not_known) {
  client subject(patient());
  const client::answer said = get(ask(subject, {.where = {.host = std::string(64, 'x'), .port = 80}}));
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().domain, nanolib::error_domain::config);
}

TEST(http_client, waits_no_longer_than_it_was_told) {
  http_server server;
  client_options how = patient();
  how.timeout = nanolib::duration(50);
  client subject(how);
  auto silent = ask(subject, server.request());
  EXPECT_EQ(failure(std::move(silent)), ETIMEDOUT);
  auto later = ask(subject, server.request());
  http_peer first = server.accept();
  EXPECT_EQ(failure(std::move(later)), ETIMEDOUT);
  EXPECT_EQ(subject.figures().timeouts, 2U);
}

TEST(http_client, refuses_a_request_that_would_have_two_meanings) {
  http_server server;
  client subject(patient());
  const auto refusal = [&](const request& what) {
    const auto sent = subject.send(what, [](client::answer) noexcept {});
    return sent ? 0 : sent.error().code;
  };
  request what = server.request();
  what.headers = {{"X-A", "b\r\nX-Evil: 1"}};
  EXPECT_EQ(refusal(what), EINVAL);
  what.headers = {{"X-A\r\n", "b"}};
  EXPECT_EQ(refusal(what), EINVAL);
  what.headers = {{"Content-Length", "7"}};
  EXPECT_EQ(refusal(what), EINVAL);
  EXPECT_EQ(refusal(server.request(method::get, "/a b")), EINVAL);
  EXPECT_EQ(refusal(server.request(method::get, "/a\r\nX-Evil: 1")), EINVAL);
  what = server.request();
  what.where.secure = true;
  EXPECT_EQ(refusal(what), EINVAL);
  EXPECT_EQ(subject.figures().refused, 6U);
}

TEST(http_client, can_be_cancelled) {
  http_server server;
  client subject(patient());
  client::ticket number = 0;
  auto later = ask(subject, server.request(), &number);
  http_peer peer = server.accept();
  static_cast<void>(peer.read());
  subject.cancel(number);
  EXPECT_EQ(failure(std::move(later)), ECANCELED);
  EXPECT_TRUE(peer.is_closed_by_client());
  subject.cancel(number);
  EXPECT_EQ(subject.figures().cancelled, 1U);
}

TEST(http_client, answers_everybody_before_it_goes) {
  http_server server;
  client_options how = patient();
  how.pool_size = 1;
  auto subject = std::make_unique<client>(how);
  auto running = ask(*subject, server.request());
  auto waiting = ask(*subject, server.request());
  http_peer peer = server.accept();
  static_cast<void>(peer.read());
  subject.reset();
  EXPECT_EQ(failure(std::move(running)), ECANCELED);
  EXPECT_EQ(failure(std::move(waiting)), ECANCELED);
}

TEST(http_client, may_be_let_go_of_by_its_own_answer) {
  http_server server;
  auto subject = std::make_unique<client>(patient());
  client& asked = *subject;
  std::promise<int> done;
  auto other = ask(asked, server.request());
  const auto sent = asked.send(server.request(), [&, held = std::move(subject)](client::answer said) mutable noexcept {
    held.reset();
    done.set_value(said ? said->status : 0);
  });
  ASSERT_TRUE(sent);
  http_peer first = server.accept();
  http_peer second = server.accept();
  static_cast<void>(first.read());
  static_cast<void>(second.read());
  second.send(http_answer(""));
  auto status = done.get_future();
  ASSERT_EQ(status.wait_for(std::chrono::seconds(100)), std::future_status::ready);
  EXPECT_EQ(status.get(), 200);
  EXPECT_EQ(failure(std::move(other)), ECANCELED);
}

TEST(http_client, can_be_asked_from_an_answer) {
  http_server server;
  client subject(patient());
  std::promise<int> done;
  const auto sent = subject.send(server.request(), [&](client::answer) noexcept {
    static_cast<void>(
        subject.send(server.request(), [&](client::answer said) noexcept { done.set_value(said->status); }));
  });
  ASSERT_TRUE(sent);
  http_peer peer = server.accept();
  static_cast<void>(peer.read());
  peer.send(http_answer(""));
  static_cast<void>(peer.read());
  peer.send(http_answer("", "403 Forbidden"));
  EXPECT_EQ(done.get_future().get(), 403);
}

}  // namespace
}  // namespace nanomq::http
