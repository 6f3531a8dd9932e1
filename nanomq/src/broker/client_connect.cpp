// A client enters: its id, its rights, its session, its will, and the CONNACK.
#include <algorithm>
#include <new>

#include "broker/client.hpp"
#include "broker/client_status.hpp"
#include "broker/identity_name.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

using nanonng::mqtt::connect_view;
using nanonng::mqtt::property_id;
using nanonng::mqtt::reason_code;

void client::open() noexcept {
  connect_view& packet = at_.scratch().connect;
  std::string assigned;
  if (packet.client_id.empty()) {  // [MQTT-3.1.3-6] [MQTT-3.1.3-7]
    if (!assign_client_id(assigned)) return refuse(reason_code::server_busy, "out of memory");
    packet.client_id = assigned;
  }
  const std::uint64_t hash = nanolib::hash_text(packet.client_id);
  commons& shared = at_.shared();
  const std::uint32_t home = home_shard(hash, shared.shards.size());
  if (home != at_.number()) {
    handed_over_ = true;
    timer_.cancel();
    at_.hand_over(*this, *shared.shards[home]);
    return;
  }
  std::string proved;
  if (!take_token(packet, proved)) return refuse(reason_code::server_busy, "out of memory");
  announce_entry(packet, assigned.empty());
  if (at_.is_stopping()) return refuse(reason_code::server_shutting_down, "server shutting down");
  if (!take_identity(packet, proved))
    return refuse(reason_code::not_authorized, "no identity that could be a user name");
  if (ticket_ == 0 && !conversation_ && !may_ask(packet)) return;
  if (!has_authenticated(packet)) return;
  if (ticket_ == 0 && conversation_ && !may_ask(packet)) return;  // as the user that it has shown to be
  if (!is_admitted(packet, hash)) return;
  if (const session* known = at_.sessions().find(packet.client_id, hash); known != nullptr && known->local != nullptr) {
    return refuse(reason_code::client_identifier_not_valid, "the client id of a bridge");
  }
  if (at_.keeps() != nullptr && !may_enter(packet, hash)) return;
  bool present = false;
  session* entered = enter_session(packet, present);
  if (entered == nullptr) {
    at_.counts().sessions_refused.add();
    return refuse(reason_code::quota_exceeded, "no room for another session");
  }
  session_ = entered;
  if (shared.traces.any()) trace_connect(reason_code::success);
  entered->connected = this;
  entered->away.reset();
  entered->last_will = packet.has_will ? make_will(packet) : nullptr;  // [MQTT-3.1.2-7]
  if (packet.has_will && !entered->last_will) broken_ = true;          // a promise that could not be kept: no memory
  machine_.accept(packet, entered->unreleased, at_.now());
  at_.counts().clients_admitted.add();
  entered->expiry_s = machine_.session_expiry_s();
  if (const std::uint64_t ticket = std::exchange(ticket_, 0); ticket != 0) at_.waiting_room().leave(ticket);
  if (at_.keeps() != nullptr) at_.enter_store(*entered);
  at_.settle(*this, origin_);
  shared.online.set(entered->number, true);
  at_.counts().unauthenticated_bytes.subtract(std::exchange(unauthenticated_held_, 0));
  timer_.cancel();
  watch_keep_alive(at_.now());
  meter_anew();
  if (present) {
    at_.tell(hook_event::session_resumed, &hook::on_session_resumed, session_event{describe(*entered)});
  } else {
    at_.tell(hook_event::session_created, &hook::on_session_created, session_event{describe(*entered)});
  }
  send_connack(packet, assigned, present);  // [MQTT-3.2.0-1]: nothing has been sent or delivered yet
  if (leaving_) return;
  // Before anything can be delivered: an outbox that is made meanwhile is connected already.
  // [MQTT-4.9.0-1]: never more than the client's Receive Maximum.
  if (entered->outbox) {
    entered->outbox->connect(std::min(machine_.client_receive_maximum(), shared.options.limits.max_inflight));
  }
  announce_online(present);
  pump();
}

bool client::assign_client_id(std::string& assigned) noexcept {
  try {
    assigned = at_.make_client_id();
    return true;
  } catch (...) {
    return false;
  }
}

// Before anybody is told of the user name, which may be a secret.
bool client::take_token(connect_view& packet, std::string& claimed) const noexcept {
  if (!packet.has_user_name) return true;
  try {
    auto name = at_.rights().claimed_user(packet.user_name);
    if (!name) return true;
    claimed = std::move(*name);
  } catch (const std::bad_alloc&) {
    packet.user_name = {};
    return false;
  }
  packet.password = nanolib::as_bytes(packet.user_name);
  packet.has_password = true;
  packet.user_name = claimed;
  return true;
}

// Where the listener says so, the user is who was proved in TLS, whatever the CONNECT says.
bool client::take_identity(connect_view& packet, std::string& proved) const noexcept {
  const principal asking = who({}, {});
  if (!asking.is_identified) return true;
  if (asking.identity == nullptr) return false;
  try {
    proved = user_name_of(*asking.identity, origin_.by->options.use_identity_as_username);
  } catch (const std::bad_alloc&) {
    return false;
  }
  packet.user_name = proved;
  packet.has_user_name = true;
  packet.password = {};
  return !packet.user_name.empty() && nanolib::is_valid_utf8(nanolib::as_bytes(packet.user_name));
}

bool client::is_admitted(const connect_view& packet, std::uint64_t hash) noexcept {
  const std::optional<admission> said = is_talking()   ? conversation_->with->admitted()
                                        : ticket_ == 0 ? ask_to_enter(packet, hash)
                                                       : at_.waiting_room().answer_of(ticket_);
  if (!said) {
    enters_later_ = true;
    return false;
  }
  brought_ = said->brought;
  ends_ = end_of(*said);
  user_checked_ = at_.rights().checks_users();
  is_superuser_ = said->is_superuser;
  by_others_ = said->by_others;
  const bool may_ask = !is_error(said->reason) && packet.has_will;
  if (may_ask && !learn(who(packet.client_id, packet.user_name), operation::publish, packet.will.topic)) {
    enters_later_ = true;
    return false;
  }
  const reason_code reason = check_entry(packet, hash, *said);
  if (is_error(reason)) refuse(reason, "not admitted", said->why);  // [MQTT-3.1.4-2] [MQTT-4.12.0-4]
  return !is_error(reason);
}

// By the clock on the wall now; later it is not looked at again, so that nobody stays longer because it was set back.
nanolib::instant client::end_of(const admission& said) const noexcept {
  if (said.ends_s == 0) return nanolib::never;
  constexpr std::int64_t longest_s = std::int64_t{10} * 366 * 24 * 3600;
  const auto now = at_.shared().clock.wall_now().time_since_epoch();
  const std::int64_t now_s = std::chrono::floor<std::chrono::seconds>(now).count();
  return at_.now() + std::chrono::seconds(std::clamp<std::int64_t>(said.ends_s - now_s, 0, longest_s));
}

// Whoever answers at once needs no place in the lobby, unless others are there to be waited for.
std::optional<admission> client::ask_to_enter(const connect_view& packet, std::uint64_t hash) noexcept {
  const access& rights = at_.rights();
  lobby& waiting = at_.waiting_room();
  const principal asking = who(packet.client_id, packet.user_name);
  const credentials given{packet.has_user_name, packet.password};
  if (!rights.answers_later() && waiting.is_empty()) return rights.authenticate(asking, given, nullptr);
  const std::shared_ptr<admission_reply> reply = waiting.enter(*this, hash, ticket_);
  if (!reply) return admission{reason_code::server_busy};
  if (const auto said = rights.authenticate(asking, given, reply)) waiting.answer(ticket_, *said);
  return waiting.answer_of(ticket_);
}

reason_code client::check_entry(const connect_view& packet, std::uint64_t hash, const admission& said) noexcept {
  const access& rights = at_.rights();
  if (is_error(said.reason)) {
    at_.counts().authentications_failed.add();
    note_refusal(packet, said.reason);
    return said.reason;
  }
  const principal asking = who(packet.client_id, packet.user_name);
  if (rights.binds_sessions()) {
    const session* known = at_.sessions().find(packet.client_id, hash);
    if (known != nullptr && known->user_name() != packet.user_name) {
      at_.counts().rights_denied.add();
      return reason_code::client_identifier_not_valid;
    }
  }
  if (!packet.has_will || (!at_.is_restricted() && !packet.will.topic.starts_with('$'))) return reason_code::success;
  const permission may = known(asking, operation::publish, packet.will.topic);
  if (!may.is_granted()) at_.counts().rights_denied.add();
  // Nobody could be asked: it may come again.
  return may.reason == reason_code::implementation_specific_error ? reason_code::server_unavailable : may.reason;
}

// The session goes by the client id alone [MQTT-3.1.3-2].
session* client::enter_session(const connect_view& packet, bool& present) noexcept {
  commons& shared = at_.shared();
  const std::uint64_t hash = nanolib::hash_text(packet.client_id);
  session* known = at_.sessions().find(packet.client_id, hash);
  const bool is_another = known == nullptr || known->user_name() != packet.user_name;
  if (is_another && !at_.has_session_for(packet.user_name)) return nullptr;  // before anybody has to go
  if (known != nullptr && known->connected != nullptr) {
    // [MQTT-3.1.4-3]: the session may end with its connection, and a delayed will with it; if it goes on, the will that
    // waits gives way to the new connection's in open() [MQTT-3.1.3-9].
    known->connected->take_over();
    known = at_.sessions().find(packet.client_id, hash);
  }
  if (known != nullptr && packet.clean_start) {
    at_.end_session(*known, session_end::discarded);  // [MQTT-3.1.2-4] [MQTT-3.1.4-4]
    known = nullptr;
  }
  clean_start_ = packet.clean_start;
  // [MQTT-3.1.2-5] [MQTT-3.2.2-2] [MQTT-3.2.2-3]: what is still known goes on, and the client is told whether it does.
  present = known != nullptr;
  try {
    auto user = packet.user_name.empty() ? nullptr : std::make_unique<const std::string>(packet.user_name);
    if (known == nullptr) {  // [MQTT-3.1.2-6]
      if (shared.sessions.load(std::memory_order_relaxed) >= shared.options.limits.max_sessions) return nullptr;
      known = at_.sessions().create(packet.client_id, hash);
      if (known == nullptr) return nullptr;
      shared.sessions.fetch_add(1, std::memory_order_relaxed);
      at_.counts().sessions_now.add();
    }
    if (!at_.count_for_user(*known, packet.user_name)) {  // another shard was quicker
      if (!present) at_.end_session(*known, session_end::discarded);
      return nullptr;
    }
    known->user = std::move(user);
    known->is_superuser = is_superuser_;
    known->rights_epoch = 0;  // another user or address has other rights
    if (known->subscriptions.size() == 0) at_.note_fresh(*known);
    return known;
  } catch (...) {
    return nullptr;
  }
}

std::unique_ptr<will> client::make_will(const connect_view& packet) noexcept {
  const nanonng::mqtt::will_view& from = packet.will;
  nanolib::publication what;
  what.topic = from.topic;
  what.topic_hash = nanolib::hash_text(from.topic);
  what.payload = from.payload;
  what.qos = from.qos;
  what.retain = from.retain;
  what.publisher = session_->number;
  std::unique_ptr<will> made;
  try {
    if (machine_.is_v5()) what.properties = will_properties(from.props, at_.property_scratch());
    made = std::make_unique<will>();
  } catch (...) {
    return nullptr;
  }
  made->what = what.keep();
  if (!made->what) return nullptr;
  if (machine_.is_v5() && from.props.has(property_id::will_delay_interval)) {
    made->delay_s = std::min(from.props.will_delay_interval, at_.shared().options.limits.max_will_delay_s);
  }
  made->expires = machine_.is_v5() && from.props.has(property_id::message_expiry_interval);
  made->expiry_s = made->expires ? from.props.message_expiry_interval : 0;
  return made;
}

nanolib::bytes client::will_properties(const nanonng::mqtt::properties& from, nanonng::mqtt::buffer& scratch) {
  // What is about the will itself is left out, the rest travels with the message, in its order [MQTT-3.1.3-10].
  scratch.clear();
  nanonng::mqtt::property_reader reader(from.raw);
  nanonng::mqtt::property one;
  nanolib::bytes before = from.raw;
  while (reader.next(one)) {
    const nanolib::bytes rest = reader.rest();
    if (one.id != property_id::will_delay_interval && one.id != property_id::message_expiry_interval) {
      const nanolib::bytes raw = before.first(before.size() - rest.size());
      scratch.insert(scratch.end(), raw.begin(), raw.end());
    }
    before = rest;
  }
  return scratch;
}

void client::send_connack(const connect_view& packet, std::string_view assigned, bool present) noexcept {
  try {
    nanonng::mqtt::buffer out;
    nanonng::mqtt::buffer block;
    nanonng::mqtt::connack_choice choice{assigned, machine_.session_expiry_s()};
    if (is_talking()) choice.authentication_data = nanolib::as_bytes(conversation_->answer);
    if (machine_.is_v5()) block = nanonng::mqtt::connack_properties(origin_.by->settings, machine_, packet, choice);
    // 3.1 has no session present flag: the byte is reserved there.
    const bool flag = present && machine_.version() != nanonng::mqtt::protocol_version::v3_1;
    // [MQTT-3.1.4-5]
    nanonng::mqtt::encode_connack_into(out, flag, reason_code::success, machine_.version(), block);
    if (out.size() > machine_.client_maximum_packet_size() && assigned.empty()) {
      // [MQTT-3.1.2-24]: a client that takes so little is not told the limits, only held to them.
      out.clear();
      block = nanonng::mqtt::indispensable_connack_properties(machine_, choice);
      nanonng::mqtt::encode_connack_into(out, flag, reason_code::success, machine_.version(), block);
    }
    if (out.size() > machine_.client_maximum_packet_size()) {
      return leave(reason_code::packet_too_large, false, at_.now());
    }
    append(out);
  } catch (...) {
    broken_ = true;
    at_.ask_again(*this);
  }
}

void client::refuse(reason_code reason, std::string_view why, std::string_view detail) noexcept {
  at_.counts().connections_refused.add();
  if (at_.shared().traces.any()) trace_connect(reason);
  at_.shared().log.event(nanolib::log_component::access, nanolib::log_level::info, "client_refused",
                         {{"client", at_.scratch().connect.client_id},
                          {"address", origin_.address},
                          {"reason", static_cast<int>(reason)},
                          {"why", detail.empty() ? why : detail}});
  tell_refused(reason, why);
  part(reason, why);
  leave(reason, false, at_.now() + nanolib::duration(2000));
}

hook_client client::describe(const session& of) const noexcept {
  return {.shard = at_.number(),
          .client_id = of.client_id,
          .user_name = of.user_name(),
          .address = origin_.address,
          .listener = origin_.by->id,
          .keep_alive_s = machine_.keep_alive_s(),
          .protocol_version = static_cast<std::uint8_t>(machine_.version()),
          .clean_start = clean_start_};
}

hook_client client::describe(const entrant& of) const noexcept {
  return {.shard = at_.number(),
          .client_id = of.client_id,
          .user_name = of.user_name,
          .address = origin_.address,
          .listener = origin_.by->id,
          .keep_alive_s = of.keep_alive_s,
          .protocol_version = of.protocol_version,
          .clean_start = of.clean_start};
}

// Once, however often the CONNECT is looked at until there is an answer.
void client::announce_entry(const connect_view& packet, bool has_client_id) noexcept {
  if (entrant_ || !(at_.hears(hook_event::connect) || at_.hears(hook_event::refused))) return;
  try {
    entrant_ = std::make_unique<const entrant>(
        entrant{std::string(has_client_id ? packet.client_id : std::string_view()), std::string(packet.user_name),
                packet.keep_alive_s, static_cast<std::uint8_t>(packet.version), packet.clean_start});
  } catch (...) {
    return;  // whoever comes while there is no memory is not told of
  }
  at_.tell(hook_event::connect, &hook::on_connect, connect_event{describe(*entrant_), packet.has_will});
}

void client::tell_refused(reason_code reason, std::string_view why) noexcept {
  if (!entrant_) return;
  const std::unique_ptr<const entrant> of = std::move(entrant_);
  at_.tell(hook_event::refused, &hook::on_refused, refused_event{describe(*of), reason, why});
}

void client::announce_online(bool session_present) noexcept {
  announced_ = true;
  entrant_.reset();
  at_.shared().log.event(nanolib::log_level::info, "client_connected",
                         {{"client", session_->client_id},
                          {"address", origin_.address},
                          {"listener", origin_.by->id},
                          {"version", static_cast<int>(machine_.version())},
                          {"keep_alive", machine_.keep_alive_s()}});
  const hook_client who = describe(*session_);
  at_.tell(hook_event::connected, &hook::on_connected, connected_event{who, session_present});
  publish_client_status(at_, {who, true, reason_code::success});
}

void client::announce_offline(const session& of, reason_code reason, ended_by by) noexcept {
  at_.shared().log.event(
      nanolib::log_level::info, "client_disconnected",
      {{"client", of.client_id}, {"address", origin_.address}, {"reason", static_cast<int>(reason)}});
  const hook_client who = describe(of);
  at_.tell(hook_event::disconnected, &hook::on_disconnected, disconnected_event{who, reason, by});
  publish_client_status(at_, {who, false, reason});
}

}  // namespace nanomq::broker
