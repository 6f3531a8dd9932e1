// Threads for the costly half of TLS handshakes, so that event loops do not compute them.
//
// A job is the work of one connection between two of its messages: a millisecond or three of public-key arithmetic. The
// connection gives away all that this needs, a thread computes, and the job comes back through the inbox of the loop that it
// came from. Nobody waits for it: a connection that has gone meanwhile says that the job is not wanted any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "nanonng/net/event_loop.hpp"

namespace nanonng::net {

/// Few threads shared by all loops, with a lower priority than theirs: who is connected goes before who wants to be.
/// Jobs begin in the order in which they came; beyond `most_waiting` they are refused, and counted.
/// Thread: thread-safe, stop() and destruction aside. Shape: the threads begin with the first job.
class handshake_pool {
 public:
  /// Owns what it works on. Destroyed by the pool's thread when nobody wants it, else by its loop after run().
  class job : public inbox_item {
   public:
    explicit job(event_loop& home) noexcept : home_(home) {}
    /// Asked before compute(). Thread: the pool's.
    [[nodiscard]] virtual bool is_wanted() const noexcept = 0;
    /// Thread: the pool's. run() follows on the loop.
    virtual void compute() noexcept = 0;

   private:
    friend class handshake_pool;
    event_loop& home_;
  };

  /// `threads` 0: nobody but do_one() computes.
  explicit handshake_pool(std::size_t threads, std::size_t most_waiting = 4096);
  handshake_pool(const handshake_pool&) = delete;
  handshake_pool& operator=(const handshake_pool&) = delete;
  /// As stop().
  ~handshake_pool();

  /// False: too many wait, or there is no thread to be had; the job is gone then.
  [[nodiscard]] bool submit(std::unique_ptr<job> what) noexcept;
  /// Drops what waits and waits for what has begun; nothing is posted after it. The loops are still there. Idempotent.
  void stop() noexcept;
  /// Does one job on the caller's thread. False: none waits.
  bool do_one() noexcept;

  [[nodiscard]] std::size_t waiting() const noexcept;
  /// Jobs that were done, and that were refused.
  [[nodiscard]] std::uint64_t done() const noexcept;
  [[nodiscard]] std::uint64_t refused() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace nanonng::net
