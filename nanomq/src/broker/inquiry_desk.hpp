// Questions about rights that somebody else is asked, and what is done with the answers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "nanomq/broker/access.hpp"

namespace nanomq::broker {

class shard;
template <class Answer>
class reply_address;

/// One for each shard. Thread: loop-confined, but for the replies. Shape: an entry for each question; who asks bounds them:
/// a packet of each client, a will or the subscriptions of each session.
class inquiry_desk {
 public:
  using on_answer = std::move_only_function<void(const permission& said) noexcept>;

  explicit inquiry_desk(shard& home);
  inquiry_desk(const inquiry_desk&) = delete;
  inquiry_desk& operator=(const inquiry_desk&) = delete;
  ~inquiry_desk();

  /// Where the answer goes; `then` is called with it in a later turn, unless it is forgotten before. `number` is never 0.
  /// Errors: throws std::bad_alloc.
  [[nodiscard]] std::shared_ptr<permission_reply> open(on_answer then, std::uint64_t& number);
  void answer(std::uint64_t number, const permission& said) noexcept;
  void forget(std::uint64_t number) noexcept { waiting_.erase(number); }
  /// Answers that are still on their way go nowhere. The shard may be destroyed after that.
  void close() noexcept;

 private:
  std::shared_ptr<reply_address<permission>> address_;
  std::unordered_map<std::uint64_t, on_answer> waiting_;
  std::uint64_t last_number_ = 0;
};

}  // namespace nanomq::broker
