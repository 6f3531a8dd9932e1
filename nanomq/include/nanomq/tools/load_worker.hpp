// One thread of load: a loop, its clients, and the phase that the whole run is in.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nanomq/tools/connect_pace.hpp"
#include "nanomq/tools/failure.hpp"
#include "nanomq/tools/histogram.hpp"
#include "nanomq/tools/load_client.hpp"
#include "nanomq/tools/load_counters.hpp"
#include "nanomq/tools/load_plan.hpp"
#include "nanomq/tools/load_publishers.hpp"
#include "nanomq/tools/load_receivers.hpp"
#include "nanomq/tools/precise_timer.hpp"

namespace nanomq::tools {

enum class load_phase : std::uint8_t {
  connect,  ///< clients connect; nothing is published
  flow,     ///< messages are published
  drain,    ///< none is published any more; what is under way arrives
  finish,   ///< everybody disconnects
};

/// What a run tells its threads, and what wakes it. Thread: any.
struct load_control {
  std::atomic<load_phase> phase{load_phase::connect};
  std::atomic<moment::rep> flow_from{0};     ///< when the first message is due
  std::atomic<moment::rep> measure_from{0};  ///< when the first message is due whose times count
  nanonng::net::event_loop* overseer = nullptr;
};

/// Which of a run's clients are one thread's.
struct load_share {
  std::uint64_t first = 0;  ///< number of the first client, of each kind
  std::uint32_t publishers = 0;
  std::uint32_t subscribers = 0;
  std::uint32_t others = 0;
  std::uint64_t limit = 0;
  std::chrono::nanoseconds connect_interval{0};
  std::chrono::nanoseconds connect_offset{0};
  std::uint32_t most_connecting = 1;
};

/// Thread: run() on one thread; counters() and wake() from any; the rest before run() or after it.
class load_worker final : private load_client_handler, private nanonng::net::event_loop::turn_hooks {
 public:
  /// Errors: a sentence (no loop).
  [[nodiscard]] static std::expected<std::unique_ptr<load_worker>, std::string> create(const load_plan& plan,
                                                                                       const load_run_facts& facts,
                                                                                       const load_share& share,
                                                                                       load_control& control);
  ~load_worker() override;

  /// Turns until the phase is finish.
  void run() noexcept;
  void wake() noexcept { loop_->wake(); }

  [[nodiscard]] const load_counters& counters() const noexcept { return counters_; }
  /// Whether every message that its limit allows has been sent, or received. Thread: any.
  [[nodiscard]] bool is_done() const noexcept { return done_.load(std::memory_order_acquire); }
  /// Whether nothing is under way any more; in the phase drain only. Thread: any.
  [[nodiscard]] bool is_drained() const noexcept { return drained_.load(std::memory_order_acquire); }

  [[nodiscard]] const failure_tally& failures() const noexcept { return failures_; }
  [[nodiscard]] const histogram& connect_times() const noexcept { return connect_times_; }
  [[nodiscard]] const load_publishers& publishers() const noexcept { return publishers_; }
  [[nodiscard]] const load_receivers& receivers() const noexcept { return receivers_; }

 private:
  struct slot {
    slot(load_context& context, std::uint32_t index) noexcept : client(context, index) {}
    load_client client;
    moment begun{};
    bool settled = false;
    bool was_open = false;  // on the present connection
  };

  load_worker(const load_plan& plan, const load_run_facts& facts, const load_share& share, load_control& control,
              std::unique_ptr<nanonng::net::event_loop> loop);

  void make_clients();
  [[nodiscard]] bool is_subscriber(const load_client& which) const noexcept {
    return which.index() < share_.subscribers;
  }
  [[nodiscard]] bool is_publisher(const load_client& which) const noexcept {
    return which.index() - share_.subscribers < share_.publishers;
  }
  [[nodiscard]] std::uint32_t publisher_of(const load_client& which) const noexcept {
    return which.index() - share_.subscribers;
  }
  [[nodiscard]] std::uint64_t number_of(std::uint32_t index) const noexcept;
  [[nodiscard]] std::string identifier_of(std::uint32_t index) const;

  void enter(load_phase next) noexcept;
  void connect_more(moment now);
  void connect(std::uint32_t index, moment now);
  void count_failure(const load_client& which, const failure& why);
  void settle(slot& which) noexcept;
  void subscribe(load_client& which);
  void look_ahead(moment now) noexcept;
  void tell_overseer() noexcept;

  void before_flush() noexcept override;
  void after_flush() noexcept override;

  void on_open(load_client& which, const nanonng::mqtt::connack_view& connack) noexcept override;
  void on_subscribed(load_client& which, nanonng::mqtt::request_token token,
                     const nanonng::mqtt::suback_view& suback) noexcept override;
  void on_message(load_client& which, const nanonng::mqtt::publish_view& message, moment arrived) noexcept override;
  void on_completed(load_client& which, nanonng::mqtt::request_token token, nanonng::mqtt::reason_code reason,
                    moment arrived) noexcept override;
  void on_drained(load_client& which) noexcept override;
  void on_down(load_client& which, const failure& why) noexcept override;

  const load_plan& plan_;
  const load_share share_;
  load_control& control_;
  load_phase phase_ = load_phase::connect;
  std::unique_ptr<nanonng::net::event_loop> loop_;
  std::unique_ptr<precise_timer> timer_;  // none where the system has none
  load_counters counters_;
  load_publishers publishers_;
  load_receivers receivers_;
  load_context context_;
  std::deque<slot> slots_;  // subscribers, then publishers, then the others
  connect_pace pace_;
  std::uint32_t connecting_ = 0;
  std::deque<std::pair<moment, std::uint32_t>> redials_;
  failure_tally failures_;
  histogram connect_times_;
  bool more_at_once_ = false;
  nanolib::duration longest_sleep_{0};
  std::atomic<bool> done_{false};
  std::atomic<bool> drained_{false};
};

}  // namespace nanomq::tools
