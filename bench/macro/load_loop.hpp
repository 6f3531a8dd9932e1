// The one event loop that all clients of a run share. One thread: the load must leave cores to the broker.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"

namespace nanomq::bench {

/// Owns: its clients; they live as long as the loop. Thread: one.
class load_loop {
 public:
  load_loop(std::uint16_t port, protocol version, client_events& events);
  load_loop(const load_loop&) = delete;
  load_loop& operator=(const load_loop&) = delete;
  ~load_loop();

  /// Begins to connect to 127.0.0.1 and queues CONNECT. Errors: a sentence (no descriptor, no port).
  [[nodiscard]] std::expected<client*, std::string> open(std::string_view client_identifier);

  /// Has the client's output written at the end of this turn.
  void touch(client& which);

  /// Writes what waits, then waits for at most `longest` and hands out what has come.
  void turn(std::chrono::nanoseconds longest);

  [[nodiscard]] protocol version() const noexcept { return version_; }

 private:
  void flush_touched();
  void read(client& which);
  void write(client& which);
  void watch(client& which, bool for_room);

  std::uint16_t port_;
  protocol version_;
  client_events& events_;
  int poller_;
  std::vector<std::unique_ptr<client>> clients_;
  std::vector<client*> touched_;
  std::vector<std::byte> input_;
};

}  // namespace nanomq::bench
