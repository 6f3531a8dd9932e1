// From units to commits: their order, what of them is written at all, and what follows when there is no space.
//
// It has no thread and no timer: nanomq's durable_writer gives it units and calls commit() when a group is to be closed;
// a test does the same without a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "nanolib/cache/store.hpp"
#include "nanolib/cache/store_unit.hpp"

namespace nanolib {

/// What the opener of a unit is told about it.
struct unit_outcome {
  enum class kind : std::uint8_t {
    durable,  ///< this unit and all before it are stored (or had nothing to store): release what waits for them
    refused,  ///< the messages of this one unit are not stored: refuse their publishers (PUBACK and PUBREC 0x97; 3.x:
              ///< close). What else waits for it goes on waiting: `durable` follows
    failed,   ///< the store has failed: nothing that waits for this unit or a later one is ever acknowledged
  };
  std::uint32_t shard = 0;   ///< the opener
  std::uint64_t number = 0;  ///< of the unit
  kind what = kind::durable;

  friend bool operator==(const unit_outcome&, const unit_outcome&) = default;
};

enum class store_state : std::uint8_t {
  working,
  full,    ///< no space: refuse new QoS 1 and 2 messages at once (0x97), make no rows for them
  failed,  ///< likewise, for good
};

struct committer_limits {
  std::size_t changes = 512;  ///< a group is not made larger than this, a single unit excepted
  std::uint64_t bytes = 1U << 20U;
};

struct committer_counts {
  std::uint64_t units = 0;
  std::uint64_t commits = 0;
  std::uint64_t changes = 0;
  std::uint64_t rows = 0;            ///< of units that are done with, whatever became of them
  std::uint64_t rows_cancelled = 0;  ///< acknowledged before they were written
  std::uint64_t units_refused = 0;
  std::uint64_t backlog = 0;  ///< changes that wait for space
};

/// Thread: externally synchronised.
class unit_committer {
 public:
  /// The retained message of a topic at this moment, null for none.
  using retained_source = std::function<message_ptr(std::string_view topic)>;
  using outcomes = std::vector<unit_outcome>;

  unit_committer(store& into, std::size_t shards, const committer_limits& limits, retained_source retained);
  unit_committer(const unit_committer&) = delete;
  unit_committer& operator=(const unit_committer&) = delete;
  ~unit_committer();

  /// A complete unit. It is taken up when all units of its opener with smaller numbers are there.
  void add(store_unit_ptr unit) noexcept;

  /// Whether commit() would do anything now; while full that is a new attempt.
  [[nodiscard]] bool has_work() const noexcept;
  /// Whether what is there fills a group.
  [[nodiscard]] bool is_group_full() const noexcept;

  /// Commits one group, or what waits for space. Appends what is to be told, in order.
  /// No space: messages (put_row, put_unreleased) of the group are given up, everything else is kept and tried again by
  /// the next call. Errors: none; see state().
  void commit(const clock_reading& at, outcomes& told) noexcept;

  [[nodiscard]] store_state state() const noexcept;
  [[nodiscard]] const committer_counts& counts() const noexcept;

 private:
  struct inner;
  std::unique_ptr<inner> inner_;
};

}  // namespace nanolib
