// Asks HTTP servers, without anybody waiting for it: requests from any thread, answers on the client's own.
//
// HTTP/1.1 over nanonng's streams. Connections are kept and used again; there are never more than `pool_size`, to however
// many servers. What finds none waits in a queue with a bound, and what finds no place there is refused at once. Servers are
// verified by default. Redirects, cookies, proxies, compression and HTTP/2 are not its business.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanomq/http/message.hpp"
#include "nanonng/net/tls_context.hpp"

namespace nanomq::http {

class engine;

struct client_options {
  std::size_t pool_size = 32;                ///< connections, to all servers together
  std::size_t max_waiting = 1024;            ///< requests beyond those that have a connection
  nanolib::duration connect_timeout{5'000};  ///< for the name and the TCP connection
  nanolib::duration timeout{5'000};          ///< for all of it, from send() on, the queue and TLS included
  nanolib::duration idle_timeout{30'000};    ///< an unused connection is closed then
  std::size_t max_head = std::size_t{16} << 10U;
  std::size_t max_body = std::size_t{64} << 10U;
  /// For https: null refuses it. ALPN should be left empty or be "http/1.1".
  std::shared_ptr<const nanonng::net::tls_context> tls{};
};

/// Figures since the beginning, and those of now. Shape: value.
struct client_figures {
  std::uint64_t requests = 0;  ///< taken by send()
  std::uint64_t answers = 0;   ///< with whatever status
  std::uint64_t failures = 0;  ///< without an answer, but not cancelled
  std::uint64_t timeouts = 0;  ///< of those
  std::uint64_t cancelled = 0;
  std::uint64_t refused = 0;      ///< by send()
  std::uint64_t repeated = 0;     ///< sent once more on another connection
  std::uint64_t connections = 0;  ///< begun
  std::size_t waiting = 0;        ///< now, for a connection
  std::size_t running = 0;        ///< now, on one
};

/// Thread: thread-safe. Shape: one thread, which begins with the first request, so that a client made before a fork works
/// after it; about 80 KiB once it runs.
class client {
 public:
  /// Errors of an answer: sys (ECONNREFUSED, ENETUNREACH, ETIMEDOUT: any of the deadlines; ECONNRESET: cut within the answer, or
  /// closed before it; EPROTO: no HTTP, or TLS failed; EACCES: the server's certificate was refused, or ours; EMSGSIZE: a head or body
  /// beyond the bounds; ECANCELED: cancelled, or the client has ended; ENOMEM), config: the name is not known.
  using answer = nanolib::result<response>;
  /// Called once, on the client's thread. It must not wait. It may call anything of the client, and let go of it.
  using on_answer = std::move_only_function<void(answer) noexcept>;
  /// Never 0, never used twice.
  using ticket = std::uint64_t;

  explicit client(client_options options);
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  /// As end().
  ~client();

  /// Asks. `then` is called later, never inside this call; not at all when there is an error.
  /// Errors: sys (EAGAIN: too many wait; EINVAL: a header that must not be sent, or https without TLS; ECANCELED: it ends;
  /// ENOMEM, or why there can be no thread).
  [[nodiscard]] nanolib::result<ticket> send(request what, on_answer then) noexcept;
  /// The answer is not wanted any more: ECANCELED takes its place, unless it is there already.
  void cancel(ticket which) noexcept;

  /// Takes nothing more, answers whatever is under way with ECANCELED and waits for that; on its own thread it does not
  /// wait. Not to be undone.
  void end() noexcept;

  [[nodiscard]] client_figures figures() const noexcept;
  /// Why there was no answer, for a log: as failure_text(), and where a connection ended for this reason last, in the words of
  /// TLS, which say what was wrong with a certificate. Errors: throws std::bad_alloc.
  [[nodiscard]] std::string describe(const nanolib::error& what) const;
  [[nodiscard]] const client_options& options() const noexcept;

 private:
  std::shared_ptr<engine> engine_;
};

/// Why there was no answer, in words for a log: "connection refused", "no answer in time", "the certificate was refused".
[[nodiscard]] std::string_view failure_text(const nanolib::error& what) noexcept;

}  // namespace nanomq::http
