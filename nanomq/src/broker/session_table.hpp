// The sessions of one shard: by client id, and by slot for the subscription tree.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "broker/session.hpp"

namespace nanomq::broker {

/// Owns the sessions. Thread: loop-confined. Shape: about 20 bytes per session beside the session.
class session_table {
 public:
  session_table(shard& home, std::uint32_t shard_number, std::uint32_t most_slots) noexcept
      : home_(home), shard_number_(shard_number), most_slots_(most_slots) {}

  [[nodiscard]] session* find(std::string_view client_id, std::uint64_t hash) const noexcept;
  /// Null when memory or slots are used up. The id must not be there yet.
  [[nodiscard]] session* create(std::string_view client_id, std::uint64_t hash) noexcept;
  void destroy(session& which) noexcept;
  /// By slot; null when it is free.
  [[nodiscard]] session* at(std::uint32_t slot) const noexcept {
    return slot < slots_.size() ? slots_[slot].get() : nullptr;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  template <class Visit>
  void for_each(Visit&& visit) {
    for (const std::unique_ptr<session>& held : slots_) {
      if (held) visit(*held);
    }
  }

 private:
  void rebuild(std::size_t capacity);
  [[nodiscard]] std::size_t locate(std::string_view client_id, std::uint64_t hash) const noexcept;

  shard& home_;
  std::uint32_t shard_number_;
  std::uint32_t most_slots_;
  std::vector<std::unique_ptr<session>> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::uint32_t> index_;  // slots by hash, open addressing; 0: free
  std::size_t size_ = 0;
};

}  // namespace nanomq::broker
