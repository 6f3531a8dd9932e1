// What the threads of a client share: callers, the callback thread, messages that outlive the client, and the loop, whose
// part is the driver.
//
// Callers hand requests to the outgoing queue and everything else to the loop by tell(). The loop hands calls to the
// callback thread. The engine lives as long as anybody refers to it; the driver goes when the client has closed.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "callback_thread.hpp"
#include "incoming_gate.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanonng/sdk/client_options.hpp"
#include "nanonng/sdk/url.hpp"
#include "outgoing_queue.hpp"
#include "publish_request.hpp"
#include "pull_queue.hpp"
#include "statistics.hpp"
#include "subscribe_request.hpp"

namespace nanonng::sdk {

class driver;
class request_operation;

/// Owns: itself, by count. Thread: thread-safe; what is marked so is the loop's.
class engine final : public operation_host, public detail::acknowledgement_sink {
 public:
  using ptr = nanolib::intrusive_ptr<engine>;

  /// An engine, and the thread that it does its I/O on.
  struct running {
    ptr core;
    std::shared_ptr<io_thread> io;
  };
  /// Makes it and begins to connect. Errors: config, with `why`; sys.
  [[nodiscard]] static nanolib::result<running> create(std::string_view url, client_options&& wanted, std::string& why);

  // The client's functions.
  /// With `has_place` the bounds of the queue don't hold it up: something else bounds it.
  operation<publish_outcome> publish(std::string_view topic, nanolib::bytes payload, const publish_options& how,
                                     bool has_place = false);
  operation<subscribe_outcome> subscribe(std::vector<wanted_subscription> entries, const subscribe_options& how);
  operation<subscribe_outcome> unsubscribe(const std::vector<std::string>& filters, const unsubscribe_options& how);
  operation<message> receive(duration timeout);
  [[nodiscard]] std::optional<message> try_receive();
  operation<message> request(std::string_view topic, nanolib::bytes payload, const request_options& how);
  operation<void> reauthenticate();
  operation<void> close(const close_options& how);
  [[nodiscard]] client_state state() const noexcept { return state_.load(std::memory_order_acquire); }
  [[nodiscard]] server_capabilities server() const;
  [[nodiscard]] client_statistics figures() const noexcept;
  /// The client object is going away: no handler is called any more. Whether its thread may wait for the end.
  [[nodiscard]] bool forsake() noexcept;
  /// Its last words, after close() has ended or when nobody waits for that: the callback thread goes when it is done.
  void join_callbacks() noexcept;

  // operation_host
  void run(job what) noexcept override;
  [[nodiscard]] bool is_callback_thread() const noexcept override;
  [[nodiscard]] bool may_wait() const noexcept override { return !on_loop(); }
  void cancel(operation_core& which) noexcept override;
  [[nodiscard]] bool begin_wait(operation_waiter& who) noexcept override;
  void end_wait() noexcept override;

  // acknowledgement_sink
  void acknowledge(mqtt::receipt_number receipt, mqtt::reason_code reason) noexcept override;
  void retain() const noexcept override { operation_host::retain(); }
  void release() const noexcept override { operation_host::release(); }

  // For the loop's part and the requests.
  using task = std::move_only_function<void(driver&)>;
  /// Runs the task on the loop, in order. False, and it is dropped, when the loop's part is gone or memory is short.
  bool tell(task what) noexcept;
  /// The same; `otherwise` is called, on some thread, when the loop's part goes before it gets to the task.
  bool tell(task what, job otherwise) noexcept;
  [[nodiscard]] bool on_loop() const noexcept { return loop_thread_.load() == std::this_thread::get_id(); }
  [[nodiscard]] nanolib::instant now() const noexcept { return clock_.now(); }
  /// The loop: takes an entry out of where it waits, because its operation ends otherwise.
  void withdraw(outgoing_entry& which) noexcept;
  void disarm(deadline*& which) noexcept;
  void forget(request_operation& which) noexcept;
  /// The loop: hands a message over, or a job, at the end of the turn.
  void deliver(const recipient_ptr& to, const message& what) noexcept;
  void flush_calls() noexcept;
  /// Calls what is due, here and now.
  void run_calls(std::span<callback> calls) noexcept;
  /// Calls something of the user's: what it throws is caught and told.
  template <class Call>
  void guarded(Call&& call) noexcept {
    try {
      call();
    } catch (...) {
      report_fault(std::current_exception());
    }
  }
  /// Calls something of the authenticator's, unless the client is gone.
  template <class Call>
  void guarded_question(Call&& call) noexcept {
    const nanolib::mutex_lock held(asking_mutex_);
    if (!is_forsaken()) guarded(call);
  }
  void set_state(state_change change) noexcept;
  void set_server(server_capabilities said) noexcept;
  /// Why the client has given up, in words, for operations that come after that.
  void set_last_words(std::string_view words);
  [[nodiscard]] std::string last_words() const;
  /// A message has been handed over, or dropped.
  void handled(std::size_t messages, std::size_t bytes) noexcept;
  [[nodiscard]] bool is_forsaken() const noexcept { return forsaken_.load(); }
  /// Whether the callback thread blocks in an operation.
  [[nodiscard]] bool callback_waits() const noexcept { return callback_waits_.load(); }
  /// The loop: what the callback thread waits for cannot be read.
  void refuse_wait() noexcept;
  /// Calls the authenticator: not on the callback thread, whose callbacks may wait for the connection that it is asked for.
  void ask(job question) noexcept;
  /// The loop: calls `finish` once none of these is being called. At once while the callback thread waits.
  void finish_after_calls(std::span<const recipient_ptr> of, job finish);
  [[nodiscard]] bool calls_inline() const noexcept { return options.callbacks == callback_mode::io_thread; }

  const client_options options;
  const std::string client_id;
  statistics counts;
  outgoing_queue outgoing;
  pull_queue pull;
  incoming_gate gate;

 private:
  friend class driver;
  class loop_item;

  engine(client_options&& wanted, std::string id, nanolib::clock& clock);
  ~engine() override;

  [[nodiscard]] outgoing_queue::patience patience_for(duration timeout) const noexcept;
  /// What the queue said to an entry: tells the loop, ends who was dropped.
  [[nodiscard]] nanolib::result<void> enter(outgoing_queue::outcome&& entered);
  template <class Request>
  void limit(const nanolib::intrusive_ptr<Request>& what, duration timeout);
  [[nodiscard]] bool is_called(std::span<const recipient_ptr> any) const noexcept;
  void call(const callback& which) noexcept;
  void finish_ended() noexcept;
  void end_questions() noexcept;
  void report_fault(std::exception_ptr thrown) noexcept;
  void pass_on(message&& which) noexcept;
  void acknowledge_unless_manual(const message& which) const noexcept;
  [[nodiscard]] operation_host_ptr host() noexcept { return operation_host_ptr::share(this); }

  nanolib::clock& clock_;
  std::atomic<client_state> state_{client_state::connecting};
  std::atomic<bool> forsaken_{false};
  std::atomic<std::thread::id> loop_thread_{};
  std::atomic<bool> buried_{false};  ///< the loop's part is gone
  callback_thread callbacks_;
  callback_thread questions_;    ///< on which the authenticator is asked
  nanolib::mutex asking_mutex_;  ///< held while it is: who destroys the client in a callback waits for that

  std::atomic<bool> callback_waits_{false};
  nanolib::mutex wait_mutex_;
  operation_waiter* waiter_ NANOLIB_GUARDED_BY(wait_mutex_) = nullptr;

  std::atomic<const recipient*> called_{nullptr};  ///< the handler that the callback thread is in
  std::atomic<bool> has_ended_{false};
  nanolib::mutex ended_mutex_;
  std::vector<job> ended_ NANOLIB_GUARDED_BY(ended_mutex_);  ///< to be called when that handler has returned

  mutable nanolib::mutex loop_mutex_;  ///< held while something is posted: the loop can't go away meanwhile
  net::event_loop* loop_ NANOLIB_GUARDED_BY(loop_mutex_) = nullptr;
  mutable nanolib::mutex facts_mutex_;
  server_capabilities server_ NANOLIB_GUARDED_BY(facts_mutex_);
  std::string last_words_ NANOLIB_GUARDED_BY(facts_mutex_);

  struct receipt {
    mqtt::receipt_number number;
    mqtt::reason_code reason;
  };
  nanolib::mutex receipts_mutex_;
  std::vector<receipt> receipts_ NANOLIB_GUARDED_BY(receipts_mutex_);

  // The loop's.
  std::unique_ptr<driver> driver_;
  std::vector<callback> calls_;  ///< of this turn
};

}  // namespace nanonng::sdk
