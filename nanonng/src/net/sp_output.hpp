// The sending half of a stream.
#pragma once

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
  [[nodiscard]] bool has_room() const noexcept {
    if (!waits_) return true;
    if (buffered_) return unsent() == 0;
    return unsent() < slots_.size() && (unsent() == 0 || bytes_ < most_bytes_);
  }
  [[nodiscard]] std::uint64_t send(sp_message&& what) noexcept;
  [[nodiscard]] std::size_t unsent() const noexcept { return static_cast<std::size_t>(sent_ - done_); }
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
    bool failed = false;
  };
  static void on_finished(void* which) noexcept;
  [[nodiscard]] bool give_now(sp_message& what) noexcept;
  [[nodiscard]] slot& slot_of(std::uint64_t number) noexcept { return slots_[number % slots_.size()]; }
  void on_event(sp_event& one) noexcept override;
  void on_batch_end() noexcept override;

  sp_socket& socket_;
  sp_stream_handler& handler_;
  const bool waits_;
  const bool buffered_;
  const std::size_t most_bytes_;
  sp_mailbox_ptr mailbox_;
  sp_aio now_;  // without a callback: for what nng takes at once
  std::vector<slot> slots_;
  std::size_t bytes_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t done_ = 0;  // in the order of sending
  nanolib::counter taken_;
  nanolib::counter unheard_;
  nanolib::counter failed_;
};

}  // namespace nanonng::net
