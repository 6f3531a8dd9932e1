// A client that is asked one thing after the other and waits for each answer. Several share a loop, so that what one waits
// for another may send.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/tools/load_client.hpp"

namespace nanomq::tools {

/// The loop of all probes of an examination, and how long they wait.
struct probe_room {
  std::unique_ptr<nanonng::net::event_loop> loop;
  socket_address target;
  nanonng::net::client_layers layers;
  std::chrono::milliseconds timeout;

  /// Turns until a condition holds; false when the time is up.
  bool wait(const std::function<bool()>& condition, std::chrono::milliseconds longest) const;
  bool wait(const std::function<bool()>& condition) const { return wait(condition, timeout); }
};

/// What a probe says in CONNECT.
struct probe_identity {
  nanonng::mqtt::protocol_version version = nanonng::mqtt::protocol_version::v5;
  std::string client_id;
  std::optional<std::string> user_name;
  std::optional<std::string> password;
  bool clean_start = true;
  std::uint32_t session_expiry_s = 0;
  std::uint16_t keep_alive_s = 30;
  std::string will_topic;  ///< empty: no will
};

/// A message as it came.
struct probe_message {
  std::string topic;
  std::string payload;
  nanolib::quality_of_service qos{};
  bool retain = false;
  std::uint32_t subscription_identifier = 0;
};

/// Thread: one.
class probe final : private load_client_handler {
 public:
  /// What CONNACK said.
  struct welcome {
    bool session_present = false;
    std::string assigned_client_id;
    std::uint16_t server_keep_alive_s = 0;
    bool names_keep_alive = false;
    bool names_packet_size = false;
  };

  probe(const probe_room& room, probe_identity who);

  [[nodiscard]] std::expected<void, failure> open();
  [[nodiscard]] bool is_open() const noexcept { return client_->is_open(); }
  [[nodiscard]] const welcome& connack() const noexcept { return welcome_; }
  [[nodiscard]] const nanonng::mqtt::server_limits& limits() const noexcept { return limits_; }
  /// Why the last call did not work, in words.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  /// Whether the broker has said, since it was forgotten, that this client may not do something.
  [[nodiscard]] bool was_denied() const noexcept { return denied_; }
  void forget_denial() noexcept { denied_ = false; }

  /// The broker's answer; nothing when there was none: see fault().
  [[nodiscard]] std::optional<nanonng::mqtt::reason_code> subscribe(const nanonng::mqtt::subscription_request& request,
                                                                    std::uint32_t identifier = 0);
  /// The broker's answer, for QoS 0 success once it is sent; nothing when there was none.
  [[nodiscard]] std::optional<nanonng::mqtt::reason_code> publish(std::string_view topic, std::string_view payload,
                                                                  nanolib::quality_of_service qos, bool retain = false);
  /// The next message, or nothing in time.
  [[nodiscard]] std::optional<probe_message> receive();
  /// The same, with a time of its own.
  [[nodiscard]] std::optional<probe_message> receive(std::chrono::milliseconds longest);
  [[nodiscard]] bool has_message() const noexcept { return !messages_.empty(); }
  void forget_messages() noexcept { messages_.clear(); }

  /// Ends the connection, and the session with it.
  void close() noexcept { client_->disconnect(who_.session_expiry_s != 0 ? std::optional{0U} : std::nullopt); }
  /// Ends the connection and leaves the session.
  void leave() noexcept { client_->disconnect(); }
  /// Is lost: the broker publishes the will.
  void drop() noexcept { client_->drop(); }

 private:
  [[nodiscard]] bool wait_for_answer(const std::function<bool()>& condition, const char* what);

  void on_open(load_client& which, const nanonng::mqtt::connack_view& connack) noexcept override;
  void on_subscribed(load_client& which, nanonng::mqtt::request_token token,
                     const nanonng::mqtt::suback_view& suback) noexcept override;
  void on_message(load_client& which, const nanonng::mqtt::publish_view& message, moment arrived) noexcept override;
  void on_completed(load_client& which, nanonng::mqtt::request_token token, nanonng::mqtt::reason_code reason,
                    moment arrived) noexcept override;
  void on_drained(load_client&) noexcept override {}
  void on_down(load_client& which, const failure& why) noexcept override;

  const probe_room& room_;
  probe_identity who_;
  load_context context_;
  std::unique_ptr<load_client> client_;
  welcome welcome_;
  nanonng::mqtt::server_limits limits_;
  std::optional<failure> down_;
  std::optional<nanonng::mqtt::reason_code> suback_;
  std::optional<nanonng::mqtt::reason_code> completed_;
  std::deque<probe_message> messages_;
  std::string fault_;
  bool denied_ = false;
};

}  // namespace nanomq::tools
