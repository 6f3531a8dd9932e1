// Answers on their way from any thread to a shard that may have gone meanwhile.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "broker/shard.hpp"
#include "nanolib/base/mutex.hpp"

namespace nanomq::broker {

/// Where answers to numbered questions are sent to, for as long as there is a shard. Thread: thread-safe.
template <class Answer>
class reply_address {
 public:
  /// What becomes of an answer, in a later turn of the shard.
  using taker = void (*)(shard& to, std::uint64_t number, const Answer& said) noexcept;

  reply_address(shard& home, taker how) noexcept : home_(&home), taker_(how) {}

  /// Without memory the answer is lost: whoever waits for it has a time that runs out.
  void send(std::uint64_t number, const Answer& said) noexcept {
    const nanolib::mutex_lock lock(mutex_);
    if (home_ == nullptr) return;
    try {
      home_->loop().post(std::make_unique<letter>(*home_, taker_, number, said));
    } catch (const std::bad_alloc&) {
      // See above.
    }
  }
  void close() noexcept {
    const nanolib::mutex_lock lock(mutex_);
    home_ = nullptr;
  }

 private:
  class letter final : public nanonng::net::inbox_item {
   public:
    letter(shard& to, taker how, std::uint64_t number, const Answer& said)
        : to_(to), taker_(how), number_(number), said_(said) {}
    void run() noexcept override { taker_(to_, number_, said_); }

   private:
    shard& to_;
    taker taker_;
    std::uint64_t number_;
    Answer said_;
  };

  nanolib::mutex mutex_;
  shard* home_ NANOLIB_GUARDED_BY(mutex_);
  const taker taker_;
};

/// `Reply` with its number on it. Thread: thread-safe.
template <class Answer, class Reply>
class numbered_reply final : public Reply {
 public:
  numbered_reply(std::shared_ptr<reply_address<Answer>> to, std::uint64_t number) noexcept
      : to_(std::move(to)), number_(number) {}
  void answer(const Answer& what) noexcept override { to_->send(number_, what); }

 private:
  std::shared_ptr<reply_address<Answer>> to_;
  std::uint64_t number_;
};

}  // namespace nanomq::broker
