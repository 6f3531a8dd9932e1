// Which subscribers are connected at this moment, readable from every shard.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "nanolib/message/message.hpp"

namespace nanolib {

/// One bit per session slot. Thread: a subscriber's bit is written by its shard and read by any.
class presence {
 public:
  /// Shape: slots / 8 bytes per shard.
  presence(std::uint32_t shards, std::uint32_t slots) : words_(slots / 64 + 1) {
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      shards_.push_back(std::make_unique<std::atomic<std::uint64_t>[]>(words_));
    }
  }

  void set(subscriber_id who, bool online) noexcept {
    std::atomic<std::uint64_t>& word = shards_[shard_of(who)][slot_of(who) / 64];
    const std::uint64_t bit = std::uint64_t{1} << slot_of(who) % 64;
    if (online) {
      word.fetch_or(bit, std::memory_order_relaxed);
    } else {
      word.fetch_and(~bit, std::memory_order_relaxed);
    }
  }
  [[nodiscard]] bool is_online(subscriber_id who) const noexcept {
    if (shard_of(who) >= shards_.size() || slot_of(who) / 64 >= words_) return false;
    return (shards_[shard_of(who)][slot_of(who) / 64].load(std::memory_order_relaxed) >> slot_of(who) % 64 & 1U) != 0;
  }

 private:
  std::size_t words_;
  std::vector<std::unique_ptr<std::atomic<std::uint64_t>[]>> shards_;
};

}  // namespace nanolib
