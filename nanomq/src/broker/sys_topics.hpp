// $SYS/broker/…: the broker's figures as retained messages under mosquitto's names.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/broker/figures.hpp"
#include "nanonng/net/timer.hpp"

namespace nanomq::broker {

class shard;

/// Publishes every sys_interval from one shard. Thread: that shard's, but post_interval().
class sys_topics {
 public:
  explicit sys_topics(shard& at);
  /// Another interval; 0: nothing is published. Thread: any. Errors: throws std::bad_alloc.
  void post_interval(nanolib::duration to);

 private:
  void on_timer(nanolib::instant now) noexcept;
  void set_interval(nanolib::duration to) noexcept;
  void publish_all() noexcept;
  void publish(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  void publish_store(const broker_figures& now);
  void publish_peers(const broker_figures& now);
  void publish_loads(const traffic_figures<std::uint64_t>& totals, double minutes);

  /// A running mean over 1, 5 and 15 minutes, as mosquitto computes it.
  struct load {
    std::string_view name;
    std::uint64_t last = 0;
    std::array<double, 3> mean{};
  };

  shard& at_;
  nanolib::duration interval_;
  nanolib::instant published_;
  nanonng::net::timer_of<sys_topics, &sys_topics::on_timer> timer_{*this};
  std::array<load, 8> loads_;
  std::vector<std::string> peer_topics_;  ///< of local peers, sorted
  bool version_sent_ = false;
};

}  // namespace nanomq::broker
