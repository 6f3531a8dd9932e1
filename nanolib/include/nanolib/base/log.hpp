// Where libraries say what happened: one event with a stable name and key=value fields. They never print.
//
// An event comes from a component and has a level. Each component has a threshold, which can change at any time. What lies below
// `log_floor` is not even compiled: the build has no code for it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "nanolib/base/visibility.hpp"

// Which levels a build has: NANOMQ_LOG_FLOOR of CMake, as a number.
#ifndef NANOMQ_LOG_FLOOR_LEVEL
#define NANOMQ_LOG_FLOOR_LEVEL 0
#endif

namespace nanolib {

enum class log_level : std::uint8_t { trace, debug, info, warn, error, fatal, off };
inline constexpr std::array<std::string_view, 7> log_level_names{"trace", "debug", "info", "warn",
                                                                 "error", "fatal", "off"};

/// The least level that this build has code for.
inline constexpr log_level log_floor{NANOMQ_LOG_FLOOR_LEVEL};

/// What an event is from.
enum class log_component : std::uint8_t { broker, net, tls, access, store, bridge, http, config, program };
inline constexpr std::array<std::string_view, 9> log_component_names{"broker", "net",  "tls",    "access", "store",
                                                                     "bridge", "http", "config", "program"};

[[nodiscard]] constexpr std::string_view name_of(log_level level) noexcept {
  return log_level_names[static_cast<std::size_t>(level)];
}
[[nodiscard]] constexpr std::string_view name_of(log_component which) noexcept {
  return log_component_names[static_cast<std::size_t>(which)];
}
[[nodiscard]] constexpr std::optional<log_level> find_log_level(std::string_view name) noexcept {
  for (std::size_t i = 0; i < log_level_names.size(); ++i) {
    if (log_level_names[i] == name) return static_cast<log_level>(i);
  }
  return std::nullopt;
}
[[nodiscard]] constexpr std::optional<log_component> find_log_component(std::string_view name) noexcept {
  for (std::size_t i = 0; i < log_component_names.size(); ++i) {
    if (log_component_names[i] == name) return static_cast<log_component>(i);
  }
  return std::nullopt;
}

/// One field of an event. The sink escapes values; secrets and payloads are never passed.
struct log_field {
  enum class kind : std::uint8_t { text, number, truth };

  std::string_view key;
  kind type;
  std::string_view text;
  std::int64_t number = 0;

  log_field(std::string_view name, std::string_view value) noexcept : key(name), type(kind::text), text(value) {}
  log_field(std::string_view name, const char* value) noexcept : key(name), type(kind::text), text(value) {}
  template <class Integer>
    requires std::is_integral_v<Integer>
  log_field(std::string_view name, Integer value) noexcept
      : key(name),
        type(std::is_same_v<Integer, bool> ? kind::truth : kind::number),
        number(static_cast<std::int64_t>(value)) {}
};

/// As a sink gets it. Views: valid during the call.
struct log_event {
  log_component from;
  log_level level;
  std::string_view name;
  std::span<const log_field> fields;
};

/// Receives events. Thread: write() may be called from any thread.
class log {
 public:
  explicit log(log_level threshold = log_level::info) noexcept { set_threshold(threshold); }
  log(const log&) = delete;
  log& operator=(const log&) = delete;
  virtual ~log() = default;

  /// Whether an event of this level would be kept: ask before gathering costly fields. Shape: one relaxed load.
  [[nodiscard]] bool wants(log_component from, log_level level) const noexcept {
    return level >= log_floor && level >= threshold(from);
  }
  [[nodiscard]] bool wants(log_level level) const noexcept { return wants(log_component::broker, level); }
  [[nodiscard]] log_level threshold(log_component of) const noexcept {
    return thresholds_[static_cast<std::size_t>(of)].load(std::memory_order_relaxed);
  }
  /// From here on, for one component or for all. Thread: any.
  void set_threshold(log_component of, log_level level) noexcept {
    thresholds_[static_cast<std::size_t>(of)].store(level, std::memory_order_relaxed);
  }
  void set_threshold(log_level level) noexcept {
    for (auto& one : thresholds_) one.store(level, std::memory_order_relaxed);
  }

  // Inlined by force: what is below log_floor leaves nothing behind at the place that calls it, not even the event's name.
  [[gnu::always_inline]] void event(log_component from, log_level level, std::string_view name,
                                    std::initializer_list<log_field> fields = {}) noexcept {
    if (wants(from, level)) write({from, level, name, {fields.begin(), fields.size()}});
  }
  /// Of the broker itself.
  [[gnu::always_inline]] void event(log_level level, std::string_view name,
                                    std::initializer_list<log_field> fields = {}) noexcept {
    event(log_component::broker, level, name, fields);
  }

 private:
  virtual void write(const log_event& what) noexcept = 0;

  std::array<std::atomic<log_level>, log_component_names.size()> thresholds_{};
};

/// Keeps nothing.
[[nodiscard]] NANOLIB_EXPORT log& null_log() noexcept;

}  // namespace nanolib
