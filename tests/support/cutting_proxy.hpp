// A TCP proxy that breaks connections when a test says so, or after so many bytes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "raw_client.hpp"

namespace nanomq::support {

/// Forwards between clients and one server, which may change. Thread: thread-safe.
class cutting_proxy {
 public:
  explicit cutting_proxy(address upstream);
  ~cutting_proxy();
  cutting_proxy(const cutting_proxy&) = delete;
  cutting_proxy& operator=(const cutting_proxy&) = delete;

  [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
  /// Breaks every connection now.
  void cut();
  /// Breaks each connection after it has carried so many bytes, counted over both directions; 0: never. Each connection
  /// after that gets a budget of its own, `growth` bytes larger than the one before it.
  void cut_after(std::size_t bytes, std::size_t growth = 0);
  /// The server that connections are made to from now on.
  void set_upstream(address upstream);
  /// Takes connections and forwards nothing, or no more of it: a server that has vanished without a word.
  void freeze(bool frozen);
  [[nodiscard]] std::size_t connections() const { return connections_; }

 private:
  struct pair {
    int client = -1;
    int server = -1;
    std::size_t left = SIZE_MAX;
  };

  void run();
  void accept_one();
  [[nodiscard]] bool forward(int from, int to, std::size_t& left);
  static void drop(pair& which);
  void wake();

  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> cutting_{false};
  std::atomic<bool> frozen_{false};
  std::atomic<std::size_t> budget_{0};
  std::atomic<std::size_t> growth_{0};
  std::atomic<std::size_t> connections_{0};
  std::mutex mutex_;
  address upstream_;
  std::list<pair> pairs_;  ///< the thread's
  std::thread thread_;
};

}  // namespace nanomq::support
