// A stream of messages from one end to the other, and how long it took.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace nanomq::bench {

/// How a program uses nng.
enum class manner : std::uint8_t {
  plain,  ///< nng_recvmsg(), nng_sendmsg(), and nng's own sizes of buffers: nng wakes somebody for each message
  many,   ///< a send buffer, and several receive operations at a time
};

struct load {
  std::size_t messages = 0;
  std::size_t size = 0;
  std::size_t window = 4'096;  ///< messages on their way at a time, so that nobody has to drop any
  manner how = manner::many;   ///< at both SP ends
};

struct measured {
  std::size_t arrived = 0;
  double seconds = 0;  ///< from the first message sent to the last one that came
};

/// What a receiver has seen; the sender looks how far that is.
class progress {
 public:
  using clock = std::chrono::steady_clock;

  void note() noexcept {
    last_.store(clock::now().time_since_epoch().count(), std::memory_order_relaxed);
    arrived_.fetch_add(1, std::memory_order_release);
  }
  [[nodiscard]] std::size_t arrived() const noexcept { return arrived_.load(std::memory_order_acquire); }
  /// The sender: returns when fewer than `window` of its `sent` messages are under way. What does not come for a while
  /// counts as lost.
  void wait_for_window(std::size_t sent, std::size_t window) noexcept;
  /// Returns when `wanted` have come, or none for a while.
  [[nodiscard]] measured finish(std::size_t wanted, clock::time_point begun) const;

 private:
  std::atomic<std::size_t> arrived_{0};
  std::atomic<clock::rep> last_{0};
  std::size_t lost_ = 0;  // the sender's
};

/// A push and a pull socket, or a pub and a sub socket. Empty URLs: the two meet directly.
[[nodiscard]] measured run_sp(const load& what, bool publish, const std::string& into, const std::string& out_of);

/// A push socket that dials `into`, and a subscriber to `topic`.
[[nodiscard]] measured run_sp_to_mqtt(const load& what, const std::string& into, std::uint16_t port,
                                      const std::string& topic);

/// A publisher to `topic`, and a pull socket that dials `out_of`.
[[nodiscard]] measured run_mqtt_to_sp(const load& what, std::uint16_t port, const std::string& topic,
                                      const std::string& out_of);

/// A publisher and a subscriber at one broker, with QoS 0.
[[nodiscard]] measured run_mqtt(const load& what, std::uint16_t port);

/// tcp:// and a port of 127.0.0.1 that nobody listens on now.
[[nodiscard]] std::string free_sp_url();

}  // namespace nanomq::bench
