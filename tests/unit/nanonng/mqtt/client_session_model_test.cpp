// The client machine against the server machine over a network that loses what is under way: whatever the schedule, QoS
// 2 arrives exactly once, QoS 1 at least once, QoS 0 at most once, each in order and in both directions.
#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "client_fixture.hpp"
#include "nanolib/cache/outbox.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;

/// A message is known by its number, which is its payload; its QoS by the topic.
using number = std::uint32_t;
using arrivals = std::map<unsigned, std::vector<number>>;

number number_in(bytes payload) {
  number value = 0;
  EXPECT_EQ(payload.size(), sizeof value);
  std::memcpy(&value, payload.data(), std::min(payload.size(), sizeof value));
  return value;
}

/// One direction of the network.
class pipe {
 public:
  void write(const buffer& more) { bytes_.insert(bytes_.end(), more.begin(), more.end()); }
  /// What of the first `size` bytes makes whole packets is given to `take`; false ends it.
  template <class Take>
  void pass(std::size_t size, Take&& take) {
    arrived_ = std::min(bytes_.size(), arrived_ + size);
    std::size_t at = 0;
    for (;;) {
      const framing found = next_frame(bytes(bytes_).subspan(at, arrived_ - at), any_size);
      ASSERT_NE(found.status, decode_status::error);
      if (found.status != decode_status::done) break;
      at += found.packet.size;
      if (!take(found.packet)) break;
    }
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
    arrived_ -= at;
  }
  void cut() {
    bytes_.clear();
    arrived_ = 0;
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  buffer bytes_;
  std::size_t arrived_ = 0;
};

/// A broker with one session.
class server {
 public:
  explicit server(pipe& to_client) : to_client_(to_client) {
    settings_.receive_maximum = 5;
    settings_.topic_alias_maximum = 3;
  }

  void accept_connection() { machine_.emplace(settings_, start); }
  void lose_connection() {
    machine_.reset();
    outbox_->disconnect();
  }
  /// Loses the session, too.
  void forget() {
    outbox_ = std::make_unique<nanolib::outbox>(nanolib::outbox_limits{});
    unreleased_.clear();
    has_session_ = false;
  }
  void send(unsigned qos, number what) {
    nanolib::delivery made;
    const std::string topic = "s" + std::to_string(qos);
    nanolib::publication from;
    from.topic = topic;
    from.payload = std::as_bytes(std::span(&what, 1));
    made.what = nanolib::message::create(from);
    made.qos = static_cast<quality_of_service>(qos);
    ASSERT_TRUE(outbox_->enqueue(std::move(made)));
    flush();
  }

  bool receive(const frame& packet) {
    const action todo = machine_->receive(packet, start, into_);
    EXPECT_NE(todo.what, action::kind::fail) << todo.why;
    switch (todo.what) {
      case action::kind::open:
        open();
        break;
      case action::kind::deliver:
        received[static_cast<unsigned>(into_.publish.qos)].push_back(number_in(into_.publish.payload));
        EXPECT_EQ(into_.publish.topic, "c" + std::to_string(static_cast<unsigned>(into_.publish.qos)));
        [[fallthrough]];
      case action::kind::repeat:
        acknowledge();
        break;
      case action::kind::puback:
        EXPECT_NE(outbox_->on_puback(into_.acknowledgement.packet_identifier),
                  nanolib::outbox::acknowledged::unexpected);
        break;
      case action::kind::pubrec:
        on_pubrec();
        break;
      case action::kind::pubcomp:
        EXPECT_NE(outbox_->on_pubcomp(into_.acknowledgement.packet_identifier),
                  nanolib::outbox::acknowledged::unexpected);
        break;
      case action::kind::release:
        answer(packet_type::pubcomp, into_.acknowledgement.packet_identifier, todo.reason);
        break;
      default:
        return false;
    }
    flush();
    return true;
  }

  [[nodiscard]] bool is_idle() const { return outbox_->is_empty() && unreleased_.size() == 0; }

  arrivals received;

 private:
  void open() {
    const bool present = has_session_ && !into_.connect.clean_start;
    if (!present) forget();
    has_session_ = true;
    machine_->accept(into_.connect, unreleased_, start);
    buffer out;
    const buffer block = connack_properties(settings_, *machine_, into_.connect, {});
    encode_connack_into(out, present, reason_code::success, machine_->version(), block);
    to_client_.write(out);
    outbox_->connect(machine_->client_receive_maximum());
    while (const nanolib::outbox::entry* owed = outbox_->resume()) resend(*owed);
  }
  void resend(const nanolib::outbox::entry& owed) {
    if (owed.at == nanolib::outbox::stage::released) {
      return answer(packet_type::pubrel, owed.packet_identifier, reason_code::success);
    }
    publish(owed);
  }
  void publish(const nanolib::outbox::entry& owed) {
    outgoing_publish packet;
    packet.topic = owed.what.what->topic();
    packet.payload = owed.what.what->payload();
    packet.qos = owed.what.qos;
    packet.packet_identifier = owed.packet_identifier;
    packet.dup = owed.resent;
    const sent_aliases::use alias = machine_->alias_for(packet.topic, owed.what.what->topic_hash());
    packet.topic_alias = alias.alias;
    if (alias.known) packet.topic = {};
    buffer out;
    encode_publish_into(out, packet, machine_->version());
    to_client_.write(out);
  }
  void flush() {
    if (!machine_ || !machine_->is_open()) return;
    while (const nanolib::outbox::entry* owed = outbox_->resume()) resend(*owed);
    while (const nanolib::outbox::entry* due = outbox_->next(start)) publish(*due);
  }
  void on_pubrec() {
    const acknowledgement_view& packet = into_.acknowledgement;
    const auto known = outbox_->on_pubrec(packet.packet_identifier, is_error(packet.reason));
    EXPECT_NE(known, nanolib::outbox::acknowledged::unexpected);
    const bool found = known == nanolib::outbox::acknowledged::done;
    if (is_error(packet.reason)) return;
    answer(packet_type::pubrel, packet.packet_identifier,
           found ? reason_code::success : reason_code::packet_identifier_not_found);
  }
  void acknowledge() {
    const publish_view& packet = into_.publish;
    if (packet.qos == quality_of_service::at_most_once) return;
    const bool once = packet.qos == quality_of_service::at_least_once;
    answer(once ? packet_type::puback : packet_type::pubrec, packet.packet_identifier, reason_code::success);
  }
  void answer(packet_type type, std::uint16_t identifier, reason_code reason) {
    buffer out;
    encode_acknowledgement_into(out, type, identifier, reason, machine_->version(), {});
    to_client_.write(out);
  }

  pipe& to_client_;
  server_settings settings_;
  std::unique_ptr<nanolib::outbox> outbox_ = std::make_unique<nanolib::outbox>(nanolib::outbox_limits{});
  nanolib::identifier_set unreleased_;
  std::optional<server_machine> machine_;
  incoming into_;
  bool has_session_ = false;
};

/// An owner of the client machine, as the SDK is one: bodies by token, a queue, acknowledgements now or later.
class client {
 public:
  client(pipe& to_server, protocol_version version, bool manual) : to_server_(to_server) {
    settings_.receive_maximum = 4;
    settings_.topic_alias_maximum = 2;
    settings_.sent_topic_aliases = 2;
    settings_.manual_acknowledgement = manual;
    options_.packet.version = version;
    options_.packet.client_id = "c";
    options_.packet.clean_start = false;
    options_.session_expiry_s = 1'000;
  }

  void connect() {
    machine_.emplace(settings_, session_);
    buffer out;
    ASSERT_FALSE(machine_->connect(options_, start, out).is_refusal());
    to_server_.write(out);
  }
  void lose_connection() {
    machine_->disconnected();
    request_token token = 0;
    EXPECT_FALSE(session_.take_lost_request(token));
  }
  void send(unsigned qos, number what) {
    queue_.push_back({qos, what});
    pump();
  }
  bool receive(const frame& packet) {
    const client_action todo = machine_->receive(packet, start, into_);
    switch (todo.what) {
      case client_action::kind::deliver:
        received[static_cast<unsigned>(into_.publish.qos)].push_back(number_in(into_.publish.payload));
        EXPECT_EQ(into_.publish.topic, "s" + std::to_string(static_cast<unsigned>(into_.publish.qos)));
        if (todo.receipt != 0) receipts_.push_back(todo.receipt);
        break;
      case client_action::kind::completed:
        EXPECT_EQ(todo.reason, reason_code::success);
        complete(todo.token);
        break;
      case client_action::kind::fail:
        ADD_FAILURE() << todo.why;
        return false;
      default:
        break;
    }
    pump();
    return true;
  }
  /// Acknowledges a message chosen by `chance`.
  void acknowledge(std::size_t chance) {
    if (receipts_.empty()) return;
    const auto chosen = receipts_.begin() + static_cast<std::ptrdiff_t>(chance % receipts_.size());
    static_cast<void>(session_.acknowledge(*chosen, reason_code::success));
    receipts_.erase(chosen);
    pump();
  }
  [[nodiscard]] bool is_idle() const { return queue_.empty() && receipts_.empty() && session_.unanswered() == 0; }
  [[nodiscard]] bool is_released() const { return session_.unreleased() == 0; }

  arrivals received;
  std::set<number> completed;

 private:
  struct message {
    unsigned qos;
    number what;
  };

  void complete(request_token token) {
    ASSERT_EQ(bodies_.erase(token), 1U);
    EXPECT_TRUE(completed.insert(static_cast<number>(token)).second);
  }
  outgoing_publish packet_for(const message& from) {
    outgoing_publish packet;
    static const std::string topics[] = {"c0", "c1", "c2"};
    packet.topic = topics[from.qos];
    packet.payload = std::as_bytes(std::span(&from.what, 1));
    packet.qos = static_cast<quality_of_service>(from.qos);
    return packet;
  }
  void pump() {
    if (!machine_ || !machine_->is_open()) return;
    owed_publish owed;
    while (machine_->next_owed(owed)) {
      if (owed.what == owed_publish::kind::completed) {
        complete(owed.token);
        continue;
      }
      outgoing_publish packet = packet_for(bodies_.at(owed.token));
      ASSERT_EQ(machine_->publish_again(packet, owed).what, permit::kind::send);
      write(packet);
    }
    while (!queue_.empty()) {
      const message& next = queue_.front();
      outgoing_publish packet = packet_for(next);
      const permit allowed = machine_->publish(packet, next.what);
      ASSERT_NE(allowed.what, permit::kind::refused) << allowed.refusal.why;
      if (allowed.what == permit::kind::wait) break;
      if (next.qos > 0) bodies_.emplace(next.what, next);
      write(packet);
      queue_.pop_front();
    }
    std::byte room[16];
    while (machine_->has_answers()) {
      const std::size_t size = machine_->write_answers(room);
      to_server_.write(buffer(room, room + size));
    }
  }
  void write(const outgoing_publish& packet) {
    buffer out;
    encode_publish_into(out, packet, machine_->version());
    to_server_.write(out);
  }

  pipe& to_server_;
  client_settings settings_;
  connect_options options_;
  client_session session_;
  std::optional<client_machine> machine_;
  client_incoming into_;
  std::deque<message> queue_;
  std::map<request_token, message> bodies_;
  std::vector<receipt_number> receipts_;
};

struct schedule {
  protocol_version version = v5;
  bool manual = false;
  bool forgets = false;  ///< the server loses the session now and then
};

class world {
 public:
  world(const schedule& how, unsigned seed) : how_(how), random_(seed), client_(upward_, how.version, how.manual) {}

  void run(std::size_t steps) {
    reconnect();
    pass(upward_, server_, 1'000);  // so that there is a session
    for (; steps > 0 && !::testing::Test::HasFailure(); --steps) step();
    // Then the network is sound until everything is done.
    for (int round = 0; round < 1'000 && !(client_.is_idle() && server_.is_idle() && is_empty()); ++round) {
      pass(upward_, server_, 1'000'000);
      pass(downward_, client_, 1'000'000);
      client_.acknowledge(random_());
    }
    EXPECT_TRUE(client_.is_idle());
    // Of a session that the server forgot, the client may never hear: 3.1 does not tell, and a CONNACK can be lost.
    EXPECT_TRUE(client_.is_released() || how_.forgets);
    EXPECT_TRUE(server_.is_idle());
  }
  void check() {
    check_direction(sent_up_, server_.received, true);
    check_direction(sent_down_, client_.received, false);
    std::set<number> with_answer;
    for (const unsigned qos : {1U, 2U}) with_answer.insert(sent_up_[qos].begin(), sent_up_[qos].end());
    EXPECT_EQ(client_.completed, with_answer);
  }

 private:
  template <class To>
  void pass(pipe& from, To& to, std::size_t size) {
    from.pass(size, [&to](const frame& packet) { return to.receive(packet); });
  }
  [[nodiscard]] bool is_empty() const { return upward_.size() == 0 && downward_.size() == 0; }

  void reconnect() {
    server_.accept_connection();
    client_.connect();
  }
  void step() {
    const auto chance = random_() % 100;
    if (chance < 25) return publish(sent_up_, client_);
    if (chance < 45) return publish(sent_down_, server_);
    if (chance < 65) return pass(upward_, server_, random_() % 40);
    if (chance < 85) return pass(downward_, client_, random_() % 40);
    if (chance < 97) return client_.acknowledge(random_());
    break_connection();
  }
  template <class From>
  void publish(arrivals& log, From& from) {
    const auto qos = static_cast<unsigned>(random_() % 3);
    log[qos].push_back(++last_);
    from.send(qos, last_);
  }
  void break_connection() {
    upward_.cut();
    downward_.cut();
    server_.lose_connection();
    client_.lose_connection();
    if (how_.forgets && random_() % 3 == 0) server_.forget();
    reconnect();
  }

  void check_direction(arrivals& sent, arrivals& came, bool upward) {
    EXPECT_TRUE(is_subsequence(came[0], sent[0]));
    if (!how_.forgets) {
      EXPECT_EQ(came[2], sent[2]);
      EXPECT_EQ(firsts(came[1]), sent[1]);
      return;
    }
    // A server that forgets loses what it had to send, and takes for new what it gets again.
    if (!upward) return;
    for (const unsigned qos : {1U, 2U}) EXPECT_EQ(firsts(came[qos]), sent[qos]);
  }
  static bool is_subsequence(const std::vector<number>& part, const std::vector<number>& whole) {
    auto at = whole.begin();
    return std::all_of(part.begin(), part.end(), [&](number value) {
      at = std::find(at, whole.end(), value);
      return at != whole.end() && (++at, true);
    });
  }
  static std::vector<number> firsts(const std::vector<number>& all) {
    std::set<number> seen;
    std::vector<number> out;
    for (const number value : all) {
      if (seen.insert(value).second) out.push_back(value);
    }
    return out;
  }

  schedule how_;
  std::mt19937 random_;
  pipe upward_;
  pipe downward_;
  server server_{downward_};
  client client_;
  arrivals sent_up_;
  arrivals sent_down_;
  number last_ = 0;
};

class client_model : public ::testing::TestWithParam<protocol_version> {
 protected:
  static void run(bool manual, bool forgets) {
    for (unsigned seed = 1; seed <= 30; ++seed) {
      world made({GetParam(), manual, forgets}, seed);
      made.run(800);
      made.check();
      if (HasFailure()) {
        ADD_FAILURE() << "seed " << seed;
        return;
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(all, client_model, ::testing::ValuesIn(every_version));

// [MQTT-4.3.3-10] [MQTT-4.4.0-1] [MQTT-4.6.0-1]
TEST_P(client_model, keeps_its_promises_over_lost_connections) { run(false, false); }

TEST_P(client_model, keeps_its_promises_when_the_owner_acknowledges_late) { run(true, false); }

// [MQTT-3.2.2-5]
TEST_P(client_model, loses_nothing_when_the_server_forgets) { run(false, true); }

TEST_P(client_model, loses_nothing_when_the_server_forgets_and_the_owner_is_late) { run(true, true); }

}  // namespace

}  // namespace nanonng::mqtt::testing
