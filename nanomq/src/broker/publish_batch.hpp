// Publications on their way from one shard to another: a turn's worth in one piece of memory, one hand-over.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "nanolib/cache/store_unit.hpp"
#include "nanolib/message/delivery.hpp"
#include "nanonng/net/event_loop.hpp"

namespace nanomq::broker {

class shard;

/// How much is on its way between two shards: what makes a fast publisher wait for a slow shard.
/// Thread: added to by the sender, subtracted from by the receiver.
struct lane {
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<bool> sender_waits{false};
};

/// Small messages are copied into the batch, larger ones referred to. Thread: filled by the sender, then run by the
/// receiver.
class publish_batch final : public nanonng::net::inbox_item {
 public:
  publish_batch(shard& from, shard& to, lane& over) noexcept : from_(from), to_(to), lane_(over) {}
  ~publish_batch() override;

  /// A publication for the receiver's own subscribers. False when memory is short.
  [[nodiscard]] bool add(const nanolib::publication& what) noexcept;
  /// One for a member of a shared subscription that lives there.
  [[nodiscard]] bool add_shared(const nanolib::publication& what, const nanolib::shared_group_ptr& group,
                                nanolib::subscriber_id member) noexcept;
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  void run() noexcept override;

 private:
  struct record;

  [[nodiscard]] bool append(const nanolib::publication& what, nanolib::shared_group_ptr group,
                            nanolib::subscriber_id member) noexcept;
  /// The unit in which the receiver is to store what it keeps of this publication, as a number in units_, from 1. 0: none.
  [[nodiscard]] std::uint16_t unit_of(const nanolib::publication& what);

  shard& from_;
  shard& to_;
  lane& lane_;
  std::vector<std::byte> arena_;
  std::vector<nanolib::store_unit_ptr> units_;  ///< what the receiver stores belongs to these: rarely more than one
  std::uint64_t size_ = 0;
};

}  // namespace nanomq::broker
