#include "endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nanomq::bench {
namespace {

constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

struct connection {
  int socket;
  std::string input;
};

// How long the first request is, with its body; 0: not known yet.
std::size_t request_size(std::string_view input) {
  const auto end = input.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  constexpr std::string_view field = "Content-Length: ";
  const auto at = input.find(field);
  std::size_t body = 0;
  if (at < end) std::from_chars(input.data() + at + field.size(), input.data() + end, body);
  return end + 4 + body;
}

// False: it has gone.
bool serve(connection& one, bool answers) {
  std::array<char, 65'536> buffer;
  const auto got = ::recv(one.socket, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  if (!answers) return true;
  one.input.append(buffer.data(), static_cast<std::size_t>(got));
  for (auto size = request_size(one.input); size > 0 && size <= one.input.size(); size = request_size(one.input)) {
    one.input.erase(0, size);
    if (::send(one.socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return false;
  }
  return true;
}

[[noreturn]] void run(int listener, bool answers) {
  std::vector<connection> all;
  std::vector<pollfd> polled;
  for (;;) {
    polled.assign(1, {listener, POLLIN, 0});
    for (const auto& one : all) polled.push_back({one.socket, POLLIN, 0});
    if (::poll(polled.data(), polled.size(), -1) < 0) ::_exit(1);
    for (std::size_t i = all.size(); i-- > 0;) {
      if (polled[i + 1].revents == 0 || serve(all[i], answers)) continue;
      ::close(all[i].socket);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (polled[0].revents != 0) all.push_back({::accept(listener, nullptr, nullptr), {}});
  }
}

}  // namespace

endpoint::endpoint(bool answers) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0 && ::listen(listener, 64) == 0 &&
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    process_ = ::fork();
    if (process_ == 0) {
      (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
      run(listener, answers);
    }
    if (process_ > 0) port_ = ntohs(address.sin_port);
  }
  ::close(listener);
}

endpoint::~endpoint() {
  if (process_ <= 0) return;
  (void)::kill(process_, SIGKILL);
  (void)::waitpid(process_, nullptr, 0);
}

}  // namespace nanomq::bench
