// The receiving half of a stream.
#pragma once

#include <atomic>
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
  static void on_received(void* self) noexcept;
  void fill() noexcept;
  [[nodiscard]] bool store(sp_message&& one) noexcept;
  [[nodiscard]] bool is_full() const noexcept NANOLIB_REQUIRES(mutex_);
  void on_event(sp_event& one) noexcept override;

  const nng_socket socket_;
  const bool waits_;
  const std::size_t most_messages_;  // half of the bounds: the other half is in batch_
  const std::size_t most_bytes_;
  sp_stream_handler& handler_;
  sp_mailbox_ptr mailbox_;
  sp_aio next_;   // with a callback: for when there is nothing
  sp_aio there_;  // without one: for what there is already

  nanolib::mutex mutex_;
  std::deque<sp_message> messages_ NANOLIB_GUARDED_BY(mutex_);
  std::size_t bytes_ NANOLIB_GUARDED_BY(mutex_) = 0;
  bool told_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool resting_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool closed_ NANOLIB_GUARDED_BY(mutex_) = false;
  std::deque<sp_message> batch_;  // the loop's
  std::atomic<std::uint64_t> received_{0};
  std::atomic<std::uint64_t> overrun_{0};
};

}  // namespace nanonng::net
