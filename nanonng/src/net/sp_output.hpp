// The sending half of a stream.
//
// push and pair: each message is an operation of nng's until a peer's connection has taken it. nng's threads say so one by
// one; the loop hears of many at once unless somebody waits for one of them, or looks by itself when it wants room.
// With a buffer of nng's a message is over when it is in there, and at most one waits for a place.
#pragma once

#include <atomic>
#include <vector>

#include "nanolib/base/counter.hpp"
#include "nanonng/net/sp_stream.hpp"
#include "sp_aio.hpp"
#include "sp_mailbox.hpp"

namespace nanonng::net {

/// Thread: the loop's.
class sp_stream::output final : sp_event_handler {
 public:
  output(sp_socket& to, sp_stream_handler& handler, const sp_stream_options& options);
  ~output();
  [[nodiscard]] bool open() noexcept;
  [[nodiscard]] bool has_room() noexcept;
  [[nodiscard]] std::uint64_t send(sp_message&& what, bool awaited) noexcept;
  [[nodiscard]] std::size_t unsent() noexcept;
  [[nodiscard]] std::uint64_t taken() const noexcept { return done_; }
  void read(figures& into) const noexcept;

 private:
  /// Message n is under way in slot n modulo their number: what is under way is never further apart than that.
  struct slot {
    output* home = nullptr;
    std::uint32_t index = 0;
    sp_aio aio;
    std::size_t size = 0;
    bool done = false;
  };
  static void on_finished(void* which) noexcept;
  [[nodiscard]] bool give_now(sp_message& what) noexcept;
  [[nodiscard]] slot& slot_of(std::uint64_t number) noexcept { return slots_[number % slots_.size()]; }
  [[nodiscard]] std::size_t open_numbers() const noexcept { return static_cast<std::size_t>(sent_ - done_); }
  [[nodiscard]] bool fits_one_more() const noexcept {
    return open_numbers() < slots_.size() && (with_nng_ == 0 || bytes_ < most_bytes_);
  }
  void tell_at(std::size_t events) noexcept;
  void on_event(sp_event& one) noexcept override;
  void on_batch_end() noexcept override;

  sp_socket& socket_;
  sp_stream_handler& handler_;
  const bool waits_;
  const std::size_t most_bytes_;
  sp_mailbox_ptr mailbox_;
  sp_aio now_;  // without a callback: for what nng takes at once
  std::vector<slot> slots_;
  std::size_t bytes_ = 0;
  std::size_t with_nng_ = 0;  // messages of which nng has not said anything, as far as the loop has heard
  std::size_t told_at_ = 1;   // what the mailbox knows
  std::uint64_t sent_ = 0;
  std::uint64_t done_ = 0;     // in the order of sending
  std::uint64_t awaited_ = 0;  // the last one that somebody waits for
  std::atomic<std::uint64_t> taken_{0};
  nanolib::counter unheard_;
  std::atomic<std::uint64_t> failed_{0};
};

}  // namespace nanonng::net
