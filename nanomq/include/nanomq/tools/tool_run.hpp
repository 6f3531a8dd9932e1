// What a tool that runs needs from the program around it: somewhere to write, and to be told when to stop.
#pragma once

#include <atomic>
#include <string_view>

#include "nanomq/tools/wake_pipe.hpp"

namespace nanomq::tools {

/// Where a tool writes. Thread: the main one.
class tool_output {
 public:
  tool_output() = default;
  tool_output(const tool_output&) = delete;
  tool_output& operator=(const tool_output&) = delete;
  virtual ~tool_output() = default;
  /// All of it, at once. False, with errno, when that fails: EPIPE when nobody reads it any more.
  [[nodiscard]] virtual bool write(std::string_view text) = 0;
  /// What can be watched for the reader's going, or -1.
  [[nodiscard]] virtual int descriptor() const noexcept { return -1; }
  /// One line for people.
  virtual void complain(std::string_view line) = 0;
};

/// What the main thread sleeps on, and whether it is to stop.
class run_control {
 public:
  /// Errors: sys.
  [[nodiscard]] nanolib::result<void> open() noexcept { return pipe_.open(); }
  /// Asks the run to end. Thread: any, and signal handlers.
  void request_stop(int signal) noexcept {
    signal_.store(signal, std::memory_order_relaxed);
    pipe_.wake();
  }
  /// The signal for which to stop, or 0.
  [[nodiscard]] int stop_requested() const noexcept { return signal_.load(std::memory_order_relaxed); }

  /// Asks the run to say how it stands. Thread: any, and signal handlers.
  void request_report() noexcept {
    report_.store(true, std::memory_order_relaxed);
    pipe_.wake();
  }
  /// Whether that has been asked since it was last looked at.
  [[nodiscard]] bool take_report_request() noexcept { return report_.exchange(false, std::memory_order_relaxed); }

  /// There is something new for the main thread. A system call only while it sleeps. Thread: any.
  void notify() noexcept {
    if (sleeping_.exchange(false)) pipe_.wake();
  }
  /// Sleeps until notify(), request_stop(), input, the reader of the output has gone, or the time has come; not at all when
  /// `pending()` says that there is something to do already.
  template <class Pending>
  wake_pipe::reason sleep(nanolib::instant until, int input, int output, const Pending& pending) noexcept {
    sleeping_.store(true);
    const bool stay_awake = stop_requested() != 0 || pending();
    const auto why = pipe_.sleep(stay_awake ? nanolib::instant::min() : until, input, output);
    sleeping_.store(false);
    return why;
  }

 private:
  wake_pipe pipe_;
  std::atomic<int> signal_{0};
  std::atomic<bool> report_{false};
  std::atomic<bool> sleeping_{false};
};

}  // namespace nanomq::tools
