#include "broker_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

namespace nanomq::support {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

std::string program() {
  if (const char* path = std::getenv("NANOMQ_UNDER_TEST")) return path;
  return NANOMQ_PROGRAM;
}

std::string environment_or(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

address parsed_address(const std::string& text) {
  const auto colon = text.rfind(':');
  return {.host = text.substr(0, colon), .port = static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)))};
}

/// The address behind "mqtt-tcp://" in the text so far, once the line is whole.
std::optional<address> banner_address(const std::string& text) {
  static const std::string scheme = "mqtt-tcp://";
  const auto start = text.find(scheme);
  if (start == std::string::npos) return std::nullopt;
  const auto end = text.find_first_not_of("0123456789.:", start + scheme.size());
  if (end == std::string::npos) return std::nullopt;
  return parsed_address(text.substr(start + scheme.size(), end - start - scheme.size()));
}

constexpr char no_more = '\0';  // in the pipe: from the test, not from the broker

void discard(int descriptor) {
  std::array<char, 4096> chunk;
  ssize_t count = 0;
  while ((count = ::read(descriptor, chunk.data(), chunk.size())) > 0) {
    if (std::find(chunk.begin(), chunk.begin() + count, no_more) != chunk.begin() + count) break;
  }
  ::close(descriptor);
}

/// Reads the child's output until its address is there.
address read_address(int descriptor) {
  const auto until = steady_clock::now() + 100s;
  std::string text;
  std::array<char, 4096> chunk;
  for (;;) {
    if (const auto found = banner_address(text)) return *found;
    pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now());
    if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) <= 0) break;
    const ssize_t count = ::read(descriptor, chunk.data(), chunk.size());
    if (count <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  throw expectation_failed("the broker printed no mqtt-tcp://host:port; it said: " + text);
}

}  // namespace

engine_options engine_options::from_environment() {
  return {.shards = environment_or("NANOMQ_TEST_SHARDS", "1"),
          .poller = environment_or("NANOMQ_TEST_POLLER", "epoll"),
          .errors = {}};
}

broker_process::broker_process(const std::vector<std::string>& settings, const engine_options& engine) {
  std::vector<std::string> words = {program(),  "broker",      "start",    "--url",      "mqtt-tcp://127.0.0.1:0",
                                    "--shards", engine.shards, "--poller", engine.poller};
  for (const auto& each : settings) {
    words.emplace_back("--set");
    words.push_back(each);
  }
  if (std::getenv("NANOMQ_TEST_STORE") != nullptr) {
    store_ = (std::filesystem::temp_directory_path() / "nanomq-broker-XXXXXX").string();
    if (::mkdtemp(store_.data()) == nullptr) throw expectation_failed("no directory for the store");
    words.emplace_back("--set");
    words.push_back("store.dir=" + store_);
  }
  std::vector<char*> arguments;
  for (auto& each : words) arguments.push_back(each.data());
  arguments.push_back(nullptr);

  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw expectation_failed("no pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(pipe[1], STDOUT_FILENO);
    if (!engine.errors.empty()) ::dup2(::open(engine.errors.c_str(), O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(pipe[1]);
  try {
    where_ = read_address(pipe[0]);
  } catch (...) {
    ::close(pipe[0]);
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    throw;
  }
  output_ = "/proc/self/fd/" + std::to_string(pipe[0]);
  drain_ = std::thread(discard, pipe[0]);
}

void broker_process::close_output() {
  const int end = ::open(output_.c_str(), O_WRONLY | O_CLOEXEC);
  if (end < 0 || ::write(end, &no_more, 1) != 1) throw expectation_failed("its pipe cannot be closed");
  ::close(end);
  drain_.join();
}

broker_process::~broker_process() {
  stop();
  std::error_code ignored;
  if (!store_.empty()) std::filesystem::remove_all(store_, ignored);
}

void broker_process::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

int broker_process::stop() {
  signal(SIGTERM);
  return wait();
}

int broker_process::wait() {
  if (pid_ <= 0) return 0;
  const int watch = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  pollfd entry{.fd = watch, .events = POLLIN, .revents = 0};
  const bool ended = watch >= 0 && ::poll(&entry, 1, 60'000) > 0;
  if (watch >= 0) ::close(watch);
  if (!ended) signal(SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  if (drain_.joinable()) drain_.join();
  if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
  return WEXITSTATUS(status);
}

std::size_t broker_process::resident_memory() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  std::size_t kibibytes = 0;
  while (status >> word)
    if (word == "VmRSS:" && status >> kibibytes) break;
  return kibibytes * 1024;
}

bool external_broker() { return std::getenv("NANOMQ_TEST_ADDRESS") != nullptr; }

address external_address() { return parsed_address(environment_or("NANOMQ_TEST_ADDRESS", "127.0.0.1:1883")); }

}  // namespace nanomq::support
