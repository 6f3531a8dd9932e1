// Names to addresses, off the loop: getaddrinfo() blocks, so it runs on threads of its own.
//
// A few threads for the whole process, started when there is something to look up and gone when there is not. Nobody waits
// for them: a lookup that is not wanted any more ends by itself, unheard.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanonng/net/event_loop.hpp"

namespace nanonng::net {

/// An address to connect to.
struct socket_address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// The addresses of a host. A numeric one needs no lookup; an empty list: it is a name.
[[nodiscard]] std::vector<socket_address> numeric_addresses(const std::string& host, std::uint16_t port);

/// How getaddrinfo()'s codes are told: config, with the code as it is (negative on Linux).
[[nodiscard]] nanolib::error lookup_error(int code) noexcept;

/// One lookup under way. Thread: made, cancelled and destroyed on the loop's thread.
class lookup {
 public:
  using on_end = std::function<void(nanolib::result<std::vector<socket_address>>)>;
  static constexpr int maximum_threads = 4;

  /// Calls `handler` on the loop's thread, in a later turn. The addresses are in the order of RFC 6724, with the families
  /// taking turns from the first one's on. Errors: config (see lookup_error()); sys when no thread can be started.
  lookup(event_loop& loop, const std::string& host, std::uint16_t port, on_end handler);
  lookup(const lookup&) = delete;
  lookup& operator=(const lookup&) = delete;
  /// Cancels.
  ~lookup();

  struct request;

 private:
  std::shared_ptr<request> request_;
};

}  // namespace nanonng::net
