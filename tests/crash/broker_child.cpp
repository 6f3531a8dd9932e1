#include "broker_child.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "nanonng/mqtt/encoder.hpp"

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;

constexpr auto time_to_end = 30s;
constexpr auto between_attempts = 500us;
constexpr std::size_t shown_of_log = 1'000;

class probe_socket {
 public:
  probe_socket() noexcept : number_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  probe_socket(const probe_socket&) = delete;
  probe_socket& operator=(const probe_socket&) = delete;
  ~probe_socket() { ::close(number_); }
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

sockaddr_in loopback(std::uint16_t port) noexcept {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A port that nobody listens on now. Not one that the system gives to clients: one of them might get it while the
/// broker is down, and be connected with itself.
std::uint16_t free_port() {
  std::random_device entropy;
  std::uniform_int_distribution<unsigned> below_ephemeral{15'000, 32'000};
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto port = static_cast<std::uint16_t>(below_ephemeral(entropy));
    const probe_socket probe;
    const sockaddr_in address = loopback(port);
    if (::bind(probe.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return port;
  }
  return 0;
}

/// Waits for CONNACK for at most `longest`.
bool answers_connect(std::uint16_t port, std::chrono::milliseconds longest) {
  const probe_socket probe;
  const sockaddr_in address = loopback(port);
  if (::connect(probe.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  nanonng::mqtt::buffer hello;
  nanonng::mqtt::connect_view packet;
  packet.version = nanonng::mqtt::protocol_version::v3_1_1;
  packet.client_id = "ready-probe";
  nanonng::mqtt::encode_into(hello, packet, {}, {});
  if (::send(probe.number(), hello.data(), hello.size(), MSG_NOSIGNAL) < 0) return false;
  pollfd readable{.fd = probe.number(), .events = POLLIN, .revents = 0};
  if (::poll(&readable, 1, static_cast<int>(longest.count())) <= 0) return false;
  std::array<std::byte, 4> answer{};
  return ::recv(probe.number(), answer.data(), answer.size(), 0) == 4 && answer[0] == std::byte{0x20} &&
         answer[3] == std::byte{0};
}

}  // namespace

std::expected<broker_child, std::string> broker_child::prepare(const recipe& how) {
  auto directory = bench::scratch_directory::create();
  if (!directory) return std::unexpected(directory.error());
  const std::uint16_t port = free_port();
  if (port == 0) return std::unexpected("no free port");
  broker_child made{how, std::move(*directory), port};
  if (!how.configuration.empty()) {
    std::ofstream{made.directory() / "broker.conf"}
        << fill_in(how.configuration, std::to_string(port), made.directory().string());
  }
  return made;
}

std::expected<void, std::string> broker_child::start() {
  std::vector<std::string> command;
  for (const std::string& word : how_.command)
    command.push_back(fill_in(word, std::to_string(port_), directory().string()));
  process_.reset();
  started_ = clock::now();
  auto process = bench::child_process::start(command, directory() / "broker.log");
  if (!process) return std::unexpected(process.error());
  process_.emplace(std::move(*process));
  return {};
}

bool broker_child::runs() { return process_ && !process_->wait(0ms); }

bool broker_child::wait_until_ready(clock::time_point until) {
  while (runs()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
    if (left.count() < 0) return false;
    if (answers_connect(port_, left + 1ms)) {
      time_to_ready_ = clock::now() - started_;
      return true;
    }
    const timespec pause{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds{between_attempts}.count()};
    ::nanosleep(&pause, nullptr);
  }
  return false;
}

bool broker_child::end(int signal) {
  if (!process_ || process_->number() == 0) return true;
  ::kill(process_->number(), signal);
  if (process_->wait(time_to_end)) return true;
  ::kill(process_->number(), SIGKILL);
  process_->wait(time_to_end);
  return false;
}

std::string broker_child::end_of_log() const {
  std::ifstream file{directory() / "broker.log"};
  const std::string all{std::istreambuf_iterator<char>{file}, {}};
  return all.size() <= shown_of_log ? all : all.substr(all.size() - shown_of_log);
}

}  // namespace nanomq::crash
