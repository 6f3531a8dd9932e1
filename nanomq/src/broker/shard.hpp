// One core's part of the broker: an event loop, the sessions that live on it, and the way a message takes through it.
#pragma once

#include <deque>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/arrival.hpp"
#include "broker/commons.hpp"
#include "broker/estate.hpp"
#include "broker/hook_list.hpp"
#include "broker/inquiry_desk.hpp"
#include "broker/lobby.hpp"
#include "broker/publish_batch.hpp"
#include "broker/recorder.hpp"
#include "broker/session_table.hpp"
#include "nanolib/route/router.hpp"
#include "nanomq/broker/client_list.hpp"
#include "nanomq/broker/listener_set.hpp"
#include "nanomq/broker/statistics.hpp"
#include "nanonng/mqtt/encoder.hpp"
#include "nanonng/mqtt/server_machine.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/listener.hpp"

namespace nanomq::broker {

class client;
class local_client;

/// What came of letting a local peer in.
struct attachment {
  nanolib::result<void> done;
  std::string why;
};

/// "127.0.0.1" from "127.0.0.1:4711"
[[nodiscard]] std::string without_port(const std::string& peer);

/// Thread: loop-confined, except where said.
class shard final : private nanonng::net::event_loop::turn_hooks {
 public:
  /// Errors: sys (no poller, no descriptor).
  [[nodiscard]] static nanolib::result<std::unique_ptr<shard>> create(commons& shared, std::uint32_t number);
  ~shard() override;

  /// Accepts from these sockets, and from no others, once the loop runs. Errors: sys (of the last that failed).
  nanolib::result<void> listen(const open_listeners& all) noexcept;
  /// The same while it runs. Thread: any. Errors: throws std::bad_alloc.
  void post_listeners(std::shared_ptr<const open_listeners> all);
  /// Turns until the stop that begin_stop() started is complete.
  void run() noexcept;
  /// Refuses new connections, tells clients, and ends run() when all is flushed or at the deadline. Thread: any.
  void post_stop() noexcept;

  // Rooms 6 and 7: a publication to its recipients.

  /// Routes a publication of this shard to all shards. Whether anybody gets it.
  bool publish(const nanolib::publication& what) noexcept;
  /// Whether the store has room for what a publication would put into queues here. Other shards see for themselves, and
  /// refuse the unit that it belongs to. Only with a store.
  [[nodiscard]] bool can_keep(const nanolib::publication& what) noexcept;
  /// Whether anybody anywhere subscribes to this topic; for events that are rarely wanted.
  [[nodiscard]] bool is_wanted(std::string_view topic);
  /// Delivers to the recipients on this shard (the receiving end of a batch).
  void deliver_local(const nanolib::publication& what) noexcept;
  /// Delivers to a member of a shared subscription on this shard, or to another member when it has gone.
  void deliver_to_member(const nanolib::publication& what, const nanolib::shared_group_ptr& group,
                         nanolib::subscriber_id member) noexcept;
  /// Chooses a member anywhere and delivers. Whether there was one.
  bool deliver_shared(const nanolib::publication& what, const nanolib::shared_group_ptr& group) noexcept;
  /// Stores or removes the retained message. False when the store is full, or its user has as many there as it may.
  [[nodiscard]] bool retain(const nanolib::publication& what, const retained_source_ptr& by) noexcept;
  /// Whether it matters who has published a retained message, given the user's name.
  [[nodiscard]] bool asks_for_source(std::string_view user) const noexcept;
  /// Whether whoever has published this retained message may still do that.
  [[nodiscard]] bool may_stay_retained(const nanolib::message& what) const noexcept;
  /// Whether this user may have another session.
  [[nodiscard]] bool has_session_for(std::string_view user) const noexcept;
  /// Counts a session for its user. False: that has as many as it may. Errors: throws std::bad_alloc.
  [[nodiscard]] bool count_for_user(session& of, std::string_view user);
  void uncount_for_user(session& of) noexcept;
  /// The same for what the broker says about itself, which is not stored.
  void retain_own(const nanolib::publication& what) noexcept;
  /// Whether the last publish() filled a lane so far that its publisher should wait.
  [[nodiscard]] bool take_congested() noexcept { return std::exchange(congested_, false); }
  /// Whether a lane is still too full; if so the shard is woken when it drains.
  [[nodiscard]] bool is_congested() noexcept;

  // Sessions.

  [[nodiscard]] session_table& sessions() noexcept { return sessions_; }
  /// Ends a session: its subscriptions, its will, what others can take over.
  void end_session(session& which, session_end why) noexcept;
  /// A session has no connection from here on: what is published for it waits.
  void disconnect(session& which) noexcept;
  /// What follows for a session after disconnect(): will, expiry, shared messages.
  void on_disconnected(session& which, bool with_will) noexcept;
  void on_session_timer(session& which, nanolib::instant at) noexcept;
  void send_will(session& which) noexcept;

  // The store (shard_store.cpp). All of it null, or never called, in a broker without one.

  /// Null: no store.
  [[nodiscard]] recorder* keeps() noexcept { return recorder_.get(); }
  /// The unit in which the stored session of a client with this hash of its id ends; 0: none that is not settled.
  [[nodiscard]] std::uint64_t end_of(std::uint64_t hash) const noexcept;
  /// Before anything runs.
  void keep_in(durable_state& store);
  /// A session from an earlier run is there again. Errors: throws std::bad_alloc.
  [[nodiscard]] session* restore(const nanolib::stored_session& from);
  void restore_queue(session& which, const nanolib::queue_extent& extent);
  /// After everything that belongs to it: its time begins to run.
  void restore_absence(session& which, bool was_connected, nanolib::instant ends, const nanolib::stored_will* will);
  /// A client has entered this session: it is in the store from here on, if it outlives the connection.
  void enter_store(session& which) noexcept;
  /// Its state has changed.
  void record_session(session& which) noexcept;
  void record_will(session& which) noexcept;
  /// The writer has news for this shard, or for sessions on it.
  void on_settled(const std::vector<unit_outcome>& outcomes) noexcept;
  /// The session waits for rows to be stored: it is asked again when the writer has news.
  void await_store(session& which) noexcept;
  /// The client has gone: its queue need not stay in memory.
  void rest_later(const session& which) noexcept;
  /// Reads on in the queue of a session, if that is of use now.
  void read_ahead(session& which, bool head = false) noexcept;
  /// An ended session left these rows on disk.
  void add_estate(nanolib::session_key key, const nanolib::queue_range& range, std::uint64_t rows, std::uint64_t bytes);
  void read_estates() noexcept {
    for (const auto& one : estates_) one->read();
  }
  void read_estate(nanolib::session_key key, const nanolib::queue_range& range) noexcept;
  [[nodiscard]] nanolib::shared_group_ptr find_group(std::string_view share) noexcept;
  /// Counts heads of queues that have been read.
  [[nodiscard]] std::uint64_t heads_read() const noexcept { return heads_read_; }
  /// A client waits for the writer before it is answered.
  void hold_for(client& which) noexcept;

  // Local peers.

  /// A client without a connection lives here from now on. On the loop, or before it runs. Errors: as
  /// local_client::attach(), and nothing is left of it.
  [[nodiscard]] nanolib::result<void> attach(std::unique_ptr<local_client> which, std::string& why);
  /// The same while the loop runs. Thread: any. Errors: throws std::bad_alloc.
  [[nodiscard]] std::future<attachment> post_attach(std::unique_ptr<local_client> which);
  /// It takes nothing more, brings away what it has, for a second at most, and is gone when the answer comes.
  /// Thread: any. Errors: throws std::bad_alloc.
  [[nodiscard]] std::future<void> post_departure(const local_client* which);
  void dismiss_local(const local_client* which, std::promise<void> gone) noexcept;

  // Rights (shard_access.cpp).

  [[nodiscard]] const access& rights() const noexcept { return *rights_; }
  /// Whether rights() has to be asked about anything but topics that begin with `$`.
  [[nodiscard]] bool is_restricted() const noexcept { return restricted_; }
  void set_access(std::shared_ptr<const access> rights) noexcept;
  /// Another number after each change of rights.
  [[nodiscard]] std::uint32_t rights_epoch() const noexcept { return rights_epoch_; }
  /// The same in the next turn. Thread: any. Errors: throws std::bad_alloc.
  [[nodiscard]] std::future<void> post_access(std::shared_ptr<const access> rights);
  /// Likewise.
  [[nodiscard]] std::future<void> post_hooks(std::shared_ptr<const hook_list> all);
  [[nodiscard]] static principal who_is(const session& of) noexcept;
  /// For what is still asked when its client is away.
  void remember(session& of, const principal& as, const std::shared_ptr<const grant>& brought) noexcept;
  /// A subscription was granted, or has lost its grant.
  void note_permission(session& of, std::string_view filter, const permission& what) noexcept;
  /// Whether a message may reach the session; when not it is dropped.
  [[nodiscard]] bool may_receive(session& of, const nanolib::publication& what) noexcept {
    return !restricted_ || may_receive_each(of, what);
  }
  [[nodiscard]] lobby& waiting_room() noexcept { return lobby_; }
  /// Answers to logins that are still on their way have nowhere to go. Nothing runs any more.
  void close_lobby() noexcept {
    lobby_.close();
    inquiries_.close();
  }
  [[nodiscard]] inquiry_desk& inquiries() noexcept { return inquiries_; }
  /// access::inquire(): at once, or through `then`, under a number that inquiries() can forget.
  /// Errors: throws std::bad_alloc.
  [[nodiscard]] std::optional<permission> inquire(const principal& who, operation what, std::string_view topic,
                                                  inquiry_desk::on_answer then, std::uint64_t& number);
  /// A session that has no subscription yet: there is nothing to review.
  void note_fresh(session& of) const noexcept;

  // Rates and bans (shard_limits.cpp).

  [[nodiscard]] traffic_policy& traffic() noexcept { return *traffic_; }
  /// Other rates. Thread: any. Errors: throws std::bad_alloc.
  void post_traffic(std::shared_ptr<traffic_policy> to);
  void set_traffic(std::shared_ptr<traffic_policy> to) noexcept;
  /// Clients that are banned by now go. Thread: any. Errors: throws std::bad_alloc.
  void post_ban_review();
  void review_bans() noexcept;
  /// Whether somebody from there may come in now; counted and told when not.
  [[nodiscard]] bool may_arrive(const visitor& who) noexcept;
  /// A line about somebody who was turned away, unless there have been many about him.
  void tell_refusal(std::string_view event, const visitor& who, std::string_view client_id,
                    std::string_view user) noexcept;
  // Hooks (shard_hooks.cpp).

  [[nodiscard]] bool hears(hook_event which) const noexcept { return (heard_ & events_of(which)) != 0; }
  /// For events without a topic.
  template <class Event>
  void tell(hook_event which, void (hook::*how)(const Event&) noexcept, const Event& what) const noexcept {
    if (hears(which)) hooks_->tell(which, how, what);
  }
  void set_hooks(std::shared_ptr<const hook_list> all) noexcept;
  [[nodiscard]] const hook_list& hooks() const noexcept { return *hooks_; }
  /// What hooks are told about a client by its session.
  [[nodiscard]] hook_client describe(const session& of) const noexcept;
  // Only while somebody hears it:
  void tell_publish(const session& by, const nanolib::publication& what, bool is_will) const noexcept;
  void tell_delivered(const session& to, const nanolib::publication& what, nanolib::quality_of_service qos,
                      bool retain) const noexcept;
  void tell_acked(const session& by, const nanolib::delivery& what, nanonng::mqtt::reason_code reason) const noexcept;
  /// Counts a message that does not reach somebody (null: nobody in particular), and tells unless it has no topic: nobody
  /// wanted to know when it was still there.
  void drop(drop_reason why, const nanolib::publication& what, const session* whom, bool is_publisher = false) noexcept;
  /// Counts messages that waited too long in a queue. They have been told of already.
  void count_expired(std::uint64_t messages) noexcept;
  /// Told of each of them. Null: nobody wants to know.
  [[nodiscard]] nanolib::expiry_watch* watch_expiry(const session& of) noexcept;

  // For whoever runs the broker (shard_clients.cpp). Thread: any. Errors: throws std::bad_alloc, and so may the answers.

  [[nodiscard]] std::future<client_list> post_list(const client_query& what);
  [[nodiscard]] std::future<dismissal> post_dismissal(std::string client_id);

  // Connections.

  void on_accept(std::unique_ptr<nanonng::net::stream> over,
                 const std::shared_ptr<const listener_profile>& by) noexcept;
  /// Counts one more from where it comes. False: there are as many as there may be.
  [[nodiscard]] bool count_address(visitor& who);
  /// Its CONNECT has been answered: it is one of the clients now.
  void settle(client& which, visitor& who) noexcept;
  /// It is not one of those any more who may have to give way.
  void end_newcomer(client& which) noexcept;
  /// Sends a connection to the shard that its client belongs to.
  void hand_over(client& which, shard& to) noexcept;
  void adopt(arrival what) noexcept;
  /// A client has closed; it is destroyed when its connection has let go.
  void retire(client& which) noexcept;
  enum class when : std::uint8_t { next_turn, woken };
  /// A client has more to do: it is asked in the next turn, or in whatever turn comes (a lane that drains causes one).
  void ask_again(client& which, when next = when::next_turn) noexcept;
  /// Thread: any.
  void wake_stalled() noexcept;

  [[nodiscard]] commons& shared() noexcept { return shared_; }
  [[nodiscard]] nanonng::net::event_loop& loop() noexcept { return *loop_; }
  [[nodiscard]] nanolib::instant now() const noexcept { return loop_->now(); }
  [[nodiscard]] statistics& counts() noexcept { return counts_; }
  [[nodiscard]] nanonng::mqtt::incoming& scratch() noexcept { return scratch_; }
  [[nodiscard]] nanonng::mqtt::buffer& property_scratch() noexcept { return property_scratch_; }
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }
  [[nodiscard]] nanolib::outbox_limits outbox_limits(const session& of) const noexcept;
  /// A client id for a client that brought none, which belongs here.
  [[nodiscard]] std::string make_client_id();

 private:
  shard(commons& shared, std::uint32_t number, std::unique_ptr<nanonng::net::event_loop> loop);

  void before_flush() noexcept override;
  void after_flush() noexcept override;
  void begin_stop() noexcept;
  void keep_house(nanolib::instant now) noexcept;
  void remove_expired_retained(nanolib::instant now) noexcept;
  void report_limits() noexcept;
  void on_stop_deadline(nanolib::instant) noexcept { loop_->stop(); }
  void post_batches() noexcept;
  void drop_unwanted(const nanolib::publication& what) noexcept;
  void tell_terminated(const session& which, session_end why) const noexcept;
  void review(session& of) noexcept;
  void ask_about(session& of, const principal& who, std::string_view filter);
  /// `of`: null when the session has ended meanwhile; hooks hear of sessions only.
  [[nodiscard]] retained_source_ptr source_of_will(const session* of) const noexcept;
  void publish_will(const will& last, session* of) noexcept;
  [[nodiscard]] client_list list_clients(const client_query& what);
  [[nodiscard]] client_row describe(session& one) const;
  [[nodiscard]] dismissal dismiss(std::string_view client_id) noexcept;
  [[nodiscard]] bool may_receive_each(session& of, const nanolib::publication& what) noexcept;
  [[nodiscard]] nanolib::result<void> open_door(const open_listener& what) noexcept;
  [[nodiscard]] nanonng::net::tls_stream_options handshakes_through(const std::shared_ptr<const listener_profile>& by);
  [[nodiscard]] bool enter_totals(const listener_profile& by) noexcept;
  void forget(const visitor& who) noexcept;
  struct door;
  void pace(door& at) noexcept;
  [[nodiscard]] bool make_room(const listener_counts* of) noexcept;
  void greet(client& which) noexcept;
  void report_proxy(const listener_profile& by, const std::string& peer) noexcept;
  void set_session_timer(session& which) noexcept;
  void pass_on_shared(session& which, bool only_if_others) noexcept;
  [[nodiscard]] bool has_ended() const noexcept;
  void let_locals_go() noexcept;
  void forget_local(local_client& which) noexcept;
  [[nodiscard]] publish_batch* batch_for(std::uint32_t target) noexcept;
  void deliver_to(session& of, const nanolib::publication& what, const nanolib::recipient& to) noexcept;
  void on_window(nanolib::subscriber_id number, nanolib::session_key key,
                 nanolib::result<nanolib::queue_window> window) noexcept;
  void on_refused(std::uint64_t unit) noexcept;
  void put_to_rest() noexcept;
  void forget_stored(session& which, bool leaves_estate) noexcept;
  [[nodiscard]] bool leave_estate(session& which) noexcept;
  void note_end(const session& which) noexcept;
  void on_estate(nanolib::session_key key, nanolib::result<nanolib::queue_window> window) noexcept;
  void queue_offline(session& of, const nanolib::publication& what, nanolib::quality_of_service granted, bool retain,
                     const nanolib::identifier_list_ptr& identifiers, const nanolib::shared_group_ptr& group) noexcept;

  commons& shared_;
  std::uint32_t number_;
  std::unique_ptr<nanonng::net::event_loop> loop_;
  statistics counts_;
  std::shared_ptr<const access> rights_;
  bool restricted_;
  hook_events heard_;
  std::uint32_t rights_epoch_ = 1;
  std::shared_ptr<traffic_policy> traffic_;
  nanolib::router router_;
  session_table sessions_;
  nanonng::mqtt::incoming scratch_;
  nanonng::mqtt::buffer property_scratch_;
  std::vector<lane> lanes_;
  std::vector<std::unique_ptr<publish_batch>> batches_;
  std::vector<std::uint32_t> filled_batches_;
  /// One socket here. The profile is another after a reload.
  struct door {
    std::shared_ptr<nanonng::net::listening_socket> socket;
    std::shared_ptr<const listener_profile> by;
    std::unique_ptr<nanonng::net::acceptor> accepts;
  };
  std::vector<std::unique_ptr<door>> doors_;
  nanonng::net::handshake_pace pace_{*loop_};
  std::vector<std::unique_ptr<client>> clients_;  // client::shard_index is the index
  std::vector<std::unique_ptr<local_client>> locals_;
  struct departing_local {
    local_client* who;
    nanolib::instant until;
    std::promise<void> gone;
  };
  std::vector<departing_local> departing_;
  client* oldest_ = nullptr;  ///< of those whose CONNECT has not been answered
  client* newest_ = nullptr;
  nanolib::instant proxy_reported_{};
  std::vector<client*> leaving_;
  std::vector<client*> waiting_;
  lobby lobby_{*this};
  inquiry_desk inquiries_{*this};
  std::unique_ptr<recorder> recorder_;
  std::shared_ptr<const hook_list> hooks_;
  /// Tells of what expires in a queue.
  struct expiry_teller final : nanolib::expiry_watch {
    explicit expiry_teller(shard& where) noexcept : at(where) {}
    void on_expired(const nanolib::message_ptr& what) noexcept override;
    shard& at;
    const session* of = nullptr;
  };
  expiry_teller expiry_teller_{*this};
  std::unordered_map<std::uint64_t, std::uint64_t> ends_;  ///< units that end sessions, by the client id's hash
  std::vector<client*> holding_;                           ///< clients with packets that wait for the writer
  std::vector<nanolib::subscriber_id> awaiting_;           ///< sessions with rows that do
  struct drowsy_session {
    nanolib::subscriber_id number;
    nanolib::session_key key;
    std::uint64_t unit;  ///< when it is settled
  };
  std::deque<drowsy_session> drowsy_;  ///< may give up in memory what waits for clients that are away
  std::vector<std::unique_ptr<estate>> estates_;
  std::uint64_t heads_read_ = 0;
  nanonng::net::timer_of<shard, &shard::on_stop_deadline> stop_timer_{*this};
  nanonng::net::timer_of<shard, &shard::keep_house> house_timer_{*this};
  std::uint64_t next_client_number_ = 0;
  std::uint64_t limits_reported_ = 0;
  bool congested_ = false;
  bool stopping_ = false;
  bool turn_asked_for_ = false;
};

}  // namespace nanomq::broker
