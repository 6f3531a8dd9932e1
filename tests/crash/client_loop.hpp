// The sockets of all sessions, on one thread: the harness must leave the cores to the broker.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "session.hpp"

namespace nanomq::crash {

/// Owns: the connections; not the sessions, which must outlive it. Thread: one.
class client_loop {
 public:
  using clock = std::chrono::steady_clock;

  /// Everything goes to 127.0.0.1.
  explicit client_loop(std::uint16_t port);
  client_loop(const client_loop&) = delete;
  client_loop& operator=(const client_loop&) = delete;
  ~client_loop();

  /// Begins a connection with CONNECT. False: no socket, or nobody listens.
  bool open(session& which, bool clean_start);
  [[nodiscard]] static bool is_open(const session& which) noexcept { return which.descriptor_ >= 0; }
  /// Closes it without a word. No event.
  void cut(session& which);
  /// Sends DISCONNECT and waits, in later turns, for the broker to close; then comes on_closed().
  void finish(session& which);

  /// Writes what waits, then waits for at most `longest` and hands out what has come.
  void turn(std::chrono::nanoseconds longest);

  /// After the broker's end: hands out what it has still sent, then closes everything. No on_closed().
  void drain();
  void cut_all();

  [[nodiscard]] clock::time_point last_input() const noexcept { return last_input_; }
  [[nodiscard]] std::size_t connections() const noexcept { return open_.size(); }

 private:
  [[nodiscard]] bool read(session& which);  // false: the connection has ended
  [[nodiscard]] bool write(session& which);
  void write_all();
  void lost(session& which);
  void forget(session& which);
  void watch(session& which, bool for_room);

  std::uint16_t port_;
  int poller_;
  std::vector<session*> open_;
  std::vector<std::byte> input_;
  clock::time_point last_input_{};
};

}  // namespace nanomq::crash
