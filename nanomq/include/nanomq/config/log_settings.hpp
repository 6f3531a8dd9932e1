// What is logged, how it looks and where it goes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nanolib/base/log.hpp"
#include "nanolib/base/time.hpp"

namespace nanomq::config {

/// The level of all components, and of those that have one of their own.
struct log_levels {
  nanolib::log_level general = nanolib::log_level::warn;
  std::array<std::optional<nanolib::log_level>, nanolib::log_component_names.size()> own{};

  [[nodiscard]] nanolib::log_level of(nanolib::log_component which) const noexcept {
    return own[static_cast<std::size_t>(which)].value_or(general);
  }
  friend bool operator==(const log_levels&, const log_levels&) = default;
};

/// Makes them the thresholds of a log. Thread: any.
inline void apply(const log_levels& levels, nanolib::log& to) noexcept {
  for (std::size_t i = 0; i < nanolib::log_component_names.size(); ++i) {
    const auto which = static_cast<nanolib::log_component>(i);
    to.set_threshold(which, levels.of(which));
  }
}

enum class log_place : std::uint8_t { console, file, syslog, uds };
enum class log_format : std::uint8_t { text, json };
enum class syslog_format : std::uint8_t { local, rfc5424 };

struct log_settings {
  log_levels levels;
  std::vector<log_place> to{log_place::console};
  std::string directory;  ///< of the file; empty: where the broker was started
  std::string file = "nanomq.log";
  std::string socket;  ///< of `uds`
  std::string syslog_socket = "/dev/log";
  log_format format = log_format::text;
  syslog_format syslog = syslog_format::local;
  std::uint64_t rotation_size = 10U * 1024 * 1024;  ///< 0: the file is never rotated
  std::uint32_t rotation_count = 5;                 ///< files that are kept beside the one that is written
  std::uint32_t rate = 100;                         ///< events of one name and source per interval; 0: any number
  nanolib::duration rate_interval{10'000};

  [[nodiscard]] bool goes_to(log_place where) const noexcept;
  /// Directory and file together.
  [[nodiscard]] std::string path() const;
  friend bool operator==(const log_settings&, const log_settings&) = default;
};

}  // namespace nanomq::config
