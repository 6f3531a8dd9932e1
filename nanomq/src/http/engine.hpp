// The client's own thread: requests that wait, connections that are there, and who gets which.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "exchange.hpp"
#include "line.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanomq/http/client.hpp"
#include "nanonng/net/event_loop.hpp"

namespace nanomq::http {

/// Thread: loop-confined, but for what is said to be of any thread. Owned by the client and by its own thread.
class engine final : public std::enable_shared_from_this<engine>, private nanonng::net::event_loop::turn_hooks {
 public:
  explicit engine(client_options options) : options_(std::move(options)) {}
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine() override;

  // Thread: any.

  [[nodiscard]] nanolib::result<client::ticket> send(request what, client::on_answer then) noexcept;
  void cancel(client::ticket which) noexcept;
  [[nodiscard]] client_figures figures() const noexcept;
  [[nodiscard]] std::string describe(const nanolib::error& what) const;
  /// Ends the thread and waits for it, unless it is the caller.
  void end() noexcept;
  [[nodiscard]] const client_options& options() const noexcept { return options_; }

  // What lines and exchanges tell. Thread: the loop's.

  [[nodiscard]] nanonng::net::event_loop& loop() noexcept { return *loop_; }
  void finish(std::unique_ptr<exchange> one, client::answer with) noexcept;
  /// Not answered, and to be asked once more.
  void repeat(std::unique_ptr<exchange> one) noexcept;
  void on_deadline(exchange& late) noexcept;
  /// What is to be said of connections that end with `why` from here on; "": no more than of any other.
  void note(const nanolib::error& why, std::string words) noexcept;
  /// It is destroyed at the end of the turn.
  void retire(line& which) noexcept;

 private:
  class news;

  [[nodiscard]] nanolib::result<void> start() NANOLIB_REQUIRES(mutex_);
  void tell() NANOLIB_REQUIRES(mutex_);
  void run() noexcept;
  void take_news() noexcept;
  void serve() noexcept;
  /// False: it has to wait.
  [[nodiscard]] bool place(std::unique_ptr<exchange>& one) noexcept;
  [[nodiscard]] std::unique_ptr<exchange> take_back(exchange& one) noexcept;
  void drop(client::ticket which) noexcept;
  void before_flush() noexcept override;
  void after_flush() noexcept override;

  const client_options options_;

  mutable nanolib::mutex mutex_;
  std::vector<std::unique_ptr<exchange>> arrived_ NANOLIB_GUARDED_BY(mutex_);
  std::vector<client::ticket> unwanted_ NANOLIB_GUARDED_BY(mutex_);
  client_figures figures_ NANOLIB_GUARDED_BY(mutex_);
  nanolib::error last_error_ NANOLIB_GUARDED_BY(mutex_);
  std::string last_words_ NANOLIB_GUARDED_BY(mutex_);
  client::ticket last_ticket_ NANOLIB_GUARDED_BY(mutex_) = 0;
  bool has_news_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool has_ended_ NANOLIB_GUARDED_BY(mutex_) = false;
  std::thread thread_ NANOLIB_GUARDED_BY(mutex_);

  std::unique_ptr<nanonng::net::event_loop> loop_;  ///< made with the thread, and there as long as the engine
  std::deque<std::unique_ptr<exchange>> waiting_;
  std::vector<std::unique_ptr<line>> lines_;
  std::vector<std::unique_ptr<line>> retired_;
};

}  // namespace nanomq::http
