// Where connections come in.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "nanolib/base/result.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/poller.hpp"
#include "nanonng/net/stream.hpp"
#include "nanonng/net/timer.hpp"

namespace nanonng::net {

/// Where to listen or to dial, from a URL.
struct endpoint {
  enum class transport : std::uint8_t { tcp, unix_socket };
  transport kind = transport::tcp;
  std::string host;        ///< a numeric address or a name; empty: every address; the path of a Unix socket
  std::uint16_t port = 0;  ///< 0 when listening: any free one

  /// "mqtt-tcp://127.0.0.1:1883", "[::1]:1883" for IPv6, "unix:///run/mqtt.sock".
  [[nodiscard]] std::string url() const;
  /// Whether only this machine can reach it (a loopback address, a Unix socket).
  [[nodiscard]] bool is_local() const noexcept;
};

/// Reads nmq-tcp://, mqtt-tcp://, mqtt://, tcp://, broker+tcp://, unix:// URLs. The port defaults to 1883.
/// Errors: config; `why` says what is wrong in words for a person.
[[nodiscard]] nanolib::result<endpoint> parse_endpoint(std::string_view url, std::string& why);

/// How a socket listens, and what the connections accepted from it inherit.
struct socket_options {
  int backlog = 1024;             ///< connections that wait to be accepted
  std::string interface;          ///< only what arrives over this one ("eth0"); empty: over any
  std::uint32_t send_buffer = 0;  ///< bytes; 0: the system's
  std::uint32_t receive_buffer = 0;
  nanolib::duration keepalive{0};  ///< TCP's own probes after so much silence; 0: none
  bool nodelay = true;             ///< small segments are sent at once
  std::uint32_t mode = 0600;       ///< of a Unix socket's file
  std::string owner;               ///< likewise; empty: the process's
  std::string group;
  friend bool operator==(const socket_options&, const socket_options&) = default;
};

/// A socket that listens, shared by the loops that accept from it. Thread: immutable after creation, and take_over().
class listening_socket {
 public:
  /// Binds and listens. An empty host takes IPv4 and IPv6 on one socket where the system has both; [::] is IPv6 alone; of
  /// a name's addresses the first that can be bound is taken, IPv4 first. A Unix socket's stale file is removed when nobody answers on it.
  /// Errors: sys (EADDRINUSE, EACCES, EADDRNOTAVAIL, ENODEV, …), config when the name does not resolve, EINVAL when there
  /// is no such owner or group.
  [[nodiscard]] static nanolib::result<std::shared_ptr<listening_socket>> open(const endpoint& where,
                                                                               const socket_options& how = {});
  /// The same place with other options, for when the one before is in use: connections that wait to be accepted wait for
  /// this one, too. Nothing has changed before take_over(), and nothing does if it is thrown away.
  /// Errors: sys (ENODEV: there is no such interface, no descriptor), config EINVAL (no such owner or group).
  [[nodiscard]] static nanolib::result<std::shared_ptr<listening_socket>> renewed(
      const std::shared_ptr<listening_socket>& from, const socket_options& how);
  /// Sets the options. Errors: sys (EPERM: the system does not let this process; ENOTSUP: a buffer's size cannot be given
  /// back to the system); then the options are those of before, and the one before is to be used on. Once.
  [[nodiscard]] nanolib::result<void> take_over() noexcept;
  /// The one that it was made from, until take_over(); null: it was opened.
  [[nodiscard]] const std::shared_ptr<listening_socket>& predecessor() const noexcept { return from_; }

  listening_socket(const listening_socket&) = delete;
  listening_socket& operator=(const listening_socket&) = delete;
  ~listening_socket();
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// Where it really listens (the port that was chosen).
  [[nodiscard]] const endpoint& where() const noexcept { return where_; }
  [[nodiscard]] const socket_options& how() const noexcept { return how_; }

 private:
  listening_socket(int descriptor, endpoint where, socket_options how) noexcept
      : descriptor_(descriptor), where_(std::move(where)), how_(std::move(how)) {}
  [[nodiscard]] static nanolib::result<int> open_tcp(endpoint& where, const socket_options& how);
  [[nodiscard]] nanolib::result<void> open_unix();
  [[nodiscard]] nanolib::result<void> change(const socket_options& to, const socket_options& from) noexcept;

  int descriptor_;
  endpoint where_;
  socket_options how_;
  std::shared_ptr<listening_socket> from_;
  std::uint64_t device_ = 0;  ///< which file a Unix socket made: only that one is removed at the end
  std::atomic<std::uint64_t> file_ = 0;
};

/// Accepts from one listening socket on one loop. Several loops may accept from the same socket; one is woken.
/// Accepts at most `accepts_per_turn` connections a turn. Out of descriptors (EMFILE, ENFILE): one connection is accepted
/// on a reserved descriptor and closed, accepting rests for 100 ms, `exhausted` counts; nothing spins.
/// Thread: loop-confined; destroyed on the loop's thread, or when the loop no longer turns.
class acceptor final : private io_handler {
 public:
  using on_accept = std::function<void(std::unique_ptr<stream>)>;
  static constexpr int accepts_per_turn = 64;

  acceptor(event_loop& loop, std::shared_ptr<listening_socket> from, on_accept handler);
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;
  ~acceptor() override;
  /// Errors: sys.
  [[nodiscard]] nanolib::result<void> start() noexcept;
  /// Accepts nothing before `when`: connections wait in the system's queue. Not after close().
  void rest_until(nanolib::instant when) noexcept;
  /// No further accepts.
  void close() noexcept;
  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
  [[nodiscard]] std::uint64_t exhausted() const noexcept { return exhausted_; }

 private:
  struct rest_timer : timer {
    explicit rest_timer(acceptor& of) noexcept;
    acceptor& whose;
  };

  void on_readable() noexcept override;
  void rest(bool out_of_descriptors) noexcept;

  event_loop& loop_;
  std::shared_ptr<listening_socket> from_;
  on_accept handler_;
  rest_timer rest_;
  int reserved_ = -1;
  bool watching_ = false;
  std::uint64_t accepted_ = 0;
  std::uint64_t exhausted_ = 0;
};

}  // namespace nanonng::net
