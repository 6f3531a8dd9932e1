// The half of a subscriber that runs on the client's callback thread: decides what is printed, and prints it into memory.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/tools/message_printer.hpp"
#include "nanomq/tools/subscriber.hpp"
#include "nanomq/tools/tool_run.hpp"
#include "nanonng/sdk/message.hpp"

namespace nanomq::tools {

/// What the callback thread leaves for the main thread.
struct leavings {
  std::string text;
  std::string complaints;  ///< lines
  std::vector<nanonng::sdk::message> unacknowledged;
  std::vector<std::string> to_remove;  ///< topics of retained messages
  std::uint64_t received = 0;
  bool enough = false;  ///< no further message is wanted

  [[nodiscard]] bool empty() const noexcept {
    return text.empty() && complaints.empty() && unacknowledged.empty() && to_remove.empty() && !enough;
  }
  /// Keeps the memory for the next time.
  void clear() noexcept;
};

/// Thread: take() on the callback thread, the rest on any. Bounds: text that has not been collected; take() waits then, and
/// with it the client and the broker.
class message_desk {
 public:
  /// `job` and `control` outlive the desk.
  message_desk(const subscribe_job& job, run_control& control);

  /// Called with each message; once for each of the filters that match it.
  void take(const nanonng::sdk::message& message);
  /// Puts what has come together into `into`, which is empty.
  void collect(leavings& into);
  [[nodiscard]] bool pending();
  /// take() waits until go_on().
  void hold();
  void go_on();
  /// Nothing more is taken.
  void close();
  /// For debug lines. Before the first message.
  void set_client_id(std::string id);

 private:
  bool handle(const nanonng::sdk::message& message);
  [[nodiscard]] bool ends_before(const nanonng::sdk::message& message) const noexcept;
  [[nodiscard]] bool is_filtered_out(std::string_view topic) const;
  void show(const nanonng::sdk::message& message);
  void debug(const nanonng::sdk::message& message);

  const subscribe_job& job_;
  run_control& control_;
  std::optional<std::uint32_t> identifier_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable room_;
  message_printer printer_;
  leavings left_;
  nanonng::sdk::message last_;
  std::string client_id_;
  std::uint64_t shown_ = 0;
  bool held_ = false;
  bool closed_ = false;
};

}  // namespace nanomq::tools
