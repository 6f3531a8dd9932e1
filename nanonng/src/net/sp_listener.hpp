// One address where an SP socket listens, and a watch over it.
//
// A listener of nng 1.5.2 stops for good, without a word, when a connection that it has just accepted is closed before nng has
// written its greeting (EPIPE becomes NNG_ECLOSED, which nng takes for its own end): one peer that connects and goes is enough, by
// accident or on purpose. Over TCP that is one that goes with a reset, over TLS one that does so in the middle of the handshake.
// So now and then its figures are read. When it has failed in a way that may be this one, somebody knocks (sp_probe): a listener
// that lives counts that. One that has counted nothing at several looks is closed and made anew; several, because a process that
// stood still has to catch up first. Its connections go with it, and come again.
//
// What waited in the stopped listener is lost to the process: nng never frees connections that have greeted and that nobody has
// taken, nor the listener behind them. That is a descriptor for each.
#pragma once

#include <nng/nng.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "nanolib/base/result.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/sp_socket.hpp"
#include "nanonng/net/timer.hpp"
#include "sp_probe.hpp"

namespace nanonng::net {

/// Owns: the nng listener. Thread: loop-confined.
class sp_listener {
 public:
  /// `observer` may be null. Errors: nng, as sp_socket::listen().
  [[nodiscard]] static nanolib::result<std::unique_ptr<sp_listener>> open(event_loop& loop, nng_socket socket,
                                                                          const sp_socket_options& options,
                                                                          const std::string& url,
                                                                          sp_peer_observer* observer);
  sp_listener(const sp_listener&) = delete;
  sp_listener& operator=(const sp_listener&) = delete;
  ~sp_listener();

  /// With the port that the system chose.
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  /// How often it was made anew.
  [[nodiscard]] std::uint64_t renewals() const noexcept { return renewals_; }

 private:
  /// What nng counts of a listener.
  struct figures {
    std::uint64_t all = 0;    ///< accepted, refused, failed, whatever the reason
    std::uint64_t other = 0;  ///< failed for a reason that has no figure of its own
  };

  sp_listener(event_loop& loop, nng_socket socket, const sp_socket_options& options,
              sp_peer_observer* observer) noexcept
      : loop_(loop), socket_(socket), options_(options), observer_(observer), watch_(*this) {}
  [[nodiscard]] int start(const std::string& url) noexcept;
  [[nodiscard]] std::optional<figures> read() const noexcept;
  void on_watch(nanolib::instant now) noexcept;
  [[nodiscard]] nanolib::duration look(const figures& found) noexcept;

  event_loop& loop_;
  const nng_socket socket_;
  const sp_socket_options& options_;
  sp_peer_observer* const observer_;  // or null
  nng_listener listener_ = NNG_LISTENER_INITIALIZER;
  std::string url_;
  bool is_open_ = false;
  figures seen_;
  std::unique_ptr<sp_probe> probe_;
  static constexpr int not_tried = -1;
  int silent_looks_ = not_tried;  // since it was first knocked at
  std::uint64_t renewals_ = 0;
  timer_of<sp_listener, &sp_listener::on_watch> watch_;
};

}  // namespace nanonng::net
