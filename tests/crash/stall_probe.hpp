// A publisher and a subscriber with QoS 0 beside the load: how long one message takes while the broker is busy with its
// disk. A thread of its own, so that the load's work is not counted.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <thread>

#include "client_loop.hpp"
#include "nanomq/tools/histogram.hpp"
#include "session.hpp"

namespace nanomq::crash {

struct stall_figures {
  tools::histogram delays;  ///< from when a message was due to its arrival
  std::uint64_t sent = 0;
};

/// One message a millisecond from construction to finish(). Thread: construction and finish() on one thread.
class stall_probe {
 public:
  explicit stall_probe(std::uint16_t port);
  ~stall_probe();
  stall_probe(const stall_probe&) = delete;
  stall_probe& operator=(const stall_probe&) = delete;

  /// Forgets what was measured so far: the load has reached its pace.
  void start_over() noexcept { restart_ = true; }
  /// Waits for what is under way, for two seconds at most. A message that has not come by then counts as if it just had.
  [[nodiscard]] stall_figures finish();

 private:
  void run(std::uint16_t port);

  std::atomic<bool> restart_ = false;
  std::atomic<bool> stop_ = false;
  stall_figures figures_;
  std::thread thread_;
};

}  // namespace nanomq::crash
