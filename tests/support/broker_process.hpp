// The broker program as a child process: started on a port of its own, read from its banner, stopped with SIGTERM.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "raw_client.hpp"

namespace nanomq::support {

/// How the broker's engine runs: what the conformance suite is repeated for.
struct engine_options {
  std::string shards = "1";
  std::string poller = "epoll";
  std::string errors;  ///< the file that its standard error goes to; empty: where the test's own goes
  /// Reads NANOMQ_TEST_SHARDS and NANOMQ_TEST_POLLER.
  [[nodiscard]] static engine_options from_environment();
};

/// One running broker; with a store of its own if NANOMQ_TEST_STORE is set.
/// Owns: the child process and the pipe that its standard output goes to.
class broker_process {
 public:
  /// Starts the program with `--set key=value` for each setting and waits for its address.
  /// Errors: throws expectation_failed if it prints none within 100 s.
  explicit broker_process(const std::vector<std::string>& settings,
                          const engine_options& engine = engine_options::from_environment());
  ~broker_process();
  broker_process(const broker_process&) = delete;
  broker_process& operator=(const broker_process&) = delete;

  /// SIGTERM, then wait().
  int stop();
  /// The exit code, once the program ends; 137 after a SIGKILL because it did not end within a minute.
  int wait();
  void signal(int number) const;
  /// Nobody reads its standard output any more: its end of the pipe is closed.
  void close_output();

  [[nodiscard]] const address& where() const { return where_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// VmRSS in bytes. Spec: proc_pid_status(5).
  [[nodiscard]] std::size_t resident_memory() const;

 private:
  pid_t pid_ = -1;
  address where_;
  std::string store_;   ///< the directory of its store, with NANOMQ_TEST_STORE; else empty
  std::string output_;  ///< the pipe of its standard output, by name
  std::thread drain_;   ///< keeps the pipe empty, ends with the child
};

/// True if the tests run against a broker that somebody else started: NANOMQ_TEST_ADDRESS=host:port.
[[nodiscard]] bool external_broker();
[[nodiscard]] address external_address();

}  // namespace nanomq::support
