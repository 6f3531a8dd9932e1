// Where connections come in.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "nanolib/base/result.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/stream.hpp"

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

/// A socket that listens, shared by the loops that accept from it. Thread: immutable after creation.
class listening_socket {
 public:
  /// Binds and listens. A Unix socket's stale file is removed when nobody answers on it; its mode is 0600.
  /// Errors: sys (EADDRINUSE, EACCES, EADDRNOTAVAIL, …), config when the name does not resolve.
  [[nodiscard]] static nanolib::result<std::shared_ptr<listening_socket>> open(const endpoint& where, int backlog = 1024);
  ~listening_socket();
  [[nodiscard]] int descriptor() const noexcept;
  /// Where it really listens (the port that was chosen).
  [[nodiscard]] const endpoint& where() const noexcept;
  // Private members are the implementation's choice.
};

/// Accepts from one listening socket on one loop. Several loops may accept from the same socket; one is woken.
/// Accepts at most `accepts_per_turn` connections a turn. Out of descriptors (EMFILE, ENFILE): one connection is accepted
/// on a reserved descriptor and closed, accepting rests for 100 ms, `exhausted` counts; nothing spins.
/// Thread: loop-confined.
class acceptor {
 public:
  using on_accept = std::function<void(std::unique_ptr<stream>)>;
  acceptor(event_loop& loop, std::shared_ptr<listening_socket> from, on_accept handler);
  ~acceptor();
  [[nodiscard]] nanolib::result<void> start() noexcept;
  /// No further accepts.
  void close() noexcept;
  [[nodiscard]] std::uint64_t accepted() const noexcept;
  [[nodiscard]] std::uint64_t exhausted() const noexcept;
  // Private members are the implementation's choice.
};

}  // namespace nanonng::net
