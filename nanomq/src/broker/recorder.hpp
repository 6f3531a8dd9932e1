// A shard's half of the store: what changes in a turn is gathered in a unit, and what waits for it is told when it is safe.
#pragma once

#include <cstdint>
#include <vector>

#include "broker/durable_state.hpp"
#include "nanolib/cache/queue_journal.hpp"
#include "nanolib/message/message.hpp"

namespace nanomq::broker {

/// Thread: loop-confined. Shape: nothing is allocated in a turn that changes nothing.
class recorder final : public nanolib::queue_journal {
 public:
  recorder(durable_state& shared, std::uint32_t shard, std::size_t shards) noexcept
      : shared_(shared), shard_(shard), shards_(shards) {}

  [[nodiscard]] nanolib::queue_row_ptr put(nanolib::queue_row_content what) noexcept override;
  void release(nanolib::session_key session, nanolib::queue_sequence sequence, std::uint64_t bytes) noexcept override;
  void remove(nanolib::session_key session, nanolib::queue_sequence sequence, const nanolib::queue_row_ptr& row,
              std::uint64_t bytes) noexcept override;
  void pass_on(nanolib::session_key session, nanolib::queue_sequence sequence, nanolib::queue_row_ptr row,
               std::uint64_t bytes) noexcept override;

  /// Any other change.
  void record(nanolib::store_change what) noexcept;
  /// The key of a publication's body, drawn when it is first asked for.
  [[nodiscard]] nanolib::message_key body_of(const nanolib::publication& what) noexcept;

  /// The unit that what is published now belongs to, counted once more for a batch that carries it on; null when there
  /// can be none (memory, or the store has failed).
  [[nodiscard]] nanolib::store_unit_ptr carry() noexcept;
  /// The unit of what is published now; null: none has been begun.
  [[nodiscard]] const nanolib::store_unit* current() const noexcept {
    return attended_ != nullptr ? attended_ : own_.get();
  }
  /// Something more goes into the unit that is under way.
  void touch() noexcept {
    if (attended_ == nullptr) ++changes_;
  }
  /// Between the two a publisher waits: what cannot be kept is refused, and all that its unit has put with it.
  void begin_publish() noexcept { publishing_ = true; }
  void finish_publish() noexcept { publishing_ = false; }
  /// Something of what is published now cannot be kept.
  void refuse() noexcept;
  /// What follows is done for a batch of this unit (null: for this shard's own turn).
  void attend(nanolib::store_unit* unit) noexcept { attended_ = unit; }
  /// A batch of this unit has been handled.
  void finish(nanolib::store_unit_ptr unit) noexcept;
  /// The turn ends: what it changed goes to the writer when other shards have added theirs.
  void end_turn() noexcept;

  /// What waits for this unit waits for ever.
  static constexpr std::uint64_t never_settled = UINT64_MAX;
  /// The last unit that this shard has begun.
  [[nodiscard]] std::uint64_t newest() const noexcept { return newest_; }
  /// Counts the changes of this shard's own turns: what has changed nothing need not wait.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }
  /// The unit up to which everything is to be safe that was done so far; 0: it is.
  [[nodiscard]] std::uint64_t outstanding() const noexcept {
    if (has_failed()) return never_settled;
    return newest_ > settled_ ? newest_ : 0;
  }
  [[nodiscard]] bool is_settled(std::uint64_t unit) const noexcept { return unit <= settled_; }
  void settle(std::uint64_t unit) noexcept { settled_ = unit; }
  [[nodiscard]] std::uint64_t settled() const noexcept { return settled_; }

  /// Whether there is room for so many rows of this many bytes each.
  [[nodiscard]] bool accepts(std::uint64_t rows, std::uint64_t bytes) const noexcept {
    return !broken_ && shared_.accepts(rows, bytes);
  }
  /// Something could not be written down: nothing that waits is acknowledged any more.
  void fail() noexcept { broken_ = true; }
  /// Nothing is stored any more.
  [[nodiscard]] bool has_failed() const noexcept { return broken_ || shared_.writer.state() == store_state::failed; }
  [[nodiscard]] durable_state& shared() noexcept { return shared_; }
  [[nodiscard]] nanolib::session_key new_session() noexcept { return shared_.next_session.fetch_add(1); }

 private:
  [[nodiscard]] nanolib::store_unit* unit() noexcept;
  /// Something that this shard decides by itself, whatever it attends to: then its own units say when it is stored.
  void record_own(nanolib::store_change what) noexcept;

  durable_state& shared_;
  std::uint32_t shard_;
  std::size_t shards_;
  nanolib::store_unit_ptr own_;
  nanolib::store_unit* attended_ = nullptr;
  std::uint64_t newest_ = 0;
  std::uint64_t settled_ = 0;
  std::uint64_t changes_ = 0;
  nanolib::message_key next_body_ = 0;
  nanolib::message_key bodies_end_ = 0;
  bool publishing_ = false;
  bool broken_ = false;  ///< a change could not be recorded: nothing of this shard is acknowledged any more
};

}  // namespace nanomq::broker
