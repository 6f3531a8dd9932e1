// A broker that runs for the length of one workload.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "broker_recipe.hpp"
#include "child_process.hpp"

namespace nanomq::bench {

/// A directory of its own that goes away with it.
class scratch_directory {
 public:
  /// Errors: a sentence.
  [[nodiscard]] static std::expected<scratch_directory, std::string> create();
  scratch_directory(scratch_directory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  scratch_directory& operator=(scratch_directory&&) = delete;
  ~scratch_directory();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  explicit scratch_directory(std::filesystem::path path) noexcept : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// Owns: the process and its directory. Thread: one.
class running_broker {
 public:
  /// Starts it on a free port of 127.0.0.1 and returns when it has answered a CONNECT.
  /// Errors: a sentence, with the end of what the broker printed.
  [[nodiscard]] static std::expected<running_broker, std::string> start(const broker_recipe& recipe);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] int process() const noexcept { return process_.number(); }

 private:
  running_broker(scratch_directory directory, child_process process, std::uint16_t port) noexcept
      : directory_(std::move(directory)), process_(std::move(process)), port_(port) {}

  scratch_directory directory_;
  child_process process_;
  std::uint16_t port_;
};

/// The first line that the broker prints about its version, or "version unknown".
[[nodiscard]] std::string version_of(const broker_recipe& recipe);

}  // namespace nanomq::bench
