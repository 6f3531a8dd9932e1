// Connects to a peer without blocking: name, addresses in their order, a deadline, a stream in the end.
//
// When an address does not answer within a quarter of a second the next is tried beside it, and the first connection that
// stands wins (the idea of RFC 8305 without its history of past attempts).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/listener.hpp"
#include "nanonng/net/poller.hpp"
#include "nanonng/net/resolver.hpp"
#include "nanonng/net/stream.hpp"
#include "nanonng/net/timer.hpp"

namespace nanonng::net {

/// Makes the stream over a socket that has connected; takes the descriptor over in every case. Layers like TLS and
/// WebSocket plug in here: their handshakes are the stream's own business, done by its reads and writes.
/// Null when memory is short.
using stream_factory = std::function<std::unique_ptr<stream>(int descriptor)>;

/// One attempt to connect. Thread: loop-confined.
class dialer {
 public:
  /// Errors: sys (ECONNREFUSED, ETIMEDOUT, ENETUNREACH, ENOENT, …: of several addresses the last that failed), config when
  /// the name is not known (lookup_error()).
  using on_end = std::function<void(nanolib::result<std::unique_ptr<stream>>)>;
  /// How long an address has before the next is tried beside it.
  static constexpr nanolib::duration head_start{250};

  /// Begins at once. `handler` is called once, in a later turn or in this one's deferred work, never inside this call, and
  /// may destroy the dialer. An empty factory is make_socket_stream(). `from` is a numeric address of this machine to
  /// connect from, or empty: addresses of the other family are passed over then (EAFNOSUPPORT).
  dialer(event_loop& loop, const endpoint& where, nanolib::instant deadline, on_end handler,
         stream_factory factory = {}, const std::string& from = {});
  dialer(const dialer&) = delete;
  dialer& operator=(const dialer&) = delete;
  /// Cancels: the handler is not called any more.
  ~dialer();

 private:
  struct attempt;
  class settled_item;

  void resolved(nanolib::result<std::vector<socket_address>> found) noexcept;
  void try_next() noexcept;
  [[nodiscard]] bool begin(const socket_address& address) noexcept;
  [[nodiscard]] bool bind_source(int descriptor, int family) noexcept;
  void connected(attempt& which) noexcept;
  void failed(attempt& which, nanolib::error why) noexcept;
  void finish(nanolib::result<std::unique_ptr<stream>> with) noexcept;
  void tell() noexcept;
  void on_head_start_over(nanolib::instant now) noexcept;
  void on_deadline(nanolib::instant now) noexcept;

  event_loop& loop_;
  on_end handler_;
  stream_factory factory_;
  std::vector<socket_address> from_;  ///< one at most
  std::shared_ptr<dialer*> self_;     ///< whether it is still there, for the inbox
  std::unique_ptr<lookup> lookup_;
  std::vector<socket_address> addresses_;
  std::size_t next_ = 0;
  std::vector<std::unique_ptr<attempt>> attempts_;
  nanolib::error last_error_{};
  nanolib::result<std::unique_ptr<stream>> settled_;
  bool ended_ = false;
  timer_of<dialer, &dialer::on_head_start_over> head_start_;
  timer_of<dialer, &dialer::on_deadline> deadline_;
};

}  // namespace nanonng::net
