// Those whose CONNECT has been read and who wait to be told whether they may enter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "nanomq/broker/access.hpp"

namespace nanomq::broker {

class client;
class shard;
template <class Answer>
class reply_address;

/// One for each shard. Answers come in any order; of those with the same client id the first to ask is the first to enter,
/// so that the one who connected last has the session in the end. Thread: loop-confined. Shape: entries.
class lobby {
 public:
  explicit lobby(shard& home);
  lobby(const lobby&) = delete;
  lobby& operator=(const lobby&) = delete;
  ~lobby();

  [[nodiscard]] bool is_empty() const noexcept { return waiting_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }
  /// Waits from here on, under a ticket that is not 0. Null: there is no memory.
  [[nodiscard]] std::shared_ptr<admission_reply> enter(client& who, std::uint64_t client_id_hash,
                                                       std::uint64_t& ticket) noexcept;
  void answer(std::uint64_t ticket, const admission& what) noexcept;
  /// None: there is no answer yet, or somebody with the same client id is to enter first.
  [[nodiscard]] std::optional<admission> answer_of(std::uint64_t ticket) const noexcept;
  /// Waits no longer, whatever came of it.
  void leave(std::uint64_t ticket) noexcept;
  /// Whoever waits asks once more.
  void ask_anew() noexcept;
  /// Answers that are still on their way go nowhere. The shard may be destroyed after that.
  void close() noexcept;

 private:
  struct entry {
    std::uint64_t ticket;
    std::uint64_t client_id_hash;
    client* who;
    std::shared_ptr<admission_reply> to;
    std::optional<admission> said;
  };
  [[nodiscard]] std::vector<entry>::iterator find(std::uint64_t ticket) noexcept;

  shard& home_;
  std::shared_ptr<reply_address<admission>> address_;
  std::vector<entry> waiting_;  // in the order of their tickets
  std::uint64_t last_ticket_ = 0;
};

}  // namespace nanomq::broker
