// One broker through many lives: load, kill, start again, connect again; now and then a pause in which everything that was
// promised is looked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "bookkeeper.hpp"
#include "broker_child.hpp"
#include "cast.hpp"
#include "client_loop.hpp"
#include "faults.hpp"
#include "recipe.hpp"
#include "traffic.hpp"
#include "wills.hpp"

namespace nanomq::crash {

/// How a life ends.
enum class ending : std::uint8_t {
  kill,       ///< SIGKILL
  terminate,  ///< SIGTERM
  cut,        ///< the broker goes on, all connections are cut: nothing may be lost by any broker
};

struct crash_settings {
  unsigned cycles = 100;
  std::uint64_t seed = 1;
  ending how = ending::kill;
  std::chrono::milliseconds shortest_load{100};
  std::chrono::milliseconds longest_load{500};
  unsigned verify_every = 10;  ///< cycles
  /// How long a broker that owes something may say nothing until that counts as lost.
  std::chrono::milliseconds patience{3'000};
  double rate = 20'000;
  cast_settings who = {};
  std::chrono::seconds time_limit{3'600};
  bool verbose = false;
};

struct crash_result {
  std::string broker;
  std::string about;
  unsigned cycles = 0;
  unsigned kills_before_ready = 0;
  std::uint64_t published = 0;
  std::uint64_t acknowledged = 0;
  std::map<std::string, std::uint64_t> refused = {};  ///< by what the broker said
  std::uint64_t delivered = 0;
  std::uint64_t repeated = 0;  ///< where QoS 1 allows it
  std::uint64_t requests = 0;  ///< SUBACK and UNSUBACK
  std::uint64_t connections = 0;
  std::uint64_t wills = 0;
  std::uint64_t retained_looks = 0;
  std::chrono::nanoseconds loaded{0};
  std::uint64_t acknowledged_under_load = 0;
  std::vector<std::chrono::nanoseconds> ready = {};  ///< time from start to answer, sorted
  fault_log faults = {};
  std::optional<std::string> abandoned = {};  ///< why the run could not go on

  [[nodiscard]] bool flawless() const noexcept { return !abandoned && faults.total() == 0; }
};

/// Thread: one.
class crash_run {
 public:
  using clock = std::chrono::steady_clock;

  crash_run(const recipe& how, const crash_settings& settings, broker_child& broker);
  [[nodiscard]] crash_result run();

 private:
  [[nodiscard]] bool start_and_wait(clock::time_point until);
  [[nodiscard]] bool assemble_first();
  [[nodiscard]] bool cycle(unsigned number);
  [[nodiscard]] bool revive(bool early);
  void load(clock::time_point until);
  void end_life();
  void live(clock::time_point until, const activity& what);
  void note_death();

  // In verification.cpp.
  void verify(bool last);
  template <class Condition>
  bool settle(Condition condition, const activity& what);
  void collect_answers();
  void give_up_outstanding();
  void probe_subscriptions();
  [[nodiscard]] std::vector<bool> probe_once();
  void report_forgotten(const std::vector<bool>& silent);
  void look_at_retained(clock::time_point until);
  void await_wills();

  [[nodiscard]] std::chrono::nanoseconds between(std::chrono::nanoseconds least, std::chrono::nanoseconds most);
  void finish_result();

  crash_settings settings_;
  broker_child& broker_;
  std::mt19937_64 chance_;
  bookkeeper books_;
  cast cast_;
  wills wills_;
  traffic traffic_;
  client_loop loop_;
  crash_result result_;
  bool died_ = false;  // the broker, by itself
  unsigned turns_ = 0;
};

}  // namespace nanomq::crash
