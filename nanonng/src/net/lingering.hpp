// A closed connection's last bytes on their way. Private to the folder.
#pragma once

#include <cstddef>
#include <memory>

#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/output_queue.hpp"
#include "nanonng/net/stream.hpp"

namespace nanonng::net {

/// Sends what waits, then ends its direction and throws input away until the peer ends too: a descriptor closed with
/// unread input would be reset, and the peer might lose the last packet. Everything ends at a deadline.
/// Thread: loop-confined.
class lingering final : private io_handler {
 public:
  /// Told when it is done; destroys it.
  struct owner {
    virtual ~owner() = default;
    virtual void finished(lingering& which) noexcept = 0;
  };

  lingering(event_loop& loop, owner& keeper, std::unique_ptr<stream> over, output_queue&& output) noexcept;
  ~lingering() override;

  /// False when there is nothing to wait for or it cannot be waited for: destroy it at once.
  [[nodiscard]] bool start(nanolib::instant deadline) noexcept;

  std::size_t index = 0;  ///< the owner's

 private:
  void on_readable() noexcept override;
  void on_writable() noexcept override;
  /// False when the stream has failed.
  [[nodiscard]] bool send() noexcept;
  [[nodiscard]] bool owes() const noexcept;
  void wait_until_deadline() noexcept;
  void on_deadline() noexcept;

  event_loop& loop_;
  owner& keeper_;
  std::unique_ptr<stream> stream_;
  output_queue output_;
  nanolib::instant latest_{};
  bool watched_ = false;
  bool finished_ = false;  ///< the stream has been told that nothing follows

  struct deadline_timer : timer {
    explicit deadline_timer(lingering& of) noexcept;
    lingering& whose;
  } deadline_;
};

}  // namespace nanonng::net
