// The two ends of a control socket for tests: a server in a folder of its own, and a client that sends what it likes.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "nanomq/admin/control_server.hpp"

namespace nanomq::admin {

/// A directory that goes with the test.
class own_folder {
 public:
  own_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nanomq-control-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data()) == nullptr ? "" : pattern;
  }
  own_folder(const own_folder&) = delete;
  own_folder& operator=(const own_folder&) = delete;
  ~own_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

/// Sends bytes and reads lines; every read gives up after 20 seconds.
class raw_peer {
 public:
  explicit raw_peer(const std::string& path) : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    timeval limit{20, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  }
  raw_peer(const raw_peer&) = delete;
  raw_peer& operator=(const raw_peer&) = delete;
  ~raw_peer() { ::close(descriptor_); }

  [[nodiscard]] bool is_connected() const noexcept { return connected_; }
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish() const { ::shutdown(descriptor_, SHUT_WR); }
  /// The next line with its end, or what came before the end of the stream.
  std::string line() {
    for (;;) {
      const auto end = held_.find('\n');
      if (end != std::string::npos) {
        auto out = held_.substr(0, end + 1);
        held_.erase(0, end + 1);
        return out;
      }
      std::array<char, 4096> buffer;
      const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (got <= 0) return std::exchange(held_, {});
      held_.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  int descriptor_;
  bool connected_ = false;
  std::string held_;
};

/// A server with the commands "echo" (text), "large" (size), "throw" and "no".
class control_test : public ::testing::Test {
 protected:
  void start(control_options options = {}) {
    options.path = path();
    server_.add("echo", {"text", "more"}, [](const control_request& request, control_reply& reply) {
      reply.members().text("echo", request.text("text").value_or("none"));
      reply.say("heard");
    });
    server_.add("large", {"size"}, [](const control_request& request, control_reply& reply) {
      reply.members().text("x", std::string(static_cast<std::size_t>(request.number("size").value_or(0)), 'x'));
    });
    server_.add("throw", {}, [](const control_request&, control_reply&) { throw std::runtime_error("oh"); });
    server_.add("no", {}, [](const control_request&, control_reply& reply) { reply.refuse("not today", 7); });
    const auto started = server_.start(options);
    ASSERT_TRUE(started) << nanolib::describe(started.error());
  }
  [[nodiscard]] std::string path() const { return folder_.file("control.sock"); }

  own_folder folder_;
  control_server server_;
};

}  // namespace nanomq::admin
