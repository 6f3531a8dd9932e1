// A hook that writes down what it is told, a line for each event, for tests to compare.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "integration/broker/broker_fixture.hpp"
#include "nanolib/base/bytes.hpp"
#include "nanomq/broker/hooks.hpp"

namespace nanomq::broker::testing {

/// Thread: thread-safe.
class hook_recorder : public hook {
 public:
  explicit hook_recorder(std::vector<hook_interest> wanted = {{}}) : wanted_(std::move(wanted)) {}
  explicit hook_recorder(hook_events wanted) : wanted_({{wanted, {}}}) {}

  [[nodiscard]] std::vector<hook_interest> interests() const override { return wanted_; }

  struct record {
    std::string client;  ///< its id
    std::string line;
    std::uint32_t shard;
  };

  /// All of a client, once there are so many; it is an error if more come than that by then.
  [[nodiscard]] std::vector<std::string> of(const std::string& client, std::size_t count) {
    std::unique_lock lock(mutex_);
    const auto lines = [&] {
      std::vector<std::string> found;
      for (const record& one : records_) {
        if (one.client == client) found.push_back(one.line);
      }
      return found;
    };
    changed_.wait_for(lock, std::chrono::seconds(100), [&] { return lines().size() >= count; });
    return lines();
  }
  /// Everything, once there is so much.
  [[nodiscard]] std::vector<record> all(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(100), [&] { return records_.size() >= count; });
    return records_;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    records_.clear();
  }

  void on_connect(const connect_event& e) noexcept override {
    note(e.client, "connect user=" + text(e.client.user_name) + " v" + std::to_string(e.client.protocol_version) +
                       " keep=" + std::to_string(e.client.keep_alive_s) + (e.client.clean_start ? " clean" : "") +
                       (e.has_will ? " will" : ""));
  }
  void on_connected(const connected_event& e) noexcept override {
    note(e.client, std::string("connected") + (e.session_present ? " present" : ""));
  }
  void on_refused(const refused_event& e) noexcept override {
    note(e.client, "refused " + code(e.reason) + (e.why.empty() ? " gone" : ""));
  }
  void on_disconnected(const disconnected_event& e) noexcept override {
    const char* by = e.by == ended_by::client ? " client" : e.by == ended_by::broker ? " broker" : " network";
    note(e.client, "disconnected " + code(e.reason) + by + (e.is_normal() ? " normal" : ""));
  }
  void on_session_created(const session_event& e) noexcept override { note(e.client, "created"); }
  void on_session_resumed(const session_event& e) noexcept override { note(e.client, "resumed"); }
  void on_session_taken_over(const session_event& e) noexcept override { note(e.client, "taken over"); }
  void on_session_terminated(const session_end_event& e) noexcept override {
    const char* why = e.why == session_end::expired     ? "expired"
                      : e.why == session_end::discarded ? "discarded"
                                                        : "with its connection";
    note(e.client, std::string("terminated ") + why + " lost=" + std::to_string(e.lost_messages));
  }
  void on_subscribe(const subscribe_event& e) noexcept override {
    note(e.client, "subscribe " + text(e.filter) + " q" + digit(e.qos));
  }
  void on_subscribed(const subscribed_event& e) noexcept override {
    note(e.client, "subscribed " + text(e.filter) + " " + code(e.reason));
  }
  void on_unsubscribe(const subscribe_event& e) noexcept override { note(e.client, "unsubscribe " + text(e.filter)); }
  void on_unsubscribed(const subscribed_event& e) noexcept override {
    note(e.client, "unsubscribed " + text(e.filter) + " " + code(e.reason));
  }
  void on_publish(const publish_event& e) noexcept override {
    note(e.client, "publish " + message(e.what) + " q" + digit(e.what.qos) + (e.what.retain ? " retain" : "") +
                       (e.is_will ? " will" : "") + (e.client.is_local ? " local" : ""));
  }
  void on_delivered(const delivery_event& e) noexcept override {
    note(e.client, "delivered " + message(e.what) + " q" + digit(e.qos) + (e.retain ? " retain" : "") +
                       (e.client.is_local ? " local" : ""));
  }
  void on_acked(const acked_event& e) noexcept override {
    note(e.client, "acked " + message(e.what) + " q" + digit(e.qos) +
                       (nanonng::mqtt::is_error(e.reason) ? " " + code(e.reason) : ""));
  }
  void on_dropped(const dropped_event& e) noexcept override {
    note(e.client, "dropped " + message(e.what) + " " + std::string(name_of(e.why)) + (e.is_publisher ? " by" : ""));
  }

 private:
  static std::string text(std::string_view of) { return std::string(of); }
  static std::string digit(nanolib::quality_of_service qos) { return std::to_string(static_cast<int>(qos)); }
  static std::string message(const nanolib::publication& what) {
    return text(what.topic) + "=" + text(nanolib::as_text(what.payload));
  }
  static std::string code(nanonng::mqtt::reason_code reason) {
    constexpr std::string_view hex = "0123456789abcdef";
    const auto value = static_cast<unsigned>(reason);
    return {hex[value / 16], hex[value % 16]};
  }
  void note(const hook_client& client, std::string line) {
    const std::lock_guard lock(mutex_);
    records_.push_back({text(client.client_id), std::move(line), client.shard});
    changed_.notify_all();
  }

  const std::vector<hook_interest> wanted_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<record> records_;
};

}  // namespace nanomq::broker::testing
