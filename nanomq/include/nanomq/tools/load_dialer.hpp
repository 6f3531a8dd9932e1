// Where the load's connections go out: one known address, from a source that can be chosen, a hundred thousand times.
//
// The SDK's dialer finds a way to a server that has a name and several addresses; here that is done once for all clients.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/listener.hpp"
#include "nanonng/net/poller.hpp"
#include "nanonng/net/stream.hpp"

namespace nanomq::tools {

/// The address of a socket: what is left of an endpoint once its name has been looked up. Immutable.
struct socket_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  [[nodiscard]] int family() const noexcept { return bytes.ss_family; }
  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&bytes); }
};

/// The addresses of a peer, in the order in which they are to be tried. Shape: waits for the resolver where `where` has a
/// name. Errors: config when the name does not resolve, with the resolver's code.
[[nodiscard]] nanolib::result<std::vector<socket_address>> resolve(const nanonng::net::endpoint& where);

/// The first of several addresses that takes a connection, else the first. Shape: waits, two seconds for each at the most;
/// of a single address nothing is asked.
[[nodiscard]] socket_address choose_reachable(const std::vector<socket_address>& addresses);

/// Reads a numeric address, "127.0.0.2" or "::1", as a source: any port. Nothing when it is none.
[[nodiscard]] std::optional<socket_address> parse_source(std::string_view address) noexcept;

/// Told how a dialer's attempt ended, from the loop's dispatch and never inside start().
class dial_handler {
 public:
  dial_handler() = default;
  dial_handler(const dial_handler&) = delete;
  dial_handler& operator=(const dial_handler&) = delete;
  virtual ~dial_handler() = default;
  virtual void on_dialed(std::unique_ptr<nanonng::net::stream> over) noexcept = 0;
  /// Errors: sys (ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT, …).
  virtual void on_dial_failed(nanolib::error why) noexcept = 0;
};

/// Connects one socket at a time without waiting. How long an attempt may take is the owner's to decide: cancel().
/// Shape: 32 bytes, and a descriptor while an attempt is under way. Thread: loop-confined.
class load_dialer final : private nanonng::net::io_handler {
 public:
  load_dialer(nanonng::net::event_loop& loop, dial_handler& handler) noexcept : loop_(loop), handler_(handler) {}
  load_dialer(const load_dialer&) = delete;
  load_dialer& operator=(const load_dialer&) = delete;
  ~load_dialer() override { cancel(); }

  /// Begins an attempt. `source`, when there is one, is where the connection is to come from; its port is chosen late, so
  /// that every source has all ports for every destination. Errors: sys (EMFILE, EADDRNOTAVAIL: no port or no such source;
  /// ECONNREFUSED; EAGAIN from a Unix socket whose listener is busy); EALREADY while an attempt is under way.
  [[nodiscard]] nanolib::result<void> start(const socket_address& to, const socket_address* source = nullptr) noexcept;
  /// Gives the attempt up without a word; nothing when there is none.
  void cancel() noexcept;
  [[nodiscard]] bool is_dialing() const noexcept { return descriptor_ >= 0; }

 private:
  void on_readable() noexcept override { finish(); }
  void on_writable() noexcept override { finish(); }
  void finish() noexcept;

  nanonng::net::event_loop& loop_;
  dial_handler& handler_;
  int descriptor_ = -1;
};

}  // namespace nanomq::tools
