// How much of the store the broker may use, and what is said about it.
#pragma once

#include <cstdint>
#include <string>

#include "nanolib/cache/store.hpp"

namespace nanomq::broker {

/// Of a broker that was given a store. All bounds count what waits in queues, in memory or on disk.
struct durability_options {
  nanolib::durability level = nanolib::durability::fsync;  ///< what the store was opened with; for status
  std::string directory;                                   ///< likewise
  std::uint32_t max_queue_messages = 1'000'000;            ///< of one session; beyond it messages are dropped for it
  std::uint64_t max_queue_bytes = std::uint64_t{1} << 30U;
  std::uint64_t max_messages = 50'000'000;  ///< of all; beyond it publishers of QoS 1 and 2 are refused
  /// Rows that wait for the writer: publishers that wait for some of them are not read from while there are more.
  std::uint32_t max_pending_rows = 16'384;
  std::uint64_t max_bytes = std::uint64_t{8} << 30U;
};

[[nodiscard]] constexpr const char* name_of(nanolib::durability level) noexcept {
  switch (level) {
    case nanolib::durability::none:
      return "none";
    case nanolib::durability::process:
      return "process";
    case nanolib::durability::fsync:
      return "fsync";
  }
  return "none";
}

}  // namespace nanomq::broker
