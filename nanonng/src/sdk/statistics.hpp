// The counters of a client.
#pragma once

#include <atomic>
#include <cstdint>

#include "nanolib/base/counter.hpp"

namespace nanonng::sdk {

/// What client_statistics is made of. Thread: the counters belong to the loop, the atomics to anybody.
struct statistics {
  nanolib::counter connections;
  nanolib::counter failed_attempts;
  nanolib::counter messages_sent;
  nanolib::counter messages_repeated;
  nanolib::counter messages_acknowledged;
  nanolib::counter messages_received;
  nanolib::counter duplicates_suppressed;
  nanolib::counter reading_paused;
  nanolib::counter bytes_sent;
  nanolib::counter bytes_received;
  std::atomic<std::uint64_t> messages_dropped{0};
  std::atomic<std::uint64_t> messages_refused{0};
  std::atomic<std::uint64_t> faults{0};
};

}  // namespace nanonng::sdk
