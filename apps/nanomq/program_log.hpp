// The program's log: events of the libraries as lines on the console, in a file, to a socket and to syslog, several at once,
// through spdlog. A log that cannot be written never stops or delays the broker: lines are dropped, counted, and how many there
// were is said as soon as something gets through.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "event_limiter.hpp"
#include "nanolib/base/log.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanolib/base/result.hpp"
#include "nanomq/config/log_settings.hpp"

namespace nanomq::program {

class line_sink;

/// Outputs that are open and ready to be used.
struct log_outputs {
  std::vector<std::shared_ptr<line_sink>> sinks;
  config::log_format format{};
  std::uint32_t rate = 0;
  nanolib::duration rate_interval{};
};

/// Thread: any.
class program_log final : public nanolib::log {
 public:
  explicit program_log(const config::log_levels& levels) noexcept { config::apply(levels, *this); }

  /// Opens all that the settings name. Errors: config or sys, with `why`.
  [[nodiscard]] static nanolib::result<log_outputs> prepare(const config::log_settings& settings, std::string& why);
  /// Writes there from here on. What the outputs before have dropped is not forgotten.
  void use(log_outputs outputs);
  /// Reports what has been suppressed in intervals that have ended, and what was dropped where there is room again. Call it now
  /// and then.
  void keep_house() noexcept;
  /// Lines that each place has dropped since the start.
  [[nodiscard]] std::vector<std::pair<config::log_place, std::uint64_t>> dropped() const;

 private:
  void write(const nanolib::log_event& what) noexcept override;
  void emit(const nanolib::log_event& what) NANOLIB_REQUIRES(mutex_);
  void emit_suppressed() NANOLIB_REQUIRES(mutex_);

  mutable nanolib::mutex mutex_;
  log_outputs to_ NANOLIB_GUARDED_BY(mutex_);
  event_limiter limiter_ NANOLIB_GUARDED_BY(mutex_);
  std::vector<suppressed_events> ended_ NANOLIB_GUARDED_BY(mutex_);
};

/// A log that is open. Errors: config or sys, with `why`.
[[nodiscard]] nanolib::result<std::unique_ptr<program_log>> open_log(const config::log_settings& settings,
                                                                     std::string& why);

}  // namespace nanomq::program
