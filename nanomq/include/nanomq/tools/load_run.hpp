// A run of load from its first connection to its report: the threads, and the one who watches over them.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "nanomq/tools/load_plan.hpp"
#include "nanomq/tools/load_report.hpp"
#include "nanomq/tools/load_worker.hpp"
#include "nanonng/net/event_loop.hpp"

namespace nanomq::tools {

/// How a run stands.
struct load_progress {
  load_phase phase = load_phase::connect;
  std::chrono::nanoseconds elapsed{0};   ///< since the run began
  std::chrono::nanoseconds interval{0};  ///< since the last progress
  load_totals totals;
  load_totals last;  ///< the totals of the last progress

  /// How many a second there were in the interval.
  [[nodiscard]] double rate(load_count which) const noexcept;
};

/// Looks on. Called on run()'s thread.
class load_observer {
 public:
  load_observer() = default;
  load_observer(const load_observer&) = delete;
  load_observer& operator=(const load_observer&) = delete;
  virtual ~load_observer() = default;
  virtual void on_progress(const load_progress&) {}
  /// Just before the first message is sent, after everything under way has come (or was given up), …
  virtual void on_phase(load_phase) {}
};

/// Thread: one, except stop().
class load_run {
 public:
  /// Errors: a sentence (the plan is not possible, no loop).
  [[nodiscard]] static std::expected<std::unique_ptr<load_run>, std::string> create(load_plan plan);
  load_run(const load_run&) = delete;
  load_run& operator=(const load_run&) = delete;
  ~load_run();

  /// Runs until the plan's end or stop(). Once. `tick` is how often progress is told.
  [[nodiscard]] load_report run(load_observer& observer, std::chrono::milliseconds tick = std::chrono::seconds{1});
  /// Ends the publishing and waits for what is under way; a second time: does not wait. Thread: any, and signal handlers.
  void stop() noexcept;

  [[nodiscard]] const load_plan& plan() const noexcept { return plan_; }

 private:
  /// The totals at one time.
  struct mark {
    moment when{};
    load_totals totals;
    std::chrono::nanoseconds processor{0};
  };

  explicit load_run(load_plan plan);
  [[nodiscard]] std::expected<void, std::string> make_workers();
  [[nodiscard]] load_totals totals() const noexcept;
  [[nodiscard]] mark mark_now() const;
  void enter(load_phase next);
  void watch();
  void watch_connecting();
  void watch_flow();
  void watch_drain();
  void tell_progress(load_observer& observer, std::chrono::nanoseconds tick);
  [[nodiscard]] nanolib::duration until_next(std::chrono::nanoseconds tick) const noexcept;
  [[nodiscard]] bool is_stalled(const load_totals& now, moment when) noexcept;
  [[nodiscard]] bool nobody_is_left(const load_totals& now) const noexcept;
  [[nodiscard]] load_report report() const;

  load_plan plan_;
  load_run_facts facts_;
  std::unique_ptr<nanonng::net::event_loop> overseer_;
  load_control control_;
  std::vector<std::unique_ptr<load_worker>> workers_;
  std::atomic<int> stops_{0};

  load_phase phase_ = load_phase::connect;
  load_observer* observer_ = nullptr;
  moment begun_{};
  moment connected_{};
  moment measure_from_{};
  moment flow_until_{};
  moment last_progress_{};  // of messages, in this phase
  moment strays_until_{};
  std::uint64_t seen_ = 0;
  bool not_started_ = false;
  bool is_measuring_ = false;
  mark measured_from_;
  mark measured_until_;
  moment told_{};
  load_totals told_totals_;
};

}  // namespace nanomq::tools
