// The ways in which `nanomq sub` prints what arrives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "nanomq/tools/message_format.hpp"

namespace nanomq::tools {

/// What was asked for. Of several ways the first in this order is taken: JSON, format, verbose, the bare payload.
struct print_options {
  bool json = false;
  std::optional<message_format> format{};
  bool verbose = false;
  bool line_end = true;
  bool indented = false;    ///< JSON over several lines
  double percentage = 100;  ///< of the messages that are printed, at random
  bool watch = false;       ///< each topic on a line of its own of the terminal
};

/// Thread: externally synchronised. Bounds: watch() gives lines to the first `most_watched` topics.
class message_printer {
 public:
  static constexpr std::size_t most_watched = 10'000;

  message_printer(print_options options, std::uint64_t seed) noexcept
      : options_(std::move(options)), random_(seed | 1U) {}

  /// What comes before the first message. `broker` is where it comes from.
  [[nodiscard]] std::string heading(std::string_view broker) const;
  /// Appends the message, or nothing. `complaint` is set when something can't be shown.
  void print(std::string& out, const shown_message& message, std::string& complaint);

 private:
  void print_text(std::string& out, const shown_message& message, std::string& complaint);
  [[nodiscard]] bool chosen() noexcept;
  [[nodiscard]] std::size_t line_of(std::string_view topic);

  print_options options_;
  local_clock clock_;
  local_time no_time_;
  std::uint64_t random_;
  std::unordered_map<std::string, std::size_t> lines_;
};

}  // namespace nanomq::tools
