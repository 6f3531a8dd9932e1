// One MQTT client of very many: a socket, the protocol's machine, a timer. What it is for is its owner's business.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanomq/tools/failure.hpp"
#include "nanomq/tools/load_dialer.hpp"
#include "nanomq/tools/publish_template.hpp"
#include "nanomq/tools/stamp.hpp"
#include "nanonng/mqtt/client_machine.hpp"
#include "nanonng/net/client_layers.hpp"
#include "nanonng/net/connection.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/timer.hpp"

namespace nanomq::tools {

class load_client;

/// Hears what happens to clients. Never called inside a call that the owner makes. The client may be told to connect,
/// subscribe, publish or disconnect from inside, but is not destroyed before the turn of the loop has ended.
class load_client_handler {
 public:
  load_client_handler() = default;
  load_client_handler(const load_client_handler&) = delete;
  load_client_handler& operator=(const load_client_handler&) = delete;
  virtual ~load_client_handler() = default;

  /// CONNACK said yes.
  virtual void on_open(load_client& which, const nanonng::mqtt::connack_view& connack) noexcept = 0;
  /// One reason for each filter of the SUBSCRIBE with this token.
  virtual void on_subscribed(load_client& which, nanonng::mqtt::request_token token,
                             const nanonng::mqtt::suback_view& suback) noexcept = 0;
  /// `arrived` is when the bytes were read.
  virtual void on_message(load_client& which, const nanonng::mqtt::publish_view& message, moment arrived) noexcept = 0;
  /// A message that was published above QoS 0 is over; `reason` below 0x80 if the server has it.
  virtual void on_completed(load_client& which, nanonng::mqtt::request_token token, nanonng::mqtt::reason_code reason,
                            moment arrived) noexcept = 0;
  /// The system takes output again, after a time when it had not.
  virtual void on_drained(load_client& which) noexcept = 0;
  /// There is no connection (any more), and this client did not end it itself.
  virtual void on_down(load_client& which, const failure& why) noexcept = 0;
};

/// What the clients of one loop share. Outlives them. Thread: loop-confined.
struct load_context {
  nanonng::net::event_loop& loop;
  load_client_handler& handler;
  nanonng::mqtt::client_settings settings;
  nanonng::mqtt::client_incoming incoming{};
  nanonng::net::client_layers layers{};  ///< over every socket
};

/// Thread: loop-confined. Shape: about 800 bytes while idle, and the socket.
class load_client final : private dial_handler, private nanonng::net::connection_handler {
 public:
  enum class sending : std::uint8_t { done, wait, refused };

  load_client(load_context& context, std::uint32_t index) noexcept
      : context_(context), index_(index), dialer_(context.loop, *this), timer_(*this) {}
  ~load_client() override = default;

  /// Begins to connect; the answer is on_open() or on_down(). Nothing of `options` is kept. The session of the connection
  /// before goes on where Clean Start is not set. Errors: what keeps the attempt from being made at all; no call follows.
  [[nodiscard]] std::expected<void, failure> connect(const socket_address& to, const socket_address* source,
                                                     const nanonng::mqtt::connect_options& options);

  /// False when the machine refuses it; a filter that is none, for instance.
  [[nodiscard]] bool subscribe(std::span<const nanonng::mqtt::subscription_request> entries,
                               nanonng::mqtt::request_token token, nanonng::mqtt::bytes properties = {});
  /// Sends a message at the end of the turn. `token` comes back with on_completed(). Shape: without QoS two copies; with it
  /// a step of the machine besides.
  [[nodiscard]] sending publish(const publish_template& message, const stamp& what,
                                nanonng::mqtt::request_token token) noexcept;
  /// The same for a message that is sent once: the machine may give it a topic alias. Shape: no more than publish().
  [[nodiscard]] sending publish(nanonng::mqtt::outgoing_publish packet, nanonng::mqtt::request_token token) noexcept;
  /// Sends DISCONNECT and closes. Nothing is told of it. `session_expiry_s` replaces what CONNECT said (5.0).
  void disconnect(std::optional<std::uint32_t> session_expiry_s = std::nullopt) noexcept;
  /// Closes without a word: the server will publish the will.
  void drop() noexcept;

  /// The next message of the session that is to be sent again after a reconnect. False when there is none.
  [[nodiscard]] bool next_owed(nanonng::mqtt::owed_publish& into) noexcept { return machine_->next_owed(into); }
  [[nodiscard]] sending publish_again(const publish_template& message, const stamp& what,
                                      const nanonng::mqtt::owed_publish& owed) noexcept;

  [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
  /// CONNACK has come and the connection stands.
  [[nodiscard]] bool is_open() const noexcept { return machine_ && machine_->is_open(); }
  /// Whether nothing is under way.
  [[nodiscard]] bool is_idle() const noexcept { return !machine_; }
  /// Whether the system takes no more: on_drained() will follow.
  [[nodiscard]] bool is_blocked() const noexcept { return connection_ && connection_->is_blocked(); }
  /// Bytes that wait to be sent.
  [[nodiscard]] std::size_t unsent() const noexcept { return connection_ ? connection_->pending() : 0; }
  /// Messages above QoS 0 without an end, and subscriptions without an answer.
  [[nodiscard]] std::uint32_t unanswered() const noexcept { return session_.unanswered(); }
  /// Why publish() or subscribe() was last refused.
  [[nodiscard]] const nanonng::mqtt::verdict& refusal() const noexcept { return refusal_; }
  /// What the server granted. Only while it is open.
  [[nodiscard]] const nanonng::mqtt::server_limits& limits() const noexcept { return machine_->limits(); }
  /// Whether the limits of the server let this be published. Only while it is open.
  [[nodiscard]] nanonng::mqtt::verdict check(const publish_template& message) noexcept;

 private:
  void on_dialed(std::unique_ptr<nanonng::net::stream> over) noexcept override;
  void on_dial_failed(nanolib::error why) noexcept override;
  consumed on_input(nanolib::bytes input) noexcept override;
  void on_closed(nanolib::error why) noexcept override;
  void on_drained() noexcept override { context_.handler.on_drained(*this); }
  void on_timer(nanolib::instant now) noexcept;

  /// False when the connection is over.
  [[nodiscard]] bool act(const nanonng::mqtt::client_action& action, moment arrived) noexcept;
  void fail(const nanonng::mqtt::client_action& action) noexcept;
  void go_down(failure why) noexcept;
  void forget_connection() noexcept;
  void write_answers() noexcept;
  [[nodiscard]] bool write(const publish_template& message, std::uint16_t packet_identifier, bool dup,
                           const stamp& what) noexcept;
  void set_timer() noexcept;

  load_context& context_;
  std::uint32_t index_;
  nanonng::mqtt::verdict refusal_;
  bool opened_ = false;  // whether CONNACK has come on this connection
  load_dialer dialer_;
  nanonng::mqtt::buffer connect_packet_;  // until the socket stands
  nanonng::mqtt::client_session session_;
  std::optional<nanonng::mqtt::client_machine> machine_;
  std::optional<nanonng::net::connection> connection_;
  nanonng::net::timer_of<load_client, &load_client::on_timer> timer_;
};

}  // namespace nanomq::tools
