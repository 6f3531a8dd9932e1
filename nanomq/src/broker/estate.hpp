// What a session that has ended leaves on disk to the other members of its shared subscriptions.
//
// Its rows are read back window by window and passed on; its key stays in the store, under no client's name, until that
// is done, so that a restart in between goes on with it.
#pragma once

#include <cstdint>

#include "nanolib/cache/stored_queue.hpp"

namespace nanomq::broker {

class shard;

/// Thread: loop-confined. Owned by its shard.
class estate {
 public:
  estate(shard& at, nanolib::session_key key, const nanolib::queue_range& range, std::uint64_t rows,
         std::uint64_t bytes) noexcept
      : at_(at), key_(key), range_(range), rows_(rows), bytes_(bytes) {}

  void read() noexcept;
  [[nodiscard]] nanolib::session_key key() const noexcept { return key_; }
  /// False: all of it has been passed on.
  [[nodiscard]] bool on_window(nanolib::queue_window& window) noexcept;
  /// The session goes from the store.
  void finish() noexcept;

 private:
  shard& at_;
  nanolib::session_key key_;
  nanolib::queue_range range_;
  std::uint64_t rows_;  ///< that are still counted for it
  std::uint64_t bytes_;
};

}  // namespace nanomq::broker
