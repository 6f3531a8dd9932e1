// One network connection as the broker sees it: bytes to packets to the machine's actions, and messages out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/arrival.hpp"
#include "broker/retained_sources.hpp"
#include "broker/session.hpp"
#include "broker/traffic_meter.hpp"
#include "nanolib/base/ring.hpp"
#include "nanolib/cache/retained_store.hpp"
#include "nanolib/route/router.hpp"
#include "nanomq/broker/access.hpp"
#include "nanomq/broker/client_list.hpp"
#include "nanomq/broker/hooks.hpp"
#include "nanomq/broker/packet_traces.hpp"
#include "nanonng/mqtt/server_machine.hpp"
#include "nanonng/net/connection.hpp"

namespace nanomq::broker {

class shard;

/// Retained messages on their way to a new subscription, in slices. Spec: MQTT 5.0 §3.8.4, §3.3.1.3.
struct retained_replay {
  retained_replay(std::string filter, const nanolib::subscription_options& wanted) : options(wanted) {
    cursor.filter = std::move(filter);
  }

  nanolib::retained_cursor cursor;
  nanolib::subscription_options options;
};

/// An answer that waits until what it promises is stored. Those of one client leave in the order in which they came.
struct held_packet {
  std::uint64_t unit = 0;       ///< 0: it waits only for those before it
  nanonng::mqtt::buffer whole;  ///< the packet; empty: an acknowledgement made of what follows
  nanonng::mqtt::packet_type type = nanonng::mqtt::packet_type::puback;
  nanonng::mqtt::reason_code reason = nanonng::mqtt::reason_code::success;
  std::uint16_t packet_identifier = 0;
  bool is_receipt = false;       ///< for a message: its publisher is refused when it cannot be stored
  nanolib::message_ptr about{};  ///< that message, while hooks want to hear of what is dropped
};

/// An authentication with AUTH packets. Spec: MQTT 5.0 §4.12.
struct conversation {
  std::unique_ptr<exchange> with;
  std::string answer;              ///< what the client is told next
  std::size_t handled = 0;         ///< of the input: CONNECT and AUTH stay in front of it until the client has entered
  std::uint32_t rights_epoch = 0;  ///< of the rights under which it began
  bool is_repeated = false;        ///< the client has entered before
  bool has_ended = false;
};

/// Thread: loop-confined. Shape: about 300 bytes, connection included, while idle.
class client final : private nanonng::net::connection_handler {
 public:
  client(shard& home, std::unique_ptr<nanonng::net::stream> over, visitor origin);
  ~client() override;

  /// Input that arrived with a hand-over.
  void inject(std::vector<std::byte> input) noexcept;

  /// Sends a live message: at once, through the window, or into the queue. `granted` is the subscription's QoS.
  void deliver(const nanolib::publication& what, const nanolib::recipient& to) noexcept;
  void deliver_shared(const nanolib::publication& what, const nanolib::shared_group_ptr& group,
                      const nanolib::subscription_options& options) noexcept;

  /// Another connection takes this session over. Spec: [MQTT-3.1.4-3].
  void take_over() noexcept;
  /// The rights have changed: what was asked before the CONNECT is answered is asked once more.
  void ask_anew() noexcept;
  /// The same for a client that is there: it may have to go.
  void on_other_rights() noexcept;
  /// The administrator has it leave: an MQTT 5 client is told so (0x98), its will is sent.
  void dismiss() noexcept;
  /// What its connection adds to the row of its session.
  void describe(client_row& into) const;
  /// Other rates hold from here on.
  void meter_anew() noexcept;
  /// Others are banned than before: it may have to go.
  void on_other_bans() noexcept;
  /// Who it is, once it has a session; before that only where it comes from.
  [[nodiscard]] principal who() const noexcept;
  /// What hooks are told about it. `of` is its session.
  [[nodiscard]] hook_client describe(const session& of) const noexcept;
  /// Somebody else needs the place of one who has not said who he is.
  void give_way() noexcept;
  /// The broker stops.
  void shut_down(nanolib::instant deadline) noexcept;

  // With a store (client_store.cpp).

  /// Sends the answers whose units are settled.
  void release_held() noexcept;
  /// The messages of a unit were not stored: whoever waits for an answer to one gets another. never_settled: all of them.
  void refuse_held(std::uint64_t unit) noexcept;
  void refuse_receipt(std::uint16_t packet_identifier) noexcept;

  /// Goes on with what waited for a turn: retained messages, a stalled publisher, the queue.
  void go_on() noexcept;

  [[nodiscard]] nanonng::net::connection& link() noexcept { return connection_; }
  [[nodiscard]] const visitor& origin() const noexcept { return origin_; }
  [[nodiscard]] bool is_gone() const noexcept { return connection_.closed(); }

  std::size_t shard_index = 0;  ///< where the shard keeps it
  client* newer = nullptr;      ///< the shard's list of those who are not in yet
  client* older = nullptr;
  bool is_new = false;          ///< on it
  bool waits_for_turn = false;  ///< the shard's mark: it is on the list of those to be asked again
  bool holds = false;           ///< the shard's mark: it is on the list of those that wait for the store

 private:
  using reason_code = nanonng::mqtt::reason_code;
  using packet_type = nanonng::mqtt::packet_type;

  // Room 2 and 4: input, and the machine's actions.
  consumed on_input(nanolib::bytes input) noexcept override;
  void on_closed(nanolib::error why) noexcept override;
  void on_drained() noexcept override;
  void on_timer(nanolib::instant now) noexcept;
  void act(const nanonng::mqtt::action& what) noexcept;
  void watch_keep_alive(nanolib::instant now) noexcept;
  [[nodiscard]] nanolib::instant keep_way_open(nanolib::instant now) noexcept;
  [[nodiscard]] bool reads_nothing() const noexcept;
  void stall() noexcept;
  void stop_reading() noexcept;
  [[nodiscard]] bool account_unauthenticated(std::size_t held) noexcept;

  // Entering (client_connect.cpp).
  void open() noexcept;
  [[nodiscard]] bool assign_client_id(std::string& assigned) noexcept;
  /// A token that stands in the place of the user name goes where the password does. False: out of memory.
  [[nodiscard]] bool take_token(nanonng::mqtt::connect_view& packet, std::string& claimed) const noexcept;
  /// False: there is no identity that could be the user name.
  [[nodiscard]] bool take_identity(nanonng::mqtt::connect_view& packet, std::string& proved) const noexcept;
  /// False: it was refused, or it waits for the answer and the CONNECT is looked at again then.
  [[nodiscard]] bool is_admitted(const nanonng::mqtt::connect_view& packet, std::uint64_t hash) noexcept;
  /// False: it was refused, before anybody has looked at what it brought.
  [[nodiscard]] bool may_ask(const nanonng::mqtt::connect_view& packet) noexcept;
  void note_refusal(const nanonng::mqtt::connect_view& packet, reason_code reason) noexcept;
  [[nodiscard]] std::optional<admission> ask_to_enter(const nanonng::mqtt::connect_view& packet,
                                                      std::uint64_t hash) noexcept;
  [[nodiscard]] nanolib::instant end_of(const admission& said) const noexcept;
  [[nodiscard]] reason_code check_entry(const nanonng::mqtt::connect_view& packet, std::uint64_t hash,
                                        const admission& said) noexcept;
  [[nodiscard]] session* enter_session(const nanonng::mqtt::connect_view& packet, bool& present) noexcept;
  [[nodiscard]] std::unique_ptr<will> make_will(const nanonng::mqtt::connect_view& packet) noexcept;
  [[nodiscard]] static nanolib::bytes will_properties(const nanonng::mqtt::properties& from,
                                                      nanonng::mqtt::buffer& scratch);
  void send_connack(const nanonng::mqtt::connect_view& packet, std::string_view assigned, bool present) noexcept;
  /// `detail`: what the log says instead of `why`, which the client is told.
  void refuse(reason_code reason, std::string_view why, std::string_view detail = {}) noexcept;
  void announce_entry(const nanonng::mqtt::connect_view& packet, bool has_client_id) noexcept;
  void tell_refused(reason_code reason, std::string_view why) noexcept;
  void announce_online(bool session_present) noexcept;
  void announce_offline(const session& of, reason_code reason, ended_by by) noexcept;

  // Rights that somebody else is asked about (client_inquiry.cpp).
  /// What a packet has to know before it can be handled. Gone when it has been.
  struct inquiry {
    struct question {
      std::uint64_t number = 0;
      std::optional<permission> said;
    };
    std::map<std::string, question> all;  ///< by operation and topic
    std::size_t open = 0;                 ///< that have no answer
    bool is_wanted = false;               ///< the packet that is handled just now has met one of those
  };
  /// None: it is asked, and the packet is looked at again when there is an answer.
  [[nodiscard]] std::optional<permission> learn(const principal& as, operation what, std::string_view topic) noexcept;
  /// The same where it has been learnt.
  [[nodiscard]] permission known(const principal& as, operation what, std::string_view topic) noexcept;
  [[nodiscard]] bool knows_right_to(const nanonng::mqtt::publish_view& packet) noexcept;
  [[nodiscard]] bool knows_rights_to(const nanonng::mqtt::subscribe_view& packet) noexcept;
  void on_answer(inquiry::question& to, const permission& said) noexcept;
  [[nodiscard]] bool awaits_rights() const noexcept { return inquiry_ && inquiry_->open > 0; }
  /// Whether the packet that was handled just now has to be looked at again.
  [[nodiscard]] bool has_to_look_again() noexcept;
  void drop_inquiry() noexcept;
  // Enhanced authentication (client_authenticate.cpp).
  /// False: it was refused, or it has been asked for more.
  [[nodiscard]] bool has_authenticated(nanonng::mqtt::connect_view& packet) noexcept;
  [[nodiscard]] bool begin_conversation(const principal& of, std::string_view method, bool is_repeated) noexcept;
  void converse(const nanonng::mqtt::properties& from) noexcept;
  void on_auth() noexcept;
  void end_repeated_conversation() noexcept;
  /// Where the input goes on after what has been handled.
  [[nodiscard]] std::size_t go_past(std::size_t handled) noexcept;
  [[nodiscard]] bool is_talking() const noexcept { return conversation_ && !conversation_->is_repeated; }

  // Publishing (client_publish.cpp).
  void on_publish() noexcept;
  [[nodiscard]] reason_code ingress(nanolib::publication& what, bool& denied) noexcept;
  /// Whose the retained messages are that it publishes; null: that does not matter.
  [[nodiscard]] retained_source_ptr source() noexcept;
  void acknowledge(packet_type type, std::uint16_t packet_identifier, reason_code reason, std::uint64_t unit = 0,
                   bool is_receipt = false, nanolib::message_ptr about = {}) noexcept;
  void send_acknowledgement(packet_type type, std::uint16_t packet_identifier, reason_code reason) noexcept;
  void on_puback() noexcept;
  void on_pubrec() noexcept;
  void on_pubrel(reason_code reason) noexcept;
  void on_pubcomp() noexcept;
  void tell_acked(const nanolib::outbox& owed, nanolib::quality_of_service qos) noexcept;

  // Rates (client_traffic.cpp).
  /// Whether a PUBLISH is taken; if not, it has been dropped, or the client is on its way out.
  [[nodiscard]] bool may_publish(const nanolib::publication& what) noexcept;
  void pay_for(std::size_t bytes) noexcept;
  /// Whether it has sent more than it may: it is asked again when it may send more.
  [[nodiscard]] bool awaits_tokens() noexcept;
  void on_tokens(nanolib::instant now) noexcept;
  void tell_rate(std::string_view what) noexcept;
  void watch_for_flapping(const session& of, reason_code reason) noexcept;

  // Subscribing (client_subscribe.cpp).
  void on_subscribe() noexcept;
  void on_unsubscribe() noexcept;
  [[nodiscard]] reason_code subscribe_one(const nanonng::mqtt::subscription_request& request,
                                          std::uint32_t identifier) noexcept;
  [[nodiscard]] reason_code unsubscribe_one(std::string_view text) noexcept;
  void answer(nanonng::mqtt::buffer packet) noexcept;
  [[nodiscard]] bool keep_subscription(nanolib::subscription_tree::handle place, std::size_t bytes,
                                       bool is_shared) noexcept;
  void replay_retained() noexcept;
  void send_retained(const nanolib::message_ptr& what, const nanolib::subscription_options& options) noexcept;

  // With a store (client_store.cpp).
  /// False: first something has to be stored, or read; the CONNECT is looked at again then.
  [[nodiscard]] bool may_enter(const nanonng::mqtt::connect_view& packet, std::uint64_t hash) noexcept;
  [[nodiscard]] bool still_waits_to_enter() noexcept;
  /// A QoS 1 or 2 message that cannot be kept: refused, or the client leaves.
  void refuse_publish(const nanonng::mqtt::publish_view& packet, const nanolib::publication& what) noexcept;
  void record_receipt(std::uint16_t packet_identifier) noexcept;
  void drop_held(const held_packet& receipt) noexcept;
  /// The unit that what was done for this session has to wait for; 0: none.
  [[nodiscard]] std::uint64_t outstanding() noexcept;
  void hold(held_packet packet) noexcept;
  [[nodiscard]] bool is_holding() const noexcept { return held_ && !held_->empty(); }
  [[nodiscard]] bool holds_too_much() const noexcept;

  // Sending (client_send.cpp).
  struct sending {
    nanolib::quality_of_service qos = nanolib::quality_of_service::at_most_once;
    bool retain = false;
    bool dup = false;
    bool begun = false;  ///< an exchange under way, which expiry does not interrupt [MQTT-4.3.3-7]
    std::uint16_t packet_identifier = 0;
    std::span<const std::uint32_t> identifiers;
  };
  enum class sent : std::uint8_t { yes, too_large, expired, no_room };
  void dispatch(const nanolib::publication& what, nanolib::quality_of_service granted, bool retain,
                const nanolib::identifier_list_ptr& identifiers, const nanolib::shared_group_ptr& group) noexcept;
  [[nodiscard]] bool fits(const nanolib::publication& what, const sending& how) noexcept;
  [[nodiscard]] nanonng::mqtt::outgoing_publish describe(const nanolib::publication& what,
                                                         const sending& how) const noexcept;
  [[nodiscard]] sent send(const nanolib::publication& what, sending how) noexcept;
  [[nodiscard]] nanolib::outbox* outgoing() noexcept;
  void settle(sent result, std::uint16_t packet_identifier) noexcept;
  void send_entry(const nanolib::outbox::entry& owed) noexcept;
  void pump() noexcept;
  void on_room() noexcept;
  void wait_for_output() noexcept;
  void append(nanolib::bytes packet) noexcept;

  // For traces, while there are any (client_trace.cpp).
  [[nodiscard]] traced_packet traced(bool is_sent) const noexcept;
  void trace_in(const nanonng::mqtt::frame& packet, const nanonng::mqtt::action& what) noexcept;
  void trace_connect(reason_code refused) noexcept;
  void trace_out(nanolib::bytes packet) noexcept;
  void trace_out(const nanonng::mqtt::outgoing_publish& packet, std::string_view topic, std::size_t size) noexcept;

  // Leaving.
  void fail(reason_code reason, std::string_view why) noexcept;
  void deny(std::string_view why) noexcept;
  void part(reason_code reason, std::string_view why) noexcept;
  void leave(reason_code reason, bool with_will, nanolib::instant linger, ended_by by = ended_by::broker) noexcept;

  [[nodiscard]] principal who(std::string_view client_id, std::string_view user_name) const noexcept;
  [[nodiscard]] bool begin_to_speak() noexcept;
  void log_broken_transport() noexcept;
  void log_denied(std::string_view operation, std::string_view topic) noexcept;

  shard& at_;
  session* session_ = nullptr;
  nanonng::mqtt::server_machine machine_;
  nanonng::net::timer_of<client, &client::on_timer> timer_{*this};  ///< CONNECT deadline, then keep alive
  struct metered {
    metered(client& of, std::unique_ptr<traffic_meter> made) noexcept : by(std::move(made)), timer(of) {}
    std::unique_ptr<traffic_meter> by;
    nanonng::net::timer_of<client, &client::on_tokens> timer;
    nanolib::instant next_line{};
  };
  std::unique_ptr<metered> meter_;  ///< null: it may send as fast as it likes
  using replay_queue = nanolib::ring<retained_replay>;
  std::unique_ptr<replay_queue> replays_;             ///< null: no retained message is owed
  std::unique_ptr<nanolib::ring<held_packet>> held_;  ///< null: no answer has had to wait
  /// Whose CONNECT hooks have been told of, while it has no answer; null: nobody has.
  struct entrant {
    std::string client_id;
    std::string user_name;
    std::uint16_t keep_alive_s;
    std::uint8_t protocol_version;
    bool clean_start;
  };
  [[nodiscard]] hook_client describe(const entrant& of) const noexcept;
  std::unique_ptr<const entrant> entrant_;
  std::unique_ptr<inquiry> inquiry_;            ///< null: nothing is asked
  std::unique_ptr<conversation> conversation_;  ///< null: no authentication is going on
  visitor origin_;
  nanolib::instant connect_deadline_;
  std::shared_ptr<const grant> brought_;    ///< rights; null: none
  retained_source_ptr source_;              ///< null: nobody has asked yet
  nanolib::instant ends_ = nanolib::never;  ///< when what it entered with is no longer good
  std::uint64_t ticket_ = 0;                ///< in the lobby; 0: it is not there
  std::uint64_t enter_after_unit_ = 0;
  std::uint64_t enter_after_head_ = 0;
  std::uint32_t unauthenticated_held_ = 0;
  bool stalled_ = false;  ///< its input waits, for another shard or for its own reading
  bool clean_start_ = true;
  bool leaving_ = false;
  bool broken_ = false;
  bool handed_over_ = false;
  bool announced_ = false;  ///< others know that it is there
  bool is_superuser_ = false;
  bool by_others_ = false;     ///< somebody outside of the broker has admitted it
  bool user_checked_ = false;  ///< when it entered somebody checked who it is
  bool has_spoken_ = false;    ///< a byte of MQTT has come: what is before it is done
  bool enters_later_ = false;  ///< its CONNECT waits, for whoever admits it or for the store
  nanonng::net::connection connection_;
};

}  // namespace nanomq::broker
