#include "nanomq/http/response_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace nanomq::http {
namespace {

using state = response_reader::state;

struct outcome {
  state said = state::need_more;
  response answer{};
  bool keeps_alive = false;
  std::string rest{};
};

/// In pieces of `step` bytes, and then the end of the connection.
outcome read(const std::string& text, std::size_t step = std::string::npos, const response_limits& bounds = {}) {
  response_reader subject(bounds);
  std::string held;
  for (std::size_t at = 0; at < text.size();) {
    const std::string piece = text.substr(at, step);
    at += piece.size();
    held += piece;
    std::size_t used = 0;
    const state said = subject.read(nanolib::as_bytes(held), used);
    held.erase(0, used);
    if (said == state::need_more) continue;
    if (said != state::done) return {said};
    return {said, subject.take(), subject.keeps_alive(), held + text.substr(at)};
  }
  const state said = subject.end();
  return {said, subject.take(), subject.keeps_alive(), held};
}

state said_to(const std::string& text) {
  const state whole = read(text).said;
  EXPECT_EQ(read(text, 1).said, whole) << text;
  return whole;
}

std::string body_of(const std::string& text) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    EXPECT_EQ(read(text, step).answer.body, read(text).answer.body) << text;
  }
  EXPECT_EQ(read(text).said, state::done) << text;
  return read(text).answer.body;
}

TEST(response_reader, takes_the_length_that_was_announced_and_nothing_behind_it) {
  const outcome got = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhelloHTTP");
  EXPECT_EQ(got.said, state::done);
  EXPECT_EQ(got.answer.status, 200);
  EXPECT_EQ(got.answer.body, "hello");
  EXPECT_EQ(got.answer.value("x-a"), "b");
  EXPECT_EQ(got.answer.value("x-b"), "");
  EXPECT_EQ(got.rest, "HTTP");
  EXPECT_TRUE(got.keeps_alive);
  EXPECT_EQ(body_of("HTTP/1.1 403 \r\nContent-Length: 0\r\n\r\n"), "");
  EXPECT_EQ(body_of("HTTP/1.1 403\r\nContent-Length: 1\r\n\r\nx"), "x");
}

TEST(response_reader, puts_chunks_together) {
  EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n"),
            "hello world");
  EXPECT_EQ(
      body_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0A \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"),
      "0123456789");
}

TEST(response_reader, reads_to_the_end_where_no_length_is_said) {
  const outcome got = read("HTTP/1.0 200 OK\r\n\r\nall of it");
  EXPECT_EQ(got.said, state::done);
  EXPECT_EQ(got.answer.body, "all of it");
  EXPECT_TRUE(got.answer.ended_by_close);
  EXPECT_FALSE(got.keeps_alive);
}

TEST(response_reader, has_no_body_where_there_is_none) {
  EXPECT_EQ(body_of("HTTP/1.1 204 No Content\r\n\r\n"), "");
  EXPECT_TRUE(read("HTTP/1.1 204 No Content\r\n\r\n").keeps_alive);
  EXPECT_FALSE(read("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello").keeps_alive);
}

TEST(response_reader, leaves_interim_answers_out) {
  EXPECT_EQ(body_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            "ok");
  EXPECT_EQ(said_to("HTTP/1.1 101 Switching Protocols\r\n\r\n"), state::malformed);
  std::string many;
  while (many.size() < 20'000) many += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(said_to(many), state::too_large);
}

TEST(response_reader, knows_whether_the_connection_stays) {
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n").keeps_alive);
  EXPECT_FALSE(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keeps_alive);
  EXPECT_TRUE(read("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").keeps_alive);
}

TEST(response_reader, refuses_what_could_be_read_in_two_ways) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const std::string& text : {
           ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
           ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           ok + "Content-Length: +5\r\n\r\nhello",
           ok + "Content-Length: -1\r\n\r\n",
           ok + "Content-Length: 5,5\r\n\r\nhello",
           ok + "Content-Length:\r\n\r\n",
           ok + "Content-Length: 9999999999999999999999\r\n\r\n",
           ok + "X: a\r\n folded\r\n\r\n",
           ok + "X : a\r\n\r\n",
           ok + "X: a\rb\r\n\r\n",
           ok + "X\r\n\r\n",
           std::string("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
           std::string("HTTP/2 200\r\n\r\n"),
           std::string("HTTP/1.1 20 OK\r\n\r\n"),
           std::string("HTTP/1.1 2000 OK\r\n\r\n"),
           std::string("HTTP/1.1 099 OK\r\n\r\n"),
           std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
           std::string("\x15\x03\x01\r\n\r\n"),
       }) {
    EXPECT_EQ(said_to(text), state::malformed) << text;
  }
}

TEST(response_reader, refuses_chunks_that_are_none) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* text : {"\r\n", "x\r\n", "-1\r\n", "0x5\r\nhello\r\n", " 5\r\nhello\r\n", "5\nhello\n",
                           "5\r\nhelloX\r\n", "123456789\r\n", "5;a\x01\r\n", "0\r\nno trailer\r\n\r\n"}) {
    EXPECT_EQ(said_to(head + text), state::malformed) << text;
  }
}

TEST(response_reader, has_bounds) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string large(70'000, 'x');
  EXPECT_EQ(said_to(ok + "X: " + large), state::too_large);
  EXPECT_EQ(said_to(ok + "Content-Length: 70000\r\n\r\n"), state::too_large);
  EXPECT_EQ(said_to(ok + "\r\n" + large), state::too_large);
  EXPECT_EQ(said_to(ok + "Transfer-Encoding: chunked\r\n\r\n10001\r\n"), state::too_large);
  EXPECT_EQ(said_to(ok + "Transfer-Encoding: chunked\r\n\r\n1;" + large), state::too_large);
  std::string headers = ok;
  for (int i = 0; i < 101; ++i) headers += "A: b\r\n";
  EXPECT_EQ(said_to(headers + "\r\n"), state::too_large);
  std::string trailers = ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n";
  while (trailers.size() < 20'000) trailers += "A: b\r\n";
  EXPECT_EQ(said_to(trailers), state::too_large);
  EXPECT_EQ(body_of(ok + "Content-Length: 65536\r\n\r\n" + std::string(65'536, 'x')).size(), 65'536U);
}

TEST(response_reader, does_not_take_a_cut_answer_for_a_whole_one) {
  for (const std::string& text :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")}) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      EXPECT_EQ(read(text.substr(0, size)).said, state::need_more) << size;
    }
    EXPECT_EQ(read(text).said, state::done);
  }
}

TEST(response_reader, knows_whether_an_answer_has_begun) {
  response_reader subject({});
  EXPECT_FALSE(subject.has_begun());
  std::size_t used = 0;
  EXPECT_EQ(subject.read(nanolib::as_bytes(std::string_view("H")), used), state::need_more);
  EXPECT_EQ(used, 0U);
  EXPECT_TRUE(subject.has_begun());
}

}  // namespace
}  // namespace nanomq::http
