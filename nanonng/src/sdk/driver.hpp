// The loop's part of a client: it connects, sends, receives, and starts again.
//
// Life of a connection: an attempt (authorise, dial, CONNECT) leads to online or to a failure; a failure leads to the next
// server of the list or, after a whole round of them, to a wait; online ends with a loss, which leads to a wait. Closing
// drains, says DISCONNECT, waits until the server has closed, and ends everything.
//
// At the end of each turn: answers of the protocol, then what is owed from the session, then the outgoing queue go into the
// connection's output; after the flush what has been written is done, and calls go to the callback thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backoff.hpp"
#include "deadline.hpp"
#include "engine.hpp"
#include "nanonng/mqtt/client_machine.hpp"
#include "nanonng/net/client_layers.hpp"
#include "nanonng/net/connection.hpp"
#include "nanonng/net/dialer.hpp"
#include "nanonng/sdk/url.hpp"
#include "response_table.hpp"
#include "subscription_book.hpp"
#include "suspicion.hpp"
#include "turn_list.hpp"

namespace nanonng::sdk {

/// Why a connection or an attempt ended.
struct failure {
  nanolib::error why{};
  std::string detail{};
  bool refused = false;    ///< for a reason that time does not mend
  bool by_server = false;  ///< it closed the connection, perhaps for what we have sent
};

/// The failure that a reason code of the server's, or the machine's, means.
[[nodiscard]] failure failure_of(mqtt::reason_code reason, std::string_view static_text, const mqtt::properties* said);

/// What the machine is told of the options. Thread: any.
[[nodiscard]] mqtt::client_settings settings_from(const client_options& options) noexcept;

/// Builds CONNECT from the options, once per attempt.
class connect_request {
 public:
  connect_request(const client_options& options, const server_url& server, const std::string& client_id, bool begins,
                  const std::string& authentication_data);
  /// See mqtt::connect_options.
  void set_elsewhere(bool is_elsewhere) noexcept { view_.session_is_elsewhere = is_elsewhere; }
  [[nodiscard]] const mqtt::connect_options& view() const noexcept { return view_; }

 private:
  mqtt::connect_options view_;
  mqtt::property_writer user_properties_;
  mqtt::property_writer will_properties_;
};

/// Thread: loop-confined, but for its constructor.
class driver final : private net::connection_handler, private detail::turn_member {
 public:
  driver(engine& home, std::shared_ptr<io_thread> io, std::vector<server_url> servers,
         std::vector<net::client_layers> layers);
  ~driver() override;

  /// The first attempt.
  void start();
  void close(nanolib::intrusive_ptr<operation_state<void>> told, const close_options& how);
  void reauthenticate(nanolib::intrusive_ptr<operation_state<void>> told);
  /// There is something in the outgoing queue.
  void pump_soon() noexcept { io_->turns().ask_before(*this); }
  void call_soon() noexcept { io_->turns().ask_after(*this); }
  void withdraw(outgoing_entry& which) noexcept;
  void forget_request(request_operation& which) noexcept;
  void acknowledge(mqtt::receipt_number receipt, mqtt::reason_code reason) noexcept;
  void resume_reading() noexcept;
  void read_beyond_bounds() noexcept;
  void request(const request_ptr& which);
  /// The PUBLISH of a request, or the subscription to all responses, came to nothing.
  void fail_request(request_operation& which, nanolib::error why, std::string_view detail) noexcept;
  void fail_all_requests(nanolib::error why, std::string_view detail);
  void out_of_memory() noexcept;
  [[nodiscard]] deadline_list& deadlines() noexcept { return deadlines_; }

 private:
  enum class phase : std::uint8_t { authorising, dialing, greeting, online, waiting, parting, over };

  // driver.cpp: the end.
  void before_flush() noexcept override;
  void after_flush() noexcept override;
  void close_if_drained();
  void part();
  void end(const failure& why) noexcept;
  void end_everything(nanolib::error why, std::string_view detail);
  using closer = nanolib::intrusive_ptr<operation_state<void>>;
  class burial;
  void leave_loop() noexcept;
  [[nodiscard]] bool post_burial() noexcept;
  static void bury(engine& home) noexcept;
  void retire_connection() noexcept;
  void on_close_timer(nanolib::instant now) noexcept;

  // driver_connect.cpp: attempts and what comes between them.
  void begin_attempt();
  void ask(std::move_only_function<nanolib::result<std::string>()> question,
           std::move_only_function<void(driver&, nanolib::result<std::string>)> go_on);
  void dial(std::string authentication_data);
  [[nodiscard]] failure transport_failure(nanolib::error why) const;
  [[nodiscard]] std::string_view what_was_late() const noexcept;
  void on_dialed(nanolib::result<std::unique_ptr<net::stream>> made);
  void greet(std::unique_ptr<net::stream> over);
  [[nodiscard]] bool begins_session() noexcept;
  void on_opened(const mqtt::connack_view& said);
  [[nodiscard]] server_capabilities capabilities_from(const mqtt::connack_view& said) const;
  void fail_attempt(failure why);
  void lose_connection(failure why);
  void wait_for_next(const failure& why);
  void leave_connection(const nanolib::error& why);
  void change_state(client_state to, const failure& why, nanolib::duration retry_in = nanolib::duration(0));
  void on_retry(nanolib::instant now) noexcept;
  void on_attempt_limit(nanolib::instant now) noexcept;
  void on_machine_timer(nanolib::instant now) noexcept;
  void set_machine_timer() noexcept;
  void keep_alive_unheard();

  // driver_input.cpp: what arrives.
  consumed on_input(nanolib::bytes input) noexcept override;
  void on_closed(nanolib::error why) noexcept override;
  void on_drained() noexcept override;
  consumed read_packets(nanolib::bytes input);
  void carry_out(const mqtt::client_action& action);
  void on_publish(const mqtt::client_action& action);
  [[nodiscard]] bool wants_strays() const noexcept;
  void hand_over(const recipient_ptr& to, const message& what);
  void on_response(const message& what);
  void on_completed(const mqtt::client_action& action);

  // driver_authenticate.cpp: who we are, and who the server is.
  void on_challenge();
  [[nodiscard]] bool is_content_with(const mqtt::properties& last);
  void end_reauthentication(nanolib::result<void> how, std::string_view detail = {}) noexcept;

  // driver_input.cpp, too.
  void on_violation(const mqtt::client_action& action);
  void pause_reading() noexcept;
  void keep_alive_later() noexcept;

  // driver_output.cpp: what is sent.
  void pump();
  [[nodiscard]] bool may_send() const noexcept;
  void write_answers();
  [[nodiscard]] bool send_owed();
  [[nodiscard]] bool send_again();
  [[nodiscard]] bool send(outgoing_entry& which);
  [[nodiscard]] bool send_publish(publish_request& which);
  [[nodiscard]] bool write_publish(const mqtt::outgoing_publish& packet, const mqtt::publish_size& size);
  [[nodiscard]] bool write(nanolib::bytes data);
  void give_up(publish_request& which, const mqtt::owed_publish& owed);
  void tell_given_up(const mqtt::outgoing_publish& what);
  void ask_whether_written();
  void on_written_timer(nanolib::instant now) noexcept;
  void take_confirmation() noexcept;
  void complete_written() noexcept;
  void finish(publish_request& which, nanolib::result<publish_outcome> with, std::string_view detail = {}) noexcept;
  void let_go(outgoing_entry& which) noexcept;
  void settle_bounds() noexcept;

  // driver_subscribe.cpp: subscriptions and requests.
  [[nodiscard]] bool send_subscribe(subscribe_request& which);
  [[nodiscard]] mqtt::permit ask_subscribe(subscribe_request& which);
  [[nodiscard]] mqtt::permit ask_unsubscribe(subscribe_request& which);
  void on_subscribe_answer(const mqtt::client_action& action);
  void settle_subscription(const subscribe_request& which, const wanted_subscription& entry, mqtt::reason_code reason);
  void tell_lost(const std::string& filter, mqtt::reason_code reason);
  void refuse_subscribe(subscribe_request& which, nanolib::error why, std::string_view detail);
  void renew_subscriptions();
  void choose_response_topic(const mqtt::connack_view& said);
  void send_request(const request_ptr& which);
  void subscribe_to_responses();

  engine& home_;
  engine::ptr alive_;  ///< the same, from start() on: the engine stays as long as this does
  std::shared_ptr<io_thread> io_;
  net::event_loop& loop_;
  const std::vector<server_url> servers_;
  std::vector<net::client_layers> layers_;  ///< by server; with the TLS session of the last connection
  const mqtt::client_settings settings_;

  phase phase_ = phase::waiting;
  std::size_t server_ = 0;  ///< the one tried, or connected to
  std::size_t tried_in_round_ = 0;
  std::uint32_t attempts_ = 0;        ///< since the last connection
  std::uint64_t attempt_number_ = 0;  ///< tells an answer for an earlier attempt
  /// What a server of the list knows of us.
  struct acquaintance {
    bool has_session = false;  ///< we were connected, once at least: the session there is ours
    bool is_tangled = false;   ///< left with a QoS 2 message half delivered, which is not remembered here
  };
  std::vector<acquaintance> known_;  ///< by server
  std::size_t session_server_ = 0;   ///< whose session `session_` mirrors
  bool is_elsewhere_ = false;        ///< connecting to another server than that
  bool session_present_ = false;
  bool in_memory_trouble_ = false;
  std::string authentication_data_;
  nanolib::intrusive_ptr<operation_state<void>> reauthentication_;  ///< null: none is under way
  backoff backoff_;

  std::unique_ptr<net::dialer> dialer_;
  std::unique_ptr<net::connection> connection_;
  std::vector<std::unique_ptr<net::connection>> retired_;  ///< closed, freed at the end of the turn
  mqtt::client_session session_;
  std::optional<mqtt::client_machine> machine_;
  mqtt::client_incoming incoming_;
  mqtt::buffer scratch_;

  std::uint64_t appended_ = 0;         ///< bytes given to the present connection
  std::uint64_t appended_before_ = 0;  ///< at the end of the last turn
  std::uint64_t sent_before_ = 0;
  std::size_t unread_ = 0;   ///< of the last input, to be seen again
  entry_list again_;         ///< SUBSCRIBE and UNSUBSCRIBE whose answer was lost, and renewals
  entry_list writing_;       ///< QoS 0, in the output, or written and not confirmed
  std::uint64_t asked_ = 0;  ///< with confirm_qos_0: where in the output PINGREQ stands, while it has no answer; else 0
  std::uint64_t confirmed_ = 0;  ///< likewise: how much of the output the server has read
  suspicion suspicion_;
  std::size_t released_entries_ = 0;
  std::size_t released_bytes_ = 0;
  bool reading_paused_ = false;

  subscription_book book_;
  std::vector<recipient_ptr> found_;
  response_table responses_;
  std::vector<request_ptr> early_requests_;  ///< until the server has named its response prefix
  recipient_ptr response_recipient_;
  std::string response_topic_;
  recipient_ptr pull_recipient_;
  recipient_ptr stray_recipient_;  ///< of messages that no subscription asked for

  std::vector<closer> closers_;
  close_options farewell_;
  bool closing_ = false;
  bool leaving_ = false;

  deadline_list deadlines_;
  net::timer_of<driver, &driver::on_retry> retry_;
  net::timer_of<driver, &driver::on_attempt_limit> attempt_limit_;
  net::timer_of<driver, &driver::on_machine_timer> machine_timer_;
  net::timer_of<driver, &driver::on_written_timer> written_timer_;
  net::timer_of<driver, &driver::on_close_timer> close_timer_;
};

}  // namespace nanonng::sdk
