// What is counted while load runs, for whoever looks on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "nanolib/base/counter.hpp"

namespace nanomq::tools {

enum class load_count : std::uint8_t {
  begun,             ///< attempts to connect
  opened,            ///< attempts that CONNACK ended well
  failed,            ///< attempts that came to nothing
  lost,              ///< connections that ended by themselves
  settled,           ///< clients of which it is known whether they take part
  subscribed,        ///< filters granted
  refused_filters,   ///< filters refused
  sent,              ///< messages
  acknowledged,      ///< messages above QoS 0 that the broker has taken
  refused,           ///< messages that the broker, or its limits, did not let through
  skipped,           ///< messages that were due while there was no connection
  received,          ///< messages
  payload_received,  ///< bytes of their payloads
  unchecked,         ///< messages received that do not say what they are
  changed,           ///< messages received that were not sent like that
  misdelivered,      ///< messages received by somebody they were not for
  skewed,            ///< messages received before they were due: clocks disagree
  count_,
};

inline constexpr std::size_t load_counts = static_cast<std::size_t>(load_count::count_);

/// The counters of one thread of load. Thread: one writer, any readers.
class load_counters {
 public:
  nanolib::counter& operator[](load_count which) noexcept { return values_[std::to_underlying(which)]; }
  const nanolib::counter& operator[](load_count which) const noexcept { return values_[std::to_underlying(which)]; }

 private:
  std::array<nanolib::counter, load_counts> values_;
};

/// The counters of all threads together, at one time.
class load_totals {
 public:
  [[nodiscard]] std::uint64_t operator[](load_count which) const noexcept { return values_[std::to_underlying(which)]; }
  void add(const load_counters& counters) noexcept {
    for (std::size_t at = 0; at < load_counts; ++at) values_[at] += counters[static_cast<load_count>(at)].get();
  }
  /// Connections that stand.
  [[nodiscard]] std::uint64_t open() const noexcept { return (*this)[load_count::opened] - (*this)[load_count::lost]; }

 private:
  std::array<std::uint64_t, load_counts> values_{};
};

}  // namespace nanomq::tools
