// An HTTP endpoint in a process of its own, which answers every POST with 200, or none of them.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace nanomq::bench {

/// Listens on 127.0.0.1 from the constructor to the destructor. Made before the process has threads: it forks.
class endpoint {
 public:
  explicit endpoint(bool answers);
  endpoint(const endpoint&) = delete;
  endpoint& operator=(const endpoint&) = delete;
  ~endpoint();

  /// 0: there is none.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace nanomq::bench
