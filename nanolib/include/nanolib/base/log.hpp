// Where libraries say what happened: one event with a stable name and key=value fields. They never print.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <type_traits>

#include "nanolib/base/visibility.hpp"

namespace nanolib {

enum class log_level : std::uint8_t { trace, debug, info, warn, error, fatal, off };

/// One field of an event. The sink escapes values; secrets and payloads are never passed.
struct log_field {
  enum class kind : std::uint8_t { text, number };

  std::string_view key;
  kind type;
  std::string_view text;
  std::int64_t number = 0;

  log_field(std::string_view name, std::string_view value) noexcept : key(name), type(kind::text), text(value) {}
  log_field(std::string_view name, const char* value) noexcept : key(name), type(kind::text), text(value) {}
  template <class Integer>
    requires std::is_integral_v<Integer>
  log_field(std::string_view name, Integer value) noexcept
      : key(name), type(kind::number), number(static_cast<std::int64_t>(value)) {}
};

/// Receives events. Thread: write() may be called from any thread.
class log {
 public:
  explicit log(log_level threshold = log_level::info) noexcept : threshold_(threshold) {}
  log(const log&) = delete;
  log& operator=(const log&) = delete;
  virtual ~log() = default;

  /// Whether an event of this level would be kept: ask before gathering costly fields.
  [[nodiscard]] bool wants(log_level level) const noexcept {
    return level >= threshold_.load(std::memory_order_relaxed);
  }
  /// From here on. Thread: any.
  void set_threshold(log_level level) noexcept { threshold_.store(level, std::memory_order_relaxed); }

  void event(log_level level, std::string_view name, std::initializer_list<log_field> fields = {}) noexcept {
    if (wants(level)) write(level, name, fields);
  }

 private:
  virtual void write(log_level level, std::string_view name, std::initializer_list<log_field> fields) noexcept = 0;

  std::atomic<log_level> threshold_;
};

/// Keeps nothing.
[[nodiscard]] NANOLIB_EXPORT log& null_log() noexcept;

}  // namespace nanolib
