// Debian's mosquitto as a child process, for tests of clients against a server that was written elsewhere.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "raw_client.hpp"

namespace nanomq::support {

/// One running mosquitto on a port of its own on 127.0.0.1, that lets everybody in.
class mosquitto_process {
 public:
  /// `lines`: more of its configuration, perhaps more listeners. Errors: throws expectation_failed when it does not start.
  explicit mosquitto_process(const std::vector<std::string>& lines = {});
  ~mosquitto_process();
  mosquitto_process(const mosquitto_process&) = delete;
  mosquitto_process& operator=(const mosquitto_process&) = delete;

  void stop();
  [[nodiscard]] const address& where() const { return where_; }
  /// Whether the program is there.
  [[nodiscard]] static bool is_installed();

 private:
  [[nodiscard]] bool start(const std::vector<std::string>& lines);

  pid_t pid_ = -1;
  address where_;
  std::string file_;
};

}  // namespace nanomq::support
