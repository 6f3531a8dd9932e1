// A few threads for what takes long: the hashes of passwords. What they cannot keep up with is refused, not piled up.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace nanomq::access {

/// Thread: thread-safe. Shape: the threads begin with the first job, so that one made before a fork works after it.
class worker_pool {
 public:
  using job = std::move_only_function<void()>;

  /// `most_waiting`: jobs beyond those that are being done.
  worker_pool(std::size_t threads, std::size_t most_waiting);
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;
  /// What waits is dropped, what has begun is waited for.
  ~worker_pool();

  /// False: too many wait, or there are no threads to be had. Jobs begin in the order in which they came.
  [[nodiscard]] bool submit(job what) noexcept;
  /// Other bounds for those that come from here on.
  void set_most_waiting(std::size_t to) noexcept;
  /// How many jobs have been refused.
  [[nodiscard]] std::size_t refused() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// As many threads as leave the other half of the machine to the broker: at least one, at most four.
[[nodiscard]] std::size_t sensible_workers() noexcept;

}  // namespace nanomq::access
