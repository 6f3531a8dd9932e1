// How much has arrived and waits for the program, and when reading has to pause for it.
#pragma once

#include <atomic>
#include <cstddef>

#include "nanonng/sdk/client_options.hpp"

namespace nanonng::sdk {

/// The loop adds and closes the gate, those who hand messages over remove and open it. Both sides look at what the other one
/// writes after they have written, in one total order, so at least one of them sees that it is to be opened.
/// Thread: thread-safe.
class incoming_gate {
 public:
  explicit incoming_gate(const incoming_bounds& bounds) noexcept : bounds_(bounds) {}

  /// The loop: one more. False: no more, the gate is closed until remove() says that it opens.
  [[nodiscard]] bool add(std::size_t bytes) noexcept {
    const std::size_t messages = messages_.fetch_add(1, std::memory_order_seq_cst) + 1;
    const std::size_t held = bytes_.fetch_add(bytes, std::memory_order_seq_cst) + bytes;
    if (messages < bounds_.max_messages && held < bounds_.max_bytes) return true;
    closed_.store(true, std::memory_order_seq_cst);
    return is_half_empty() && closed_.exchange(false);
  }
  /// True for one caller when the gate opens by it.
  [[nodiscard]] bool remove(std::size_t messages, std::size_t bytes) noexcept {
    messages_.fetch_sub(messages, std::memory_order_seq_cst);
    bytes_.fetch_sub(bytes, std::memory_order_seq_cst);
    return closed_.load(std::memory_order_seq_cst) && is_half_empty() && closed_.exchange(false);
  }

  [[nodiscard]] bool is_closed() const noexcept { return closed_.load(std::memory_order_seq_cst); }
  /// So much more than the bounds that not even who waits for an answer behind it may have more read.
  [[nodiscard]] bool is_overfull() const noexcept {
    return messages() / excess >= bounds_.max_messages || bytes() / excess >= bounds_.max_bytes;
  }
  [[nodiscard]] std::size_t messages() const noexcept { return messages_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t excess = 4;
  [[nodiscard]] bool is_half_empty() const noexcept {
    return messages_.load(std::memory_order_seq_cst) <= bounds_.max_messages / 2 &&
           bytes_.load(std::memory_order_seq_cst) <= bounds_.max_bytes / 2;
  }

  const incoming_bounds bounds_;
  std::atomic<std::size_t> messages_{0};
  std::atomic<std::size_t> bytes_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace nanonng::sdk
