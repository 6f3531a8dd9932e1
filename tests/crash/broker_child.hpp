// The broker under test: started on its data directory, killed, and started again, at the same port.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "child_process.hpp"
#include "recipe.hpp"
#include "running_broker.hpp"

namespace nanomq::crash {

/// Owns: the process and its data directory, which goes away with it. Thread: one.
class broker_child {
 public:
  using clock = std::chrono::steady_clock;

  /// A directory under the system's one for temporary files and a free port; nothing runs yet. Errors: a sentence.
  [[nodiscard]] static std::expected<broker_child, std::string> prepare(const recipe& how);

  /// Errors: a sentence.
  [[nodiscard]] std::expected<void, std::string> start();
  /// Waits until it has answered a CONNECT, for as long as it lives and `until` is not over. True: it has.
  [[nodiscard]] bool wait_until_ready(clock::time_point until);
  /// From start() to the answer.
  [[nodiscard]] std::chrono::nanoseconds time_to_ready() const noexcept { return time_to_ready_; }
  [[nodiscard]] bool runs();
  /// Sends the signal and waits for the end; one that does not end within 30 s is killed and false is returned.
  bool end(int signal);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] int process() const noexcept { return process_ ? process_->number() : 0; }
  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_.path(); }
  /// The last that the broker printed since start().
  [[nodiscard]] std::string end_of_log() const;

 private:
  broker_child(recipe how, bench::scratch_directory directory, std::uint16_t port)
      : how_(std::move(how)), directory_(std::move(directory)), port_(port) {}

  recipe how_;
  bench::scratch_directory directory_;
  std::uint16_t port_;
  std::optional<bench::child_process> process_;
  clock::time_point started_{};
  std::chrono::nanoseconds time_to_ready_{0};
};

}  // namespace nanomq::crash
