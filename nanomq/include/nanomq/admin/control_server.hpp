// The way to ask a running broker: a Unix socket that takes requests, one line each, and answers each with one line.
//
// Commands are added by name. The server knows none but "commands", which lists them. Who may connect is decided by the
// system: the file is the user's own (mode 0600), and besides root nobody else is listened to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/counter.hpp"
#include "nanolib/base/log.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanomq/admin/control_reply.hpp"
#include "nanomq/admin/control_request.hpp"

namespace nanomq::admin {

/// Carries a request out. Called on the server's thread, one call at a time; meanwhile other requests wait, so that it
/// takes no longer than it must. An exception becomes a refusal.
using control_handler = std::move_only_function<void(const control_request&, control_reply&)>;

struct control_options {
  std::string path = {};                    ///< of the socket
  std::size_t most_connections = 16;        ///< one more is told so and closed
  std::size_t longest_line = 64U * 1024;    ///< of a request
  std::size_t longest_answer = 16'777'216;  ///< a longer one is replaced by a refusal
  nanolib::duration patience{5'000};        ///< for a whole request, and for a peer that does not read its answer
  nanolib::log* log = nullptr;              ///< null: keeps nothing
};

/// Thread: add() before start(); start() and stop() from one thread; counts from any.
class control_server {
 public:
  struct counters {
    nanolib::counter requests, refused_requests, refused_connections, timeouts;
  };

  control_server();
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;
  /// Stops first if it runs.
  ~control_server();

  /// A command, and the names of its parameters: a request with another one is refused. The handler outlives the server
  /// or is owned by it, and so is what it refers to: stop() is the end of its calls.
  void add(std::string command, std::vector<std::string> parameters, control_handler handler);

  /// Opens the socket and starts the thread. The stale socket of a crash is replaced when nobody answers behind it.
  /// Errors: sys (EADDRINUSE: somebody listens there or it is no socket; ENAMETOOLONG; EACCES, ENOENT, …).
  [[nodiscard]] nanolib::result<void> start(const control_options& options);
  /// Ends the thread and removes the socket. A handler under way is waited for. Idempotent.
  void stop() noexcept;

  [[nodiscard]] const counters& counts() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace nanomq::admin
