// The receiving half of a stream.
//
// nng gives its messages to those who wait for one, in the order in which they asked, and its threads then call back in any
// order. So a few requests wait at a time, each with a number; what comes is stored by these numbers. While one waits nng
// hands a message over in the same breath in which it has read it; if none did, nng would keep it and stop reading.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>

#include "nanolib/base/mutex.hpp"
#include "nanonng/net/sp_stream.hpp"
#include "sp_aio.hpp"
#include "sp_mailbox.hpp"

namespace nanonng::net {

/// Thread: take() on the loop; nng's threads fill it.
class sp_stream::input final : sp_event_handler {
 public:
  input(sp_socket& from, sp_stream_handler& handler, const sp_stream_options& options);
  ~input();
  [[nodiscard]] bool open() noexcept;
  [[nodiscard]] sp_message take() noexcept;
  void read(figures& into) const noexcept;

 private:
  /// A request to nng; number n is in slot n modulo their number.
  struct slot {
    input* home = nullptr;
    sp_aio aio;
    sp_message message;  // what has come, until those before it have
    bool done = false;
  };
  /// One is not enough: while its callback runs nng finds nobody. Two to eight measure alike with a bare pull.
  static constexpr std::size_t depth = 4;

  static void on_received(void* which) noexcept;
  void finish(slot& which) noexcept;
  void store(sp_message&& one) noexcept NANOLIB_REQUIRES(mutex_);
  void ask() noexcept NANOLIB_REQUIRES(mutex_);
  [[nodiscard]] slot& slot_of(std::uint64_t number) noexcept NANOLIB_REQUIRES(mutex_) { return slots_[number % depth]; }
  void on_event(sp_event& one) noexcept override;

  const nng_socket socket_;
  const bool waits_;
  const std::size_t most_messages_;  // half of the bounds: the other half is in batch_
  const std::size_t most_bytes_;
  sp_stream_handler& handler_;
  sp_mailbox_ptr mailbox_;

  // Held while nng is asked, so that the order of the requests is that of their numbers; nng never calls back from there.
  nanolib::mutex mutex_;
  std::array<slot, depth> slots_;  // `home` and `aio` stay as they are
  std::uint64_t asked_ NANOLIB_GUARDED_BY(mutex_) = 0;
  std::uint64_t stored_ NANOLIB_GUARDED_BY(mutex_) = 0;
  std::deque<sp_message> messages_ NANOLIB_GUARDED_BY(mutex_);
  std::size_t bytes_ NANOLIB_GUARDED_BY(mutex_) = 0;
  bool told_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool closed_ NANOLIB_GUARDED_BY(mutex_) = false;
  std::deque<sp_message> batch_;  // the loop's
  std::atomic<std::uint64_t> received_{0};
  std::atomic<std::uint64_t> overrun_{0};
};

}  // namespace nanonng::net
