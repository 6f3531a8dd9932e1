// Bodies on their way to the endpoint: from the shards into inboxes, from those into lanes on a thread of its own, and from
// each lane one POST after the other.
//
// A client's events share a lane, so that they arrive in order, also when a POST has to be repeated. What there is room for is
// bounded over all lanes and inboxes; what finds none is dropped and counted, and no shard ever waits.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nanolib/base/log.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanomq/http/client.hpp"

namespace nanomq::webhook {

/// Where events go, and how. Immutable.
struct target {
  http::url where;
  std::vector<http::header> headers;
  std::shared_ptr<http::client> by;
  std::uint32_t pool_size = 0;  ///< POSTs at a time; 0: as before
  std::uint32_t batch_size = 1;
  nanolib::duration batch_time{0};
  std::uint32_t max_attempts = 1;
  nanolib::duration backoff{0};
  nanolib::duration max_backoff{0};
  std::uint32_t max_queue_messages = 0;
  std::uint64_t max_queue_bytes = 0;
};

/// Thread: push(), count_dropped() and figures() on any; the rest on one.
class sender {
 public:
  using figure = std::pair<std::string, std::uint64_t>;

  /// `lanes`: POSTs at a time, until a target wants others. `log` outlives it.
  sender(std::uint32_t lanes, nanolib::log& log);
  sender(const sender&) = delete;
  sender& operator=(const sender&) = delete;
  ~sender();

  /// From here on. Starts the thread when there is none. Errors: sys (no thread could be made).
  [[nodiscard]] nanolib::result<void> send_to(std::shared_ptr<const target> where);
  /// One body. `key`: those with the same one arrive in order. Never waits. Errors: throws std::bad_alloc.
  void push(std::uint32_t shard, std::uint64_t key, std::string body);
  /// Whether push() would take a body now, if it is small enough.
  [[nodiscard]] bool has_room() const noexcept;
  void count_dropped() noexcept { dropped_.fetch_add(1, std::memory_order_relaxed); }
  /// Takes no more, sends what is there for no longer than `patience`, and ends the thread. Idempotent.
  void stop(nanolib::duration patience) noexcept;

  [[nodiscard]] std::vector<figure> figures() const;

 private:
  struct event {
    std::uint64_t key = 0;
    std::string body;
  };
  /// What one shard has handed over. Several share one when there are many.
  struct inbox {
    nanolib::mutex mutex;
    std::vector<event> events NANOLIB_GUARDED_BY(mutex);
  };
  struct lane {
    std::deque<event> waiting;
    std::vector<event> sending;  ///< of one POST, which is under way or to be repeated
    nanolib::instant due{};      ///< of the next POST: not before
    std::uint32_t attempts = 0;
    bool under_way = false;
  };
  struct outcome {
    std::size_t lane;
    int status;            ///< 0: there was no answer
    nanolib::error error;  ///< then: why
  };

  void run() noexcept;
  void wake() noexcept;
  void sleep_until(nanolib::instant when) noexcept;
  void collect();
  void settle(const outcome& what);
  void repeat(lane& which, const std::string& why);
  void give_up(lane& which, const std::string& why);
  void say_recovered();
  /// When it wants to be asked again.
  [[nodiscard]] bool is_rearranging() const noexcept;
  void rearrange();
  [[nodiscard]] nanolib::instant serve(std::size_t number, nanolib::instant now);
  void post(std::size_t number);
  [[nodiscard]] std::string join(const std::vector<event>& events) const;
  [[nodiscard]] nanolib::duration pause_after(std::uint32_t attempts);
  void hurry() noexcept;
  void release(std::vector<event>& events) noexcept;
  [[nodiscard]] bool has_ended(nanolib::instant now) const noexcept;
  void abandon_all() noexcept;
  void report(nanolib::instant now, const std::string& why);

  nanolib::log& log_;
  std::array<inbox, 16> inboxes_;
  std::atomic<std::uint64_t> queued_{0}, queued_bytes_{0};
  std::atomic<std::uint64_t> sent_{0}, failed_{0}, dropped_{0}, repeated_{0}, posts_{0};
  std::atomic<std::uint64_t> most_queued_{0}, most_bytes_{0};
  std::atomic<bool> closed_{false};

  nanolib::mutex mutex_;
  std::condition_variable_any woken_;
  std::atomic<bool> is_woken_{false};
  std::shared_ptr<const target> next_ NANOLIB_GUARDED_BY(mutex_);
  std::vector<outcome> outcomes_ NANOLIB_GUARDED_BY(mutex_);
  nanolib::instant end_by_ NANOLIB_GUARDED_BY(mutex_) = nanolib::never;

  // The thread's own.
  std::shared_ptr<const target> to_;
  std::vector<lane> lanes_;
  nanolib::instant stop_by_ = nanolib::never;
  std::minstd_rand chance_;
  nanolib::instant next_report_{};
  std::uint64_t reported_ = 0;
  std::uint64_t failed_before_ = 0, dropped_before_ = 0;  ///< when it recovered last
  bool in_trouble_ = false;
  std::string why_;  ///< of the last failure
  std::thread thread_;
};

}  // namespace nanomq::webhook
