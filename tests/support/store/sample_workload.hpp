// A little of everything, commit by commit: what fault and crash tests let a store do.
#pragma once

#include <cstdint>
#include <vector>

#include "nanolib/cache/store.hpp"

namespace nanolib::testing {

/// The time at which it all happens, and at which it is looked at.
[[nodiscard]] clock_reading workload_time();

/// Batch number `number` of a run with this seed; rows in it have been taken. Later ones build on earlier ones: sessions
/// come and go, queues fill and drain, bodies are shared, retained messages change. Applying them in order to any store
/// gives the same contents.
class sample_workload {
 public:
  explicit sample_workload(std::uint32_t seed, std::size_t largest_payload = 600);

  [[nodiscard]] store_batch next();

 private:
  struct session {
    session_key key = 0;
    queue_sequence next = 1;
    std::vector<queue_sequence> queue;
    std::vector<std::uint16_t> unreleased;
  };

  [[nodiscard]] std::uint32_t below(std::uint32_t end);
  [[nodiscard]] std::string text(std::size_t longest);
  void begin_session(store_batch& into);
  void end_session(store_batch& into);
  void publish(store_batch& into);
  void drain(store_batch& into);
  void release(store_batch& into);
  void retain(store_batch& into);
  void subscribe(store_batch& into);

  std::uint64_t state_;
  std::size_t largest_payload_;
  session_key next_session_ = 1;
  message_key next_message_ = 1;
  std::vector<session> sessions_;
};

}  // namespace nanolib::testing
