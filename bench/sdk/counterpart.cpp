#include "counterpart.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nanomq::bench::sdk {
namespace {

using block = std::vector<unsigned char>;

/// One connection's packets, read by the simplest means.
class session {
 public:
  session(int socket, std::size_t to_send) : socket_(socket), to_send_(to_send) {}

  std::size_t run() {
    block input(1U << 20U);
    std::size_t held = 0;
    for (;;) {
      const ssize_t got = ::recv(socket_, input.data() + held, input.size() - held, 0);
      if (got <= 0) return received_;
      held += static_cast<std::size_t>(got);
      std::size_t used = 0;
      while (const std::size_t size = take({input.data() + used, held - used})) used += size;
      std::memmove(input.data(), input.data() + used, held - used);
      held -= used;
      send_all(std::exchange(answers_, {}));
    }
  }

 private:
  struct view {
    const unsigned char* data;
    std::size_t size;
  };

  /// Handles the packet at the front; its size, 0 while it is not whole.
  std::size_t take(view input) {
    std::size_t length = 0;
    std::size_t at = 1;
    for (unsigned shift = 0;; shift += 7) {
      if (at >= input.size) return 0;
      length |= static_cast<std::size_t>(input.data[at] & 0x7FU) << shift;
      if ((input.data[at++] & 0x80U) == 0) break;
    }
    if (input.size < at + length) return 0;
    handle(input.data[0], {input.data + at, length});
    return at + length;
  }

  void handle(unsigned char first, view body) {
    const auto answer = [this](std::initializer_list<unsigned char> bytes) { answers_.insert(answers_.end(), bytes); };
    switch (first >> 4U) {
      case 1:
        return answer({0x20, 2, 0, 0});
      case 3: {
        ++received_;
        if ((first & 6U) == 0) return;
        const std::size_t topic = static_cast<std::size_t>(body.data[0]) << 8U | body.data[1];
        return answer({0x40, 2, body.data[2 + topic], body.data[3 + topic]});
      }
      case 8:
        answer({0x90, 3, body.data[0], body.data[1], 0});
        return send_messages();
      case 12:
        return answer({0xD0, 0});
      default:
        return;
    }
  }

  void send_messages() {
    send_all(std::exchange(answers_, {}));
    const std::string topic = "bench/sdk";
    const std::string payload = "0123456789abcdef";
    block one{0x30, static_cast<unsigned char>(2 + topic.size() + payload.size()), 0,
              static_cast<unsigned char>(topic.size())};
    one.insert(one.end(), topic.begin(), topic.end());
    one.insert(one.end(), payload.begin(), payload.end());
    constexpr std::size_t batch = 2'000;
    block many;
    for (std::size_t i = 0; i < batch; ++i) many.insert(many.end(), one.begin(), one.end());
    for (std::size_t left = to_send_; left != 0;) {
      const std::size_t now = left < batch ? left : batch;
      send_all(block(many.begin(), many.begin() + static_cast<std::ptrdiff_t>(now * one.size())));
      left -= now;
    }
  }

  void send_all(const block& bytes) const {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  }

  int socket_;
  std::size_t to_send_;
  std::size_t received_ = 0;
  block answers_;
};

}  // namespace

counterpart::counterpart(std::size_t messages) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  int ends[2];
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&name), size) != 0 || ::listen(listener, 1) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&name), &size) != 0 || ::pipe(ends) != 0) {
    throw std::runtime_error("no port for the server");
  }
  port_ = ntohs(name.sin_port);
  pid_ = ::fork();
  if (pid_ == 0) {
    const int made = ::accept(listener, nullptr, nullptr);
    const int on = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::size_t received = session(made, messages).run();
    [[maybe_unused]] const ssize_t told = ::write(ends[1], &received, sizeof received);
    ::_exit(0);
  }
  ::close(listener);
  ::close(ends[1]);
  result_ = ends[0];
}

counterpart::~counterpart() {
  if (result_ >= 0) ::close(result_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

std::size_t counterpart::received() {
  std::size_t count = 0;
  if (::read(result_, &count, sizeof count) != sizeof count) return 0;
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  return count;
}

}  // namespace nanomq::bench::sdk
