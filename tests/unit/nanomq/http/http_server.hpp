// A scripted HTTP server: accepts, reads a request, answers what the test says. Every step has a deadline, and a step that
// fails throws.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>

#include "nanomq/http/client.hpp"

namespace nanomq::support {

inline constexpr int http_deadline_ms = 20'000;

inline void await_input(int descriptor) {
  pollfd one{descriptor, POLLIN, 0};
  if (::poll(&one, 1, http_deadline_ms) != 1) throw std::runtime_error("nothing has come");
}

/// Which of two has something to read: 0 or 1.
inline std::size_t await_input(int first, int second) {
  std::array<pollfd, 2> all{pollfd{first, POLLIN, 0}, pollfd{second, POLLIN, 0}};
  if (::poll(all.data(), all.size(), http_deadline_ms) < 1) throw std::runtime_error("nothing has come");
  return all[0].revents != 0 ? 0 : 1;
}

/// The server's end of one connection.
class http_peer {
 public:
  explicit http_peer(int socket) : socket_(socket) {}
  http_peer(http_peer&& other) noexcept : socket_(std::exchange(other.socket_, -1)), input_(std::move(other.input_)) {}
  ~http_peer() { close(); }

  /// The next request, with its body.
  std::string read() {
    for (;;) {
      const std::size_t end = input_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t size = end + 4 + body_size(input_.substr(0, end + 2));
        if (input_.size() >= size) {
          std::string request = input_.substr(0, size);
          input_.erase(0, size);
          return request;
        }
      }
      if (!receive()) throw std::runtime_error("the client has closed");
    }
  }
  void send(const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t now = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) return;  // it has read enough
      sent += static_cast<std::size_t>(now);
    }
  }
  /// Whether the client closes, and says nothing more before.
  bool is_closed_by_client() { return input_.empty() && !receive(); }
  /// The client sees the end after what was sent; what it has sent is read first, so that nothing is taken back.
  void finish() {
    ::shutdown(socket_, SHUT_WR);
    while (receive()) continue;
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  [[nodiscard]] int socket() const { return socket_; }
  int release() { return std::exchange(socket_, -1); }

 private:
  static std::size_t body_size(const std::string& head) {
    const std::size_t at = head.find("\r\nContent-Length: ");
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 18, nullptr, 10);
  }
  bool receive() {
    await_input(socket_);
    char buffer[65536];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
    if (size <= 0) return false;
    input_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  std::string input_;
};

/// Listens on a port of its own on 127.0.0.1.
class http_server {
 public:
  http_server() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 64) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port for a server");
    }
    port_ = ntohs(address.sin_port);
  }
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;
  ~http_server() { close(); }

  http_peer accept() {
    await_input(socket_);
    return http_peer(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
  }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] http::request request(http::method verb = http::method::get, std::string target = "/") const {
    return {.verb = verb, .where = {.host = "127.0.0.1", .port = port_, .target = std::move(target)}};
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

/// "HTTP/1.1 200 OK" with a body.
inline std::string http_answer(const std::string& body, const std::string& status = "200 OK",
                               const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Asks, and gives the answer when it is there.
inline std::future<http::client::answer> ask(http::client& of, http::request what,
                                             http::client::ticket* number = nullptr) {
  std::promise<http::client::answer> promise;
  auto later = promise.get_future();
  auto sent = of.send(std::move(what), [given = std::move(promise)](http::client::answer said) mutable noexcept {
    given.set_value(std::move(said));
  });
  if (!sent) throw std::runtime_error("refused: " + std::string(http::failure_text(sent.error())));
  if (number != nullptr) *number = *sent;
  return later;
}

inline http::client::answer get(std::future<http::client::answer> later) {
  if (later.wait_for(std::chrono::milliseconds(http_deadline_ms)) != std::future_status::ready) {
    throw std::runtime_error("no answer, and no error");
  }
  return later.get();
}

/// The errno of an answer that is none; 0 otherwise.
inline int failure(std::future<http::client::answer> later) {
  const http::client::answer said = get(std::move(later));
  return said || said.error().domain != nanolib::error_domain::sys ? 0 : said.error().code;
}

}  // namespace nanomq::support
