// One flow while it runs: who publishes, who has got what. See flow_workload.hpp for what it is for.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "flow_workload.hpp"
#include "nanomq/tools/arrival_check.hpp"
#include "nanomq/tools/histogram.hpp"
#include "population.hpp"
#include "publish_template.hpp"

namespace nanomq::bench {

/// Thread: one.
class flow_run final : public population {
 public:
  flow_run(const target& broker, const flow_shape& shape);
  [[nodiscard]] measurement measure();

 private:
  using clock = std::chrono::steady_clock;

  struct publisher {
    client* connection = nullptr;
    publish_template packet;
    std::uint32_t sent = 0;
    std::uint64_t delivered = 0;  // over all subscribers
  };
  struct subscriber {
    client* connection = nullptr;
    std::vector<tools::arrival_check> from;  // one per publisher that it hears; in pairs only its own
  };

  [[nodiscard]] bool set_up();
  void send_in_window();
  void send_at_rate();
  void drain();
  void publish(publisher& from, clock::time_point due);
  [[nodiscard]] bool may_publish(const publisher& from) const noexcept;
  void on_message(client& which, const received_publish& message) override;
  [[nodiscard]] tools::arrival_check* stream_of(subscriber& at, std::uint32_t source) noexcept;
  void sample_memory(clock::time_point now);

  void account_for_everything();
  [[nodiscard]] measurement report(std::chrono::nanoseconds spent, std::chrono::nanoseconds own,
                                   clock::duration taken) const;

  flow_shape shape_;
  std::vector<publisher> publishers_;
  std::vector<subscriber> subscribers_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t acknowledged_ = 0;
  clock::time_point measure_from_;
  clock::time_point next_sample_;
  std::uint64_t private_at_start_ = 0;
  std::uint64_t private_at_most_ = 0;
  tools::histogram latency_;

  void on_acknowledged(client&) override { ++acknowledged_; }
};

}  // namespace nanomq::bench
