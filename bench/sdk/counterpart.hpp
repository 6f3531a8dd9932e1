// The least of a server that the jobs need: it takes messages and acknowledges them, or sends as many as are wanted.
// So what is measured is the client.
#pragma once

#include <sys/types.h>
#include <cstddef>
#include <cstdint>

namespace nanomq::bench::sdk {

/// A process with one such server on a port of its own on 127.0.0.1, for one connection.
class counterpart {
 public:
  /// `messages`: sent after a SUBSCRIBE. Errors: throws std::runtime_error.
  explicit counterpart(std::size_t messages);
  ~counterpart();
  counterpart(const counterpart&) = delete;
  counterpart& operator=(const counterpart&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Waits for its end; how many messages it got.
  [[nodiscard]] std::size_t received();

 private:
  pid_t pid_ = -1;
  int result_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace nanomq::bench::sdk
