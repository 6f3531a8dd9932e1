// An event loop that the test turns by itself, and plain nng sockets as peers.
#pragma once

#include <gtest/gtest.h>
#include <nng/nng.h>

#include <chrono>
#include <string>
#include <string_view>

#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/sp_message.hpp"
#include "nanonng/net/sp_socket.hpp"

namespace nanonng::net {

inline constexpr std::chrono::seconds patience{100};

/// A socket of nng's own.
class plain_socket {
 public:
  explicit plain_socket(int (*open)(nng_socket*)) {
    EXPECT_EQ(open(&socket_), 0);
    EXPECT_EQ(nng_socket_set_ms(socket_, NNG_OPT_RECVTIMEO, 100'000), 0);
    EXPECT_EQ(nng_socket_set_ms(socket_, NNG_OPT_SENDTIMEO, 100'000), 0);
  }
  plain_socket(const plain_socket&) = delete;
  plain_socket& operator=(const plain_socket&) = delete;
  ~plain_socket() { nng_close(socket_); }

  void dial(const std::string& url) const { EXPECT_EQ(nng_dial(socket_, url.c_str(), nullptr, 0), 0) << url; }
  void send(std::string_view text) const {
    EXPECT_EQ(nng_send(socket_, const_cast<char*>(text.data()), text.size(), 0), 0);
  }
  [[nodiscard]] std::string receive() const {
    nng_msg* got = nullptr;
    const int code = nng_recvmsg(socket_, &got, 0);
    if (code != 0) return std::string("error: ") + nng_strerror(code);
    std::string text(static_cast<const char*>(nng_msg_body(got)), nng_msg_len(got));
    nng_msg_free(got);
    return text;
  }
  [[nodiscard]] nng_socket handle() const noexcept { return socket_; }

 private:
  nng_socket socket_ = NNG_SOCKET_INITIALIZER;
};

class sp_fixture : public ::testing::Test {
 protected:
  sp_fixture() : loop_(*event_loop::create({})) {}

  std::unique_ptr<sp_socket> open(sp_protocol which, sp_peer_observer* observer = nullptr) {
    auto made = sp_socket::open(*loop_, which, {}, observer);
    EXPECT_TRUE(made.has_value());
    return *std::move(made);
  }
  static std::string listen(sp_socket& at, const std::string& url = "tcp://127.0.0.1:0") {
    const auto where = at.listen(url);
    EXPECT_TRUE(where.has_value()) << sp_error_text(where.error());
    return where.value_or("");
  }
  /// Turns the loop until it is so.
  template <class Condition>
  [[nodiscard]] bool turn_until(const Condition& is_so) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > until) return false;
      loop_->turn(nanolib::duration(20));
    }
    return true;
  }

  std::unique_ptr<event_loop> loop_;
};

inline sp_message message_of(std::string_view text) { return sp_message::create({}, nanolib::as_bytes(text)); }
inline std::string text_of(const sp_message& what) { return std::string(nanolib::as_text(what.body())); }

}  // namespace nanonng::net
