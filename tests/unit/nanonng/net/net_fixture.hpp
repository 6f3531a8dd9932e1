// Loops of both kinds, socket pairs and a handler that remembers, for the tests of this folder.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "nanonng/net/connection.hpp"
#include "nanonng/net/event_loop.hpp"

namespace nanonng::net::test {

inline std::string name_of(const ::testing::TestParamInfo<poller_kind>& info) {
  return info.param == poller_kind::epoll ? "epoll" : "poll";
}

/// Closes a descriptor at the end.
class owned_descriptor {
 public:
  explicit owned_descriptor(int descriptor = -1) noexcept : descriptor_(descriptor) {}
  owned_descriptor(owned_descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  owned_descriptor& operator=(owned_descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~owned_descriptor() { reset(); }
  [[nodiscard]] int get() const noexcept { return descriptor_; }
  [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }
  void reset() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_;
};

struct socket_pair {
  owned_descriptor near;
  owned_descriptor far;
};

/// Two connected sockets that do not block. `send_buffer` makes the near one's small.
inline socket_pair make_pair(int send_buffer = 0) {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  if (send_buffer != 0) ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
  return {owned_descriptor(ends[0]), owned_descriptor(ends[1])};
}

/// Everything that can be read now.
inline std::string read_all(int descriptor) {
  std::string all;
  char part[65536];
  for (;;) {
    const ssize_t got = ::recv(descriptor, part, sizeof part, 0);
    if (got <= 0) return all;
    all.append(part, static_cast<std::size_t>(got));
  }
}

/// Whether the peer has ended its direction.
inline bool at_end(int descriptor) {
  char byte = 0;
  return ::recv(descriptor, &byte, 1, MSG_PEEK) == 0;
}

inline void write_all(int descriptor, std::string_view text) {
  ASSERT_EQ(::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

/// A pattern in which a lost, doubled or exchanged byte shows.
inline std::string pattern(std::size_t size, unsigned seed = 1) {
  std::string text(size, '\0');
  unsigned state = seed * 2654435761U + 1;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

/// Uses up what `parse` says, everything by default, and remembers.
class remembering_handler : public connection_handler {
 public:
  consumed on_input(nanolib::bytes input) noexcept override {
    ++calls;
    const consumed used = parse ? parse(input) : consumed{input.size(), 0};
    received.append(nanolib::as_text(input.first(std::min(used.bytes, input.size()))));
    return used;
  }
  void on_closed(nanolib::error error) noexcept override {
    ++closed;
    why = error;
    if (at_close) at_close();
  }
  void on_drained() noexcept override { ++drained; }

  std::function<consumed(nanolib::bytes)> parse;
  std::function<void()> at_close;
  std::string received;
  nanolib::error why;
  int calls = 0;
  int closed = 0;
  int drained = 0;
};

/// A loop of the kind under test.
class on_each_poller : public ::testing::TestWithParam<poller_kind> {
 protected:
  void SetUp() override { remake({}); }

  void remake(event_loop_options options) {
    options.poller = GetParam();
    loop = event_loop::create(options).value();
  }
  void turn() { loop->turn(nanolib::duration(0)); }
  /// Turns until a condition holds; it must come about without anybody else's time.
  template <class Condition>
  void turn_until(Condition condition, int most = 10'000) {
    for (int turns = 0; turns < most && !condition(); ++turns) turn();
    ASSERT_TRUE(condition());
  }
  std::unique_ptr<connection> connect(owned_descriptor& near, connection_handler& handler) {
    return std::make_unique<connection>(*loop, make_socket_stream(near.release()), handler);
  }

  std::unique_ptr<event_loop> loop;
};

}  // namespace nanonng::net::test

#define ON_EACH_POLLER(suite)                                                                        \
  INSTANTIATE_TEST_SUITE_P(pollers, suite, ::testing::Values(poller_kind::epoll, poller_kind::poll), \
                           ::nanonng::net::test::name_of)
