// One address that an SP socket dials, again and again.
//
// A dialer of nng 1.5.2 that starts in the background tells nobody why it gets nowhere, and stops for good when a peer closes the
// connection before nng has written its greeting (EPIPE becomes NNG_ECLOSED, which nng takes for its own end). So each attempt is
// one that is waited for, on a thread of its own, and has a result; and it is not nng that dials again but this, with a new nng
// dialer for each attempt.
#pragma once

#include <nng/nng.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "nanolib/base/result.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/sp_socket.hpp"
#include "nanonng/net/timer.hpp"
#include "sp_mailbox.hpp"

namespace nanonng::net {

/// Owns: the nng dialer, and the thread of an attempt. Thread: loop-confined. The destructor gives an attempt up that is under
/// way, and waits for nng to say so.
class sp_dialer {
 public:
  /// `results` gets an event `dialed` for each attempt, which is to be handed to on_dialed(). `observer` may be null.
  /// Errors: nng, as sp_socket::dial().
  [[nodiscard]] static nanolib::result<std::unique_ptr<sp_dialer>> open(sp_mailbox& results, event_loop& loop,
                                                                        nng_socket socket,
                                                                        const sp_socket_options& options,
                                                                        const std::string& url,
                                                                        sp_peer_observer* observer);
  sp_dialer(const sp_dialer&) = delete;
  sp_dialer& operator=(const sp_dialer&) = delete;
  ~sp_dialer();

  /// nng's number of the dialer that is in use.
  [[nodiscard]] std::uint32_t id() const noexcept { return static_cast<std::uint32_t>(nng_dialer_id(dialer_)); }
  /// The attempt has ended so.
  void on_dialed(int code) noexcept;
  /// A connection that it made is there; it has gone, `came` or turned away by the socket.
  void on_came() noexcept;
  void on_went(bool came) noexcept;

 private:
  enum class state : std::uint8_t { waiting, trying, connected };
  /// Why there is no connection. Each is told when it is new, and then now and then.
  enum class cause : std::uint8_t {
    host,
    refused,
    closed,
    no_sp,
    untrusted,
    no_tls,
    silent,
    turned_away,
    short_lived,
    other
  };

  sp_dialer(sp_mailbox& results, event_loop& loop, nng_socket socket, const sp_socket_options& options, std::string url,
            sp_peer_observer* observer) noexcept
      : results_(results),
        loop_(loop),
        socket_(socket),
        options_(options),
        url_(std::move(url)),
        observer_(observer),
        pause_(options.reconnect_minimum),
        timer_(*this) {}
  [[nodiscard]] int create() noexcept;
  void try_once() noexcept;
  void on_timer(nanolib::instant now) noexcept;
  void end_connection() noexcept;
  void fail(cause why, int code) noexcept;
  void try_later() noexcept;
  [[nodiscard]] bool is_news(cause why) noexcept;
  [[nodiscard]] static cause cause_of(int code) noexcept;
  [[nodiscard]] static std::string_view text_of(cause why) noexcept;

  sp_mailbox& results_;
  event_loop& loop_;
  const nng_socket socket_;
  const sp_socket_options& options_;
  const std::string url_;
  sp_peer_observer* const observer_;  // or null
  nng_dialer dialer_ = NNG_DIALER_INITIALIZER;
  std::thread attempt_;
  state state_ = state::waiting;
  bool came_ = false;
  bool went_ = false;  // perhaps before the attempt's result is known
  nanolib::instant came_at_{};
  int short_lived_ = 0;            // connections in a row
  std::uint64_t failures_ = 0;     // in a row
  std::uint32_t told_causes_ = 0;  // one bit for each
  nanolib::instant tell_again_{};
  nanolib::duration tell_after_{};
  nanolib::duration pause_;
  timer_of<sp_dialer, &sp_dialer::on_timer> timer_;
};

}  // namespace nanonng::net
