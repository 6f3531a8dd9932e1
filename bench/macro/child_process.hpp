// A program started, watched and stopped by its own number, never by name.
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace nanomq::bench {

/// Owns: the process; destruction stops it. It also dies when this program does, however that ends. Thread: one.
class child_process {
 public:
  /// Looks the program up in PATH; output and errors go to `log`. Errors: a sentence.
  [[nodiscard]] static std::expected<child_process, std::string> start(const std::vector<std::string>& command,
                                                                       const std::filesystem::path& log);
  child_process(child_process&& other) noexcept : number_(std::exchange(other.number_, 0)) {}
  child_process& operator=(child_process&&) = delete;
  ~child_process() { stop(); }

  [[nodiscard]] int number() const noexcept { return number_; }
  /// Waits for its end for at most `longest`. True: it has ended.
  bool wait(std::chrono::milliseconds longest) noexcept;
  /// SIGTERM, then, for one that does not listen, SIGKILL.
  void stop() noexcept;

 private:
  explicit child_process(int number) noexcept : number_(number) {}

  int number_ = 0;  // zero: ended and collected
};

}  // namespace nanomq::bench
