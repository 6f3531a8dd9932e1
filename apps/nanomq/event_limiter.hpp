// Keeps one source from filling the log: of events with the same name about the same address, only so many are written in an
// interval, and then how many there were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "nanolib/base/log.hpp"
#include "nanolib/base/time.hpp"

namespace nanomq::program {

/// Events that were not written.
struct suppressed_events {
  nanolib::log_component from{};
  nanolib::log_level level{};
  std::string name;
  std::string kind;  ///< what the source is: "address" or "client"
  std::string source;
  std::uint64_t count = 0;
};

/// The source is the event's field `address`, else `client`; events with neither are the broker's own and are not limited.
/// At most `most_sources` are told apart: what comes beyond them counts as one.
/// Thread: externally synchronised. Shape: a look-up per event; 1024 entries of about 200 bytes at most.
class event_limiter {
 public:
  static constexpr std::size_t most_sources = 1024;

  /// Takes effect with the next interval of each source. 0 events: any number.
  void configure(std::uint32_t events, nanolib::duration interval) noexcept {
    most_ = events;
    interval_ = interval;
  }
  /// Whether this one is to be written. What was not in an interval that has ended is appended to `ended`.
  [[nodiscard]] bool admit(const nanolib::log_event& what, nanolib::instant now, std::vector<suppressed_events>& ended);
  /// The same without an event.
  void collect(nanolib::instant now, std::vector<suppressed_events>& ended);

 private:
  struct window {
    nanolib::instant ends;
    std::uint64_t seen = 0;
    suppressed_events told;
  };
  static void report(window& from, std::vector<suppressed_events>& ended);

  std::uint32_t most_ = 0;
  nanolib::duration interval_{10'000};
  nanolib::instant next_look_{};
  std::unordered_map<std::string, window> windows_;
  std::string key_;
};

}  // namespace nanomq::program
