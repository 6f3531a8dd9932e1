// An SP socket: open, listen, dial. What goes through it is for sp_stream (pub, sub, push, pull, pair, bus), sp_asker (req,
// surveyor) and sp_answerer (rep, respondent).
//
// nng runs threads of its own. Their callbacks append to a mailbox that the event loop empties; everything here that is
// called back is called on that loop.
#pragma once

#include <nng/nng.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/sp_protocol.hpp"

namespace nanonng::net {

/// For tls+tcp and wss. Files in PEM; empty: none.
struct sp_tls_files {
  std::string ca{};               ///< whom to trust; a dialer without one trusts nobody
  std::string certificate_key{};  ///< certificate and key in one file
};

struct sp_socket_options {
  /// A peer that sends a larger message is cut off by nng, without a word; bounds are better set far below and told. With
  /// WebSocket it holds for a frame, too: nng's own bound is 1 MiB, and nanomsg sends a message in one.
  std::size_t maximum_message_size = 64U * 1024 * 1024;
  /// Messages that nng keeps for each peer of pub0, sub0 and bus0; beyond them the oldest go.
  int peer_buffer = 8'192;
  /// The pause before a peer is dialled again, which doubles with each attempt, and its bound.
  nanolib::duration reconnect_minimum{100};
  nanolib::duration reconnect_maximum{5'000};
  /// How often what listens is looked at: nng 1.5.2 has listeners stop for good when a peer goes too early. Such a one is
  /// made anew; its connections break and come again.
  nanolib::duration listener_check{5'000};
  sp_tls_files tls{};
};

/// An attempt to reach a peer that failed.
struct sp_dial_failure {
  const std::string& url;
  std::string_view why;    ///< for a person, without a full stop
  std::uint64_t in_a_row;  ///< attempts that failed at this URL since it had a connection
  bool is_news;            ///< the first for this reason since then, or it has been like this for some time
};

/// Whom a socket tells about its peers. Thread: the loop's. May destroy the socket.
class sp_peer_observer {
 public:
  virtual void on_peers(std::size_t now) noexcept = 0;
  /// What listens there had stopped and is made anew (sp_socket_options::listener_check). The socket stays.
  virtual void on_listener_renewed([[maybe_unused]] const std::string& url) noexcept {}
  /// Somebody who was dialled is not there, or not what is wanted; he is dialled again. The socket stays.
  virtual void on_dial_failed([[maybe_unused]] const sp_dial_failure& how) noexcept {}
  /// What was told of as failed has a connection that lasts. The socket stays.
  virtual void on_dialed([[maybe_unused]] const std::string& url, [[maybe_unused]] std::uint64_t failures) noexcept {}

 protected:
  ~sp_peer_observer() = default;
};

class sp_dialer;
class sp_listener;

/// Owns: the nng socket and its endpoints. Streams, askers and answerers go before it.
/// Thread: loop-confined. The destructor closes what listens; the connections are closed beside it, and it waits for that
/// only as long as that takes when nothing is wrong.
class sp_socket {
 public:
  /// Errors: nng (out of memory). `observer` may be null; it outlives the socket.
  [[nodiscard]] static nanolib::result<std::unique_ptr<sp_socket>> open(event_loop& loop, sp_protocol protocol,
                                                                        const sp_socket_options& options = {},
                                                                        sp_peer_observer* observer = nullptr) noexcept;
  sp_socket(const sp_socket&) = delete;
  sp_socket& operator=(const sp_socket&) = delete;
  ~sp_socket();

  /// Lets peers come: tcp://, ipc://, ws://, tls+tcp://, wss://, inproc://. Any number of times. The answer is the URL that
  /// it listens at, with the port that the system chose for port 0.
  /// Errors: nng: NNG_EADDRINVAL, NNG_ENOTSUP (no such transport), NNG_EADDRINUSE, NNG_EACCESS, ….
  [[nodiscard]] nanolib::result<std::string> listen(const std::string& url);
  /// Goes to a peer, and goes again whenever it is lost; one that is not there yet is no error, but told to the observer.
  /// Errors: nng: NNG_EADDRINVAL, NNG_ENOTSUP.
  [[nodiscard]] nanolib::result<void> dial(const std::string& url);
  /// sub0: takes messages that begin with these bytes. Errors: nng.
  [[nodiscard]] nanolib::result<void> subscribe(std::string_view prefix) noexcept;

  [[nodiscard]] std::size_t peers() const noexcept;
  /// Listeners that had stopped and were made anew.
  [[nodiscard]] std::uint64_t renewed_listeners() const noexcept;
  [[nodiscard]] sp_protocol protocol() const noexcept { return protocol_; }
  [[nodiscard]] event_loop& loop() const noexcept { return loop_; }
  [[nodiscard]] nng_socket handle() const noexcept { return socket_; }

 private:
  struct peer_count;
  sp_socket(event_loop& loop, sp_protocol protocol, const sp_socket_options& options, nng_socket made) noexcept;
  [[nodiscard]] int set_options() noexcept;
  [[nodiscard]] int watch_peers(sp_peer_observer* observer) noexcept;
  /// The one that uses nng's dialer of this number; null.
  [[nodiscard]] sp_dialer* dialer_of(std::uint32_t id) const noexcept;

  event_loop& loop_;
  sp_protocol protocol_;
  sp_socket_options options_;
  nng_socket socket_;
  std::vector<std::unique_ptr<sp_listener>> listeners_;
  std::vector<std::unique_ptr<sp_dialer>> dialers_;
  std::unique_ptr<peer_count> peers_;
};

/// Words for an error of the domain nng, for a person; other domains as nanolib::describe() says it.
[[nodiscard]] std::string sp_error_text(const nanolib::error& what);

}  // namespace nanonng::net
