// What becomes durable together: the changes of one turn of one shard, and those that other shards make because of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "nanolib/cache/store_batch.hpp"

namespace nanolib {

/// A unit belongs to the shard that opened it. Each shard writes in its own part only. Whoever will add something later
/// is counted; the last one to finish hands the unit to the writer.
///
/// The opener counts as one from the start. When it posts work to another shard (a batch with publications of this turn)
/// it calls expect() first; that shard calls finish() when it has handled the work, and may itself expect() others for
/// what it forwards. After its turn's last change the opener calls finish() as well.
/// Thread: part(n) for shard n; expect() for whoever is counted; finish() once per count.
/// Shape: one allocation, and 32 bytes per shard; a turn without changes opens none.
class store_unit {
 public:
  /// `number` grows by one per unit of this opener, from 1. Errors: throws std::bad_alloc.
  store_unit(std::uint32_t opener, std::uint64_t number, std::size_t shards);
  store_unit(const store_unit&) = delete;
  store_unit& operator=(const store_unit&) = delete;

  [[nodiscard]] std::uint32_t opener() const noexcept { return opener_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  [[nodiscard]] store_batch& part(std::uint32_t shard) noexcept { return parts_[shard]; }
  [[nodiscard]] std::vector<store_batch>& parts() noexcept { return parts_; }
  [[nodiscard]] const std::vector<store_batch>& parts() const noexcept { return parts_; }

  /// How much it holds now. For the writer.
  [[nodiscard]] std::size_t changes() const noexcept;
  [[nodiscard]] std::uint64_t bytes() const noexcept;

  void expect() noexcept { outstanding_.fetch_add(1, std::memory_order_relaxed); }
  /// True for the last one: the unit is complete, and the caller hands it to the writer.
  [[nodiscard]] bool finish() noexcept { return outstanding_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

  /// A message that belongs to it cannot be kept: none of its messages is, and its opener is told. For whoever is counted.
  void refuse() noexcept { refused_.store(true, std::memory_order_relaxed); }
  /// For the writer, or after finish().
  [[nodiscard]] bool is_refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

  /// A row was put.
  void count_row() noexcept { rows_.fetch_add(1, std::memory_order_relaxed); }
  /// For the writer: how many rows were.
  [[nodiscard]] std::uint32_t rows() const noexcept { return rows_.load(std::memory_order_relaxed); }

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  friend class unit_list;

  ~store_unit() = default;

  std::uint32_t opener_;
  std::uint64_t number_;
  std::vector<store_batch> parts_;
  store_unit* next_ = nullptr;
  std::atomic<std::uint32_t> outstanding_{1};
  std::atomic<std::uint32_t> rows_{0};
  std::atomic<bool> refused_{false};
  mutable std::atomic<std::uint32_t> count_{1};
};

using store_unit_ptr = intrusive_ptr<store_unit>;

}  // namespace nanolib
