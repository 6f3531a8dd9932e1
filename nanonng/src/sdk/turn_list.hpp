// Who has something to do at the end of a loop's turn.
#pragma once

#include <vector>

#include "nanonng/net/event_loop.hpp"

namespace nanonng::sdk::detail {

/// Somebody with work at the end of a turn. Thread: loop-confined.
class turn_member {
 public:
  turn_member() = default;
  turn_member(const turn_member&) = delete;
  turn_member& operator=(const turn_member&) = delete;
  /// Before output is flushed: what is to go with this turn's write.
  virtual void before_flush() noexcept = 0;
  /// After it: what has been written, and what was closed.
  virtual void after_flush() noexcept = 0;

 protected:
  virtual ~turn_member() = default;

 private:
  friend class turn_list;
  bool before_ = false;  ///< stands in the list
  bool after_ = false;
};

/// Calls each member that asked for it once. Thread: loop-confined.
class turn_list final : public net::event_loop::turn_hooks {
 public:
  explicit turn_list(net::event_loop& loop) noexcept : loop_(loop) {}

  /// Asks for one call of before_flush(), in this turn or else the next.
  void ask_before(turn_member& who) noexcept;
  /// Asks for one call of after_flush().
  void ask_after(turn_member& who) noexcept;
  /// Who goes away is not called any more.
  void forget(turn_member& who) noexcept;

  void before_flush() noexcept override;
  void after_flush() noexcept override;

 private:
  using list = std::vector<turn_member*>;
  static void remove(list& from, turn_member& who) noexcept;

  net::event_loop& loop_;
  list before_;
  list after_;
  std::size_t before_at_ = 0;
  std::size_t after_at_ = 0;
};

}  // namespace nanonng::sdk::detail
