// Whether every loop still turns: each is asked, and has to answer before it is asked again.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "nanonng/net/event_loop.hpp"

namespace nanomq::broker {

/// Thread: the one that calls beat().
class pulse {
 public:
  void add(nanonng::net::event_loop& loop) { loops_.push_back({&loop, std::make_shared<std::atomic<bool>>(true)}); }

  /// Whether all have answered the question that was put to them last; asks those that have anew. True the first time.
  [[nodiscard]] bool beat() noexcept {
    bool all = true;
    for (const auto& one : loops_) {
      if (!one.answered->load(std::memory_order_acquire)) {
        all = false;
        continue;
      }
      try {
        auto item = std::make_unique<question>(one.answered);
        one.answered->store(false, std::memory_order_relaxed);
        one.loop->post(std::move(item));
      } catch (...) {
        // No memory to ask: the next time.
      }
    }
    return all;
  }

 private:
  class question final : public nanonng::net::inbox_item {
   public:
    explicit question(std::shared_ptr<std::atomic<bool>> answered) noexcept : answered_(std::move(answered)) {}
    void run() noexcept override { answered_->store(true, std::memory_order_release); }

   private:
    std::shared_ptr<std::atomic<bool>> answered_;
  };

  struct asked {
    nanonng::net::event_loop* loop;
    std::shared_ptr<std::atomic<bool>> answered;
  };
  std::vector<asked> loops_;
};

}  // namespace nanomq::broker
