#include "mosquitto_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "loopback_port.hpp"

namespace nanomq::support {
namespace {

constexpr const char* program = "/usr/sbin/mosquitto";

bool answers(std::uint16_t port) {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool there = ::connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  ::close(probe);
  return there;
}

/// The port of "listener PORT ADDRESS", or 0.
std::uint16_t port_in(const std::string& line) {
  constexpr std::string_view word = "listener ";
  return line.starts_with(word) ? static_cast<std::uint16_t>(std::stoul(line.substr(word.size()))) : std::uint16_t{0};
}

bool ends_within(pid_t pid, int milliseconds) {
  const int watch = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (watch < 0) return true;
  pollfd entry{.fd = watch, .events = POLLIN, .revents = 0};
  const bool ended = ::poll(&entry, 1, milliseconds) > 0;
  ::close(watch);
  return ended;
}

}  // namespace

bool mosquitto_process::is_installed() { return ::access(program, X_OK) == 0; }

mosquitto_process::mosquitto_process(const std::vector<std::string>& lines) {
  for (int tries = 0; tries < 5; ++tries) {
    if (start(lines)) return;
    stop();
  }
  throw expectation_failed("mosquitto does not start");
}

bool mosquitto_process::start(const std::vector<std::string>& lines) {
  where_ = {"127.0.0.1", loopback_port()};
  std::string name = "/tmp/mosquitto_test_XXXXXX";
  const int made = ::mkstemp(name.data());
  if (made < 0) throw expectation_failed("no temporary file");
  ::close(made);
  file_ = name;
  std::ofstream file(file_);
  file << "listener " << where_.port << " 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n";
  for (const std::string& each : lines) file << each << '\n';
  file.close();
  pid_ = ::fork();
  if (pid_ == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::execl(program, program, "-c", file_.c_str(), nullptr);
    ::_exit(127);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(100);
  while (std::chrono::steady_clock::now() < until) {
    const auto is_there = [](const std::string& line) { return port_in(line) == 0 || answers(port_in(line)); };
    if (answers(where_.port) && std::ranges::all_of(lines, is_there)) return true;
    if (ends_within(pid_, 10)) return false;
  }
  return false;
}

void mosquitto_process::stop() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    if (!ends_within(pid_, 60'000)) ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  if (!file_.empty()) ::unlink(file_.c_str());
  file_.clear();
}

mosquitto_process::~mosquitto_process() { stop(); }

}  // namespace nanomq::support
