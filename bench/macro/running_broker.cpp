#include "running_broker.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "nanonng/mqtt/encoder.hpp"

namespace nanomq::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto time_to_start = 100s;
constexpr auto time_to_tell_version = 2s;
constexpr std::size_t shown_of_log = 600;

class socket_handle {
 public:
  socket_handle() noexcept : number_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  socket_handle(const socket_handle&) = delete;
  socket_handle& operator=(const socket_handle&) = delete;
  ~socket_handle() { ::close(number_); }
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

/// A port that nobody listens on now. The broker binds it a moment later, so it is not one that the system gives to whoever
/// asks for any.
std::uint16_t free_port() {
  std::random_device entropy;
  std::uniform_int_distribution<unsigned> below_ephemeral{15'000, 32'000};
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto port = static_cast<std::uint16_t>(below_ephemeral(entropy));
    const socket_handle probe;
    const sockaddr_in address = loopback(port);
    if (::bind(probe.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return port;
  }
  return 0;
}

bool answers_connect(std::uint16_t port) {
  const socket_handle probe;
  const timeval limit{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(probe.number(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const sockaddr_in address = loopback(port);
  if (::connect(probe.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  nanonng::mqtt::buffer hello;
  nanonng::mqtt::connect_view connect;
  connect.version = nanonng::mqtt::protocol_version::v3_1_1;
  connect.client_id = "are-you-there";
  encode_into(hello, connect, {}, {});
  if (::send(probe.number(), hello.data(), hello.size(), MSG_NOSIGNAL) < 0) return false;
  std::array<std::byte, 4> answer{};
  return ::recv(probe.number(), answer.data(), answer.size(), MSG_WAITALL) == 4 && answer[0] == std::byte{0x20};
}

std::string read_all(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string end_of(const fs::path& log) {
  const std::string all = read_all(log);
  return all.size() <= shown_of_log ? all : all.substr(all.size() - shown_of_log);
}

}  // namespace

std::expected<scratch_directory, std::string> scratch_directory::create() {
  std::string name = (fs::temp_directory_path() / "nanomq-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return std::unexpected(name + ": " + std::strerror(errno));
  return scratch_directory{name};
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

std::expected<running_broker, std::string> running_broker::start(const broker_recipe& recipe) {
  auto directory = scratch_directory::create();
  if (!directory) return std::unexpected(directory.error());
  const std::uint16_t port = free_port();
  const auto filled = [&](const std::string& text) {
    return fill_in(text, std::to_string(port), directory->path().string());
  };
  if (!recipe.configuration.empty()) std::ofstream{directory->path() / "broker.conf"} << filled(recipe.configuration);
  std::vector<std::string> command;
  for (const std::string& word : recipe.command) command.push_back(filled(word));

  const fs::path log = directory->path() / "log";
  auto process = child_process::start(command, log);
  if (!process) return std::unexpected(process.error());
  const auto deadline = std::chrono::steady_clock::now() + time_to_start;
  while (!answers_connect(port)) {
    if (process->wait(20ms)) return std::unexpected(recipe.name + " ended at once: " + end_of(log));
    if (std::chrono::steady_clock::now() > deadline)
      return std::unexpected(recipe.name + " does not answer: " + end_of(log));
  }
  return running_broker{std::move(*directory), std::move(*process), port};
}

std::string version_of(const broker_recipe& recipe) {
  constexpr const char* unknown = "version unknown";
  std::vector<std::string> command = recipe.version_command;
  if (command.empty()) command = {recipe.command.front(), "--version"};
  const auto directory = scratch_directory::create();
  if (!directory) return unknown;
  const fs::path output = directory->path() / "version";
  auto process = child_process::start(command, output);
  if (!process || !process->wait(time_to_tell_version)) return unknown;
  const std::string said = read_all(output);
  const std::string line = said.substr(0, said.find('\n'));
  return line.empty() ? unknown : line;
}

}  // namespace nanomq::bench
