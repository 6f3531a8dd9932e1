// Who subscribed at one place: a few words that readers walk without a lock while writers, one at a time, change them.
//
// A subscriber and its options are one 64-bit word, so that a reader sees it whole or not at all. The first word is in
// the list itself, because most places have one subscriber; the rest is a block that grows by doubling. A reader that
// walks while a subscriber leaves and comes back may meet it twice; who delivers sends one copy to each.
#pragma once

#include <atomic>
#include <cstdint>

#include "nanolib/base/quiescence.hpp"
#include "nanolib/subscription/subscription.hpp"

namespace nanolib {

/// Subscribers and their options. Thread: writers externally synchronised; readers between two quiet points.
/// Shape: two words; from the second member on 8 bytes each, from 32 on 16, twice that after growing.
class member_list {
  using entry = std::atomic<std::uint64_t>;

  /// The words from the second on, and for long lists a table of their places behind them that only writers use.
  struct block {
    std::atomic<std::uint32_t> used{0};
    std::uint32_t capacity;
    std::uint32_t live = 0;
    std::uint32_t index_mask = 0;  ///< 0: short enough to look through

    explicit block(std::uint32_t entries) noexcept : capacity(entries) {}
    [[nodiscard]] entry* words() noexcept { return reinterpret_cast<entry*>(this + 1); }
    [[nodiscard]] const entry* words() const noexcept { return reinterpret_cast<const entry*>(this + 1); }
    [[nodiscard]] std::uint32_t* index() noexcept { return reinterpret_cast<std::uint32_t*>(words() + capacity); }
  };

 public:
  member_list() noexcept = default;
  member_list(const member_list&) = delete;
  member_list& operator=(const member_list&) = delete;
  ~member_list();

  enum class change : std::uint8_t { added, replaced, unchanged };

  /// Adds a member or replaces its options. Errors: throws std::bad_alloc, then nothing was changed.
  change set(const subscription_match& member, quiescence& readers);
  /// Removes a member. False when it was none.
  bool remove(subscriber_id who, quiescence& readers) noexcept;
  /// The member with this id, nobody's when there is none. For writers.
  [[nodiscard]] subscription_match find(subscriber_id who) const noexcept;
  /// How many members there are. For writers.
  [[nodiscard]] std::uint32_t count() const noexcept;

  /// What a reader walks: positions 0 to size() - 1, some of them empty.
  class view {
   public:
    explicit view(const member_list& list) noexcept : list_(&list), more_(list.more_.load(std::memory_order_acquire)) {
      if (more_ != nullptr) size_ = 1 + more_->used.load(std::memory_order_acquire);
    }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    /// The member at a position, nobody when it is empty.
    [[nodiscard]] subscription_match at(std::uint32_t position) const noexcept {
      return unpack(position == 0 ? list_->first_.load(std::memory_order_relaxed)
                                  : more_->words()[position - 1].load(std::memory_order_relaxed));
    }

   private:
    const member_list* list_;
    const block* more_;
    std::uint32_t size_ = 1;
  };

 private:
  [[nodiscard]] static constexpr std::uint64_t pack(const subscription_match& member) noexcept {
    const subscription_options& options = member.options;
    return std::uint64_t{member.who} << 32U | static_cast<std::uint64_t>(options.qos) << 30U |
           std::uint64_t{options.no_local} << 29U | std::uint64_t{options.retain_as_published} << 28U |
           (options.identifier & 0xFFF'FFFFU);
  }
  [[nodiscard]] static constexpr subscription_match unpack(std::uint64_t word) noexcept {
    return {static_cast<subscriber_id>(word >> 32U),
            {static_cast<quality_of_service>(word >> 30U & 3U), (word >> 29U & 1U) != 0, (word >> 28U & 1U) != 0,
             static_cast<std::uint32_t>(word & 0xFFF'FFFFU)}};
  }

  [[nodiscard]] entry* find_entry(subscriber_id who) const noexcept;
  void append(std::uint64_t word, quiescence& readers);
  void replace_block(std::uint32_t capacity, quiescence& readers);

  entry first_{0};
  std::atomic<block*> more_{nullptr};
};

}  // namespace nanolib
