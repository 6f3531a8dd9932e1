#include "broker/client.hpp"

#include <algorithm>

#include "broker/shard.hpp"

namespace nanomq::broker {

using nanonng::mqtt::action;
using nanonng::mqtt::decode_status;
using nanonng::mqtt::framing;
using nanonng::mqtt::server_machine;

namespace {

/// How long a connection that is being closed may still take to send its last packet.
constexpr nanolib::duration linger_time{2'000};
/// Memory for whoever has not said who he is.
constexpr std::size_t free_of_charge = 4096;
/// How long nothing may be taken from a client that has gone and has no keep alive.
constexpr nanolib::duration longest_stall_of_the_gone{60'000};

}  // namespace

client::client(shard& home, std::unique_ptr<nanonng::net::stream> over, visitor origin)
    : at_(home),
      machine_(origin.by->settings, home.now()),
      origin_(std::move(origin)),
      connect_deadline_(home.now() + origin_.by->connect_timeout),
      connection_(home.loop(), std::move(over), *this) {
  home.loop().timers().set(timer_, home.now() + origin_.by->handshake_timeout);
}

client::~client() {
  drop_inquiry();
  if (ticket_ != 0) at_.waiting_room().leave(ticket_);
  if (unauthenticated_held_ > 0) at_.counts().unauthenticated_bytes.subtract(unauthenticated_held_);
}

void client::inject(std::vector<std::byte> input) noexcept { connection_.inject(std::move(input)); }

principal client::who() const noexcept {
  return session_ == nullptr ? who({}, {}) : who(session_->client_id, session_->user_name());
}

principal client::who(std::string_view client_id, std::string_view user_name) const noexcept {
  const listener_options& by = origin_.by->options;
  const nanonng::net::stream* const transport = connection_.transport();
  principal asking{client_id, user_name, origin_.address, origin_.by->id};
  asking.identity = transport != nullptr ? transport->identity() : nullptr;
  asking.local_user = origin_.user;
  asking.is_admitted = by.allow_anonymous.value_or(false) || by.authenticates();
  asking.needs_user = !by.allow_anonymous.value_or(true) && !asking.is_admitted;
  asking.is_identified = by.use_identity_as_username != identity_source::none;
  asking.was_checked = user_checked_;
  asking.has_end = ends_ != nanolib::never;
  asking.is_superuser = is_superuser_;
  asking.by_others = by_others_;
  asking.port = by.bind.empty() ? usual_port(by.kind) : by.bind.front().port;
  asking.brought = brought_.get();
  return asking;
}

// The first byte of MQTT: the layers' handshakes are over, and a PROXY header has said who is there.
bool client::begin_to_speak() noexcept {
  has_spoken_ = true;
  if (origin_.counted || !origin_.by->options.proxy_protocol) return true;
  try {
    origin_.address = without_port(connection_.peer());
    if (at_.may_arrive(origin_) && at_.count_address(origin_)) return true;
  } catch (...) {
    // No memory for one more.
  }
  at_.counts().connections_refused.add();
  leave(reason_code::quota_exceeded, false, at_.now());
  return false;
}

nanonng::net::connection_handler::consumed client::on_input(nanolib::bytes input) noexcept {
  std::size_t used = is_talking() && !conversation_->has_ended ? conversation_->handled : 0;
  std::uint64_t packets = 0;
  std::size_t announced = 0;
  if (!has_spoken_ && !begin_to_speak()) return {input.size(), 0};
  while (!leaving_ && !handed_over_ && !stalled_) {
    const framing found = nanonng::mqtt::next_frame(input.subspan(used), machine_.maximum_packet_size());
    if (found.status == decode_status::need_more) {
      announced = found.announced == 0 ? 0 : found.announced + (is_talking() ? used : 0);
      break;
    }
    if (found.status == decode_status::error) {
      // A size beyond the limit of CONNECT is no CONNECT that could be answered.
      act(machine_.reject(found.reason));
      break;
    }
    if (!is_talking() || !conversation_->has_ended) ++packets;
    const action what = machine_.receive(found.packet, at_.now(), at_.scratch());
    if (at_.shared().traces.any()) trace_in(found.packet, what);
    act(what);
    if (handed_over_) return {};
    const bool waits = has_to_look_again();
    if (enters_later_) {
      machine_ = server_machine(origin_.by->settings, at_.now());
      stall();
      break;
    }
    if (waits && !leaving_) {
      stall();
      break;
    }
    if (meter_) pay_for(found.packet.size);
    used = go_past(used + found.packet.size);
    if (reads_nothing() || holds_too_much()) stall();
  }
  at_.counts().packets_received.add(packets);
  if (is_talking()) used = 0;
  at_.counts().bytes_received.add(used);
  // Nothing behind the packet that ended it is looked at, a refused CONNECT included [MQTT-3.1.4-6].
  if (leaving_) return {input.size(), 0};
  if (machine_.is_open()) return {used, announced};
  const std::size_t held = input.size() - used;
  if (!account_unauthenticated(held)) return {input.size(), 0};
  // Asked again before it is whole, or what comes meanwhile would be in nobody's account.
  return {used, std::min(announced, held + free_of_charge)};
}

// Messages stop at max_output_bytes; only answers can bring the output this far. Who takes none gives no more cause.
bool client::reads_nothing() const noexcept {
  return connection_.pending() > 2 * at_.shared().options.limits.max_output_bytes;
}

void client::stall() noexcept {
  if (leaving_ || std::exchange(stalled_, true)) return;
  stop_reading();
  at_.ask_again(*this, shard::when::woken);
}

void client::stop_reading() noexcept {
  connection_.pause_input(true);
  if (machine_.is_open() && !timer_.is_set()) at_.loop().timers().set(timer_, at_.now() + longest_stall_of_the_gone);
}

// Memory for those who have not said who they are: 4 KiB each, more only while there is some in a common budget.
bool client::account_unauthenticated(std::size_t held) noexcept {
  const auto charged = static_cast<std::uint32_t>(held > free_of_charge ? held : 0);
  nanolib::counter& total = at_.counts().unauthenticated_bytes;
  total.subtract(unauthenticated_held_);
  total.add(charged);
  unauthenticated_held_ = charged;
  const commons& shared = at_.shared();
  if (charged == 0 || total.get() <= shared.options.limits.max_unauthenticated_bytes / shared.shards.size())
    return true;
  at_.counts().unauthenticated_refused.add();
  leave(reason_code::quota_exceeded, false, at_.now());
  return false;
}

// What a layer has against it is in words there; nothing more is known of a plain socket that ended.
void client::log_broken_transport() noexcept {
  if (connection_.transport() == nullptr || leaving_) return;
  const std::string why = connection_.transport()->failure();
  if (why.empty()) return;
  const bool before_mqtt = !has_spoken_;
  if (before_mqtt) at_.counts().handshakes_failed.add();
  const std::string address = origin_.address.empty() ? without_port(connection_.peer()) : origin_.address;
  const bool secure = origin_.by->options.is_secure();
  at_.shared().log.event(secure ? nanolib::log_component::tls : nanolib::log_component::net, nanolib::log_level::info,
                         before_mqtt ? "handshake_failed" : "transport_failed",
                         {{"listener", origin_.by->id}, {"address", address}, {"why", why}});
}

void client::log_denied(std::string_view operation, std::string_view topic) noexcept {
  at_.shared().log.event(
      nanolib::log_component::access, nanolib::log_level::info, "permission_denied",
      {{"client", session_->client_id}, {"address", origin_.address}, {"operation", operation}, {"topic", topic}});
}

void client::on_closed(nanolib::error) noexcept {
  try {
    log_broken_transport();
  } catch (...) {
    // Not worth more memory.
  }
  leave(reason_code::unspecified_error, true, at_.now(), ended_by::network);
}

void client::on_drained() noexcept { at_.ask_again(*this); }

void client::on_timer(nanolib::instant now) noexcept {
  if (leaving_ || handed_over_) return;
  if (!machine_.is_open()) {
    if (has_spoken_ && now < connect_deadline_) return at_.loop().timers().set(timer_, connect_deadline_);
    (has_spoken_ || !origin_.by->has_layers() ? at_.counts().connect_timeouts : at_.counts().handshake_timeouts).add();
    leave(reason_code::keep_alive_timeout, false, now);
    return;
  }
  watch_keep_alive(now);
}

// The timer is not set anew for every packet: when it fires, it looks how long it really has been.
void client::watch_keep_alive(nanolib::instant now) noexcept {
  if (ends_ <= now) return deny("its time is over");
  nanolib::instant deadline = machine_.keep_alive_deadline();
  // While we do not read from it, nobody would find out that a client without a keep alive has gone.
  if (stalled_ && deadline == nanolib::never) deadline = machine_.last_received() + longest_stall_of_the_gone;
  const nanolib::instant next = std::min(ends_, keep_way_open(now));
  if (deadline == nanolib::never && next == nanolib::never) return;
  if (deadline > now || (stalled_ && !connection_.peer_has_ended())) {
    // While we do not read from it, its silence is ours.
    at_.loop().timers().set(timer_, std::min(next, deadline > now ? deadline : now + nanolib::duration(1000)));
    return;
  }
  at_.counts().keep_alive_timeouts.add();
  fail(reason_code::keep_alive_timeout, "keep alive timeout");
}

// A WebSocket whose client is silent is pinged. When that is due next.
nanolib::instant client::keep_way_open(nanolib::instant now) noexcept {
  const nanolib::duration interval = origin_.by->options.ping_interval;
  if (!origin_.by->websocket || interval.count() == 0) return nanolib::never;
  const nanolib::instant due = machine_.last_received() + interval;
  if (due > now) return due;
  connection_.keep_open();
  at_.counts().pings_sent.add();
  return now + interval;
}

// Answers go straight into the output: only PUBLISH waits for the quota [MQTT-3.3.4-10] [MQTT-4.9.0-3].
void client::act(const action& what) noexcept {
  switch (what.what) {
    case action::kind::nothing:
      return;
    case action::kind::deliver:
      return on_publish();
    case action::kind::puback:
      return on_puback();
    case action::kind::repeat:  // [MQTT-4.3.3-10]
      return acknowledge(packet_type::pubrec, at_.scratch().publish.packet_identifier, reason_code::success,
                         outstanding(), true);
    case action::kind::pubrec:
      return on_pubrec();
    case action::kind::pubcomp:
      return on_pubcomp();
    case action::kind::release:  // [MQTT-4.3.3-11]
      return on_pubrel(what.reason);
    case action::kind::open:
      return open();
    case action::kind::authenticate:
      return on_auth();
    case action::kind::subscribe:
      return on_subscribe();
    case action::kind::unsubscribe:
      return on_unsubscribe();
    case action::kind::ping: {  // [MQTT-3.12.4-1]
      constexpr std::byte pingresp[] = {std::byte{0xD0}, std::byte{0x00}};
      return append(pingresp);
    }
    case action::kind::end:
      // Every code but 0x00 leaves the will in force [MQTT-3.14.4-3].
      return leave(what.reason, what.reason != reason_code::success, at_.now(), ended_by::client);
    case action::kind::fail:
      return fail(what.reason, what.why);
  }
}

void client::append(nanolib::bytes packet) noexcept {
  if (at_.shared().traces.any()) trace_out(packet);
  if (!connection_.append(packet)) broken_ = true;
  at_.counts().packets_sent.add();
  if (broken_) at_.ask_again(*this);
}

void client::take_over() noexcept {
  at_.counts().takeovers.add();
  if (session_ != nullptr) {
    at_.tell(hook_event::session_taken_over, &hook::on_session_taken_over, session_event{describe(*session_)});
  }
  part(reason_code::session_taken_over, "session taken over");
  leave(reason_code::session_taken_over, true, at_.now() + linger_time);
}

void client::ask_anew() noexcept {
  ticket_ = 0;
  at_.ask_again(*this);
}

void client::on_other_rights() noexcept {
  if (leaving_) return;
  if (inquiry_) {  // what it waits for is asked of others now
    drop_inquiry();
    at_.ask_again(*this);
  }
  if (session_ == nullptr || at_.rights().still_admits(who())) return;
  deny("not authorized any more");
}

void client::dismiss() noexcept {
  part(reason_code::administrative_action, "disconnected by the administrator");
  leave(reason_code::administrative_action, true, at_.now() + linger_time);
}

void client::give_way() noexcept {
  if (leaving_ || handed_over_) return;
  at_.counts().newcomers_evicted.add();
  leave(reason_code::server_busy, false, at_.now());
}

void client::shut_down(nanolib::instant deadline) noexcept {
  if (leaving_ || handed_over_) return;
  part(reason_code::server_shutting_down, "server shutting down");
  // A stop is no failure of the client: its will is not sent.
  leave(reason_code::server_shutting_down, false, deadline);
}

// What breaks the protocol is told, where there are words for it, and ends the connection [MQTT-4.13.1-1].
void client::fail(reason_code reason, std::string_view why) noexcept {
  if (leaving_) return;
  statistics& counts = at_.counts();
  if (reason == reason_code::malformed_packet) {
    counts.malformed_packets.add();
  } else if (reason == reason_code::packet_too_large) {
    counts.packets_too_large.add();
  } else if (reason == reason_code::receive_maximum_exceeded) {
    counts.receive_maximum_exceeded.add();
  } else if (reason != reason_code::keep_alive_timeout) {
    counts.protocol_errors.add();
  }
  at_.shared().log.event(
      nanolib::log_level::info, "client_failed",
      {{"client", who().client_id}, {"address", origin_.address}, {"reason", static_cast<int>(reason)}, {"why", why}});
  part(reason, why);
  leave(reason, true, at_.now() + linger_time);
}

// Rights that are not there are no fault of the protocol, though they can end the connection.
void client::deny(std::string_view why) noexcept {
  if (leaving_) return;
  at_.shared().log.event(nanolib::log_component::access, nanolib::log_level::info, "client_denied",
                         {{"client", who().client_id}, {"address", origin_.address}, {"why", why}});
  part(reason_code::not_authorized, why);
  leave(reason_code::not_authorized, true, at_.now() + linger_time);
}

// Says why before closing, in the words that the version has, and in no more than the client takes.
void client::part(reason_code reason, std::string_view why) noexcept {
  const server_machine::parting how = machine_.how_to_part();
  if (how == server_machine::parting::silence) return;
  // Before 5.0 a CONNECT that is not one is answered by closing alone. Spec: MQTT 3.1.1 §3.1.4 [MQTT-3.1.4-1].
  const bool unspeakable = reason == reason_code::malformed_packet || reason == reason_code::protocol_error ||
                           reason == reason_code::packet_too_large;
  if (how == server_machine::parting::connack && !machine_.is_v5() && unspeakable) return;
  const auto encode = [&](nanonng::mqtt::buffer& packet, nanolib::bytes block) {
    if (how == server_machine::parting::connack) {
      nanonng::mqtt::encode_connack_into(packet, false, reason, machine_.version(), block);
    } else {
      nanonng::mqtt::encode_reason_into(packet, packet_type::disconnect, reason, machine_.version(), block);
    }
  };
  try {
    nanonng::mqtt::buffer packet;
    nanonng::mqtt::property_writer block;
    // No user property [MQTT-3.2.2-20] [MQTT-3.14.2-4], and no session expiry interval [MQTT-3.14.2-2].
    if (machine_.is_v5()) block.text(nanonng::mqtt::property_id::reason_string, why);
    encode(packet, block.block());
    if (packet.size() > machine_.client_maximum_packet_size()) {  // [MQTT-3.2.2-19] [MQTT-3.14.2-3]
      packet.clear();
      encode(packet, {});
    }
    if (packet.size() <= machine_.client_maximum_packet_size()) append(packet);
  } catch (...) {
    // It is told nothing, but closed all the same.
  }
}

// From here on nothing is read or sent but what is in the output already: a CONNACK that refuses or a DISCONNECT is the
// last packet, and the close follows it [MQTT-3.2.2-7] [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-4.13.2-1].
void client::leave(reason_code reason, bool with_will, nanolib::instant linger, ended_by by) noexcept {
  if (leaving_) return;
  leaving_ = true;
  at_.end_newcomer(*this);
  timer_.cancel();
  replays_.reset();
  held_.reset();
  drop_inquiry();
  meter_.reset();
  if (const std::uint64_t ticket = std::exchange(ticket_, 0); ticket != 0) at_.waiting_room().leave(ticket);
  tell_refused(reason, {});
  session* left = std::exchange(session_, nullptr);
  if (left != nullptr) {
    at_.remember(*left, who(left->client_id, left->user_name()), brought_);
    left->expiry_s = machine_.session_expiry_s();
    // First: the announcement may be for this very session.
    at_.disconnect(*left);
    if (announced_) announce_offline(*left, reason, by);
    watch_for_flapping(*left, reason);
    at_.on_disconnected(*left, with_will);
  }
  if (linger > at_.now()) {
    connection_.close_after_flush(linger);
  } else {
    connection_.close();
  }
  at_.retire(*this);
}

void client::go_on() noexcept {
  if (leaving_ || handed_over_) return;
  if (broken_) {
    // Output that is missing a piece cannot be continued.
    at_.counts().dropped_no_memory.add();
    leave(reason_code::quota_exceeded, true, at_.now());
    return;
  }
  if (stalled_) {
    if (reads_nothing()) connection_.flush();  // on_drained() follows if anything is left then
    if (reads_nothing() || holds_too_much() || at_.is_congested() || awaits_rights() || still_waits_to_enter()) {
      at_.ask_again(*this, shard::when::woken);
    } else if (!awaits_tokens()) {
      stalled_ = false;
      machine_.resume(at_.now());
      connection_.pause_input(false);
    }
  }
  if (session_ == nullptr) return;
  pump();
  replay_retained();
}

}  // namespace nanomq::broker
