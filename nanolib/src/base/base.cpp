#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <new>
#include <random>

#include "nanolib/base/hash.hpp"
#include "nanolib/base/log.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanolib/cache/store_error.hpp"

namespace nanolib {

namespace {

class machine_clock final : public clock {
 public:
  [[nodiscard]] instant now() const noexcept override {
#ifdef CLOCK_BOOTTIME
    return instant(read(CLOCK_BOOTTIME));
#else
    return instant(read(CLOCK_MONOTONIC));
#endif
  }
  [[nodiscard]] wall_time wall_now() const noexcept override { return wall_time(read(CLOCK_REALTIME)); }

 private:
  static duration read(clockid_t which) noexcept {
    timespec time{};
    clock_gettime(which, &time);
    return duration(static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000);
  }
};

class silent_log final : public log {
 public:
  silent_log() noexcept : log(log_level::off) {}

 private:
  void write(const log_event&) noexcept override {}
};

}  // namespace

// Threads may outlive main(), so these never go away.
clock& system_clock() noexcept {
  alignas(machine_clock) static std::byte room[sizeof(machine_clock)];
  static clock& lasting = *::new (room) machine_clock;
  return lasting;
}

log& null_log() noexcept {
  alignas(silent_log) static std::byte room[sizeof(silent_log)];
  static log& lasting = *::new (room) silent_log;
  return lasting;
}

std::uint64_t hash_seed() noexcept {
  static const std::uint64_t seed = [] {
    try {
      std::random_device device;
      return static_cast<std::uint64_t>(device()) << 32U | device();
    } catch (...) {
      timespec time{};
      clock_gettime(CLOCK_REALTIME, &time);
      return static_cast<std::uint64_t>(time.tv_nsec) * 0x9E3779B97F4A7C15U ^ static_cast<std::uint64_t>(time.tv_sec);
    }
  }();
  return seed;
}

namespace {

std::string_view describe(store_error code) noexcept {
  switch (code) {
    case store_error::no_space:
      return "no space left for the store";
    case store_error::failed:
      return "the store has failed";
    case store_error::in_use:
      return "another process uses the store";
    case store_error::newer_format:
      return "the store was written by a newer version";
    case store_error::foreign:
      return "the file is not a store of nanomq";
    case store_error::unsafe:
      return "the store's files are not safe from others";
  }
  return "unknown error of the store";
}

}  // namespace

error last_system_error() noexcept { return {error_domain::sys, errno}; }

std::string_view describe(const error& what) noexcept {
  switch (what.domain) {
    case error_domain::sys: {
      thread_local char text[128];
      return strerror_r(what.code, text, sizeof text);
    }
    case error_domain::nng:
      return "nng error";
    case error_domain::mqtt:
      return "MQTT reason code";
    case error_domain::config:
      return "unusable configuration";
    case error_domain::store:
      return describe(static_cast<store_error>(what.code));
  }
  return "unknown error";
}

}  // namespace nanolib
