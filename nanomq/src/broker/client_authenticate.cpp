// AUTH packets: who a client is comes out in a conversation, before it enters, and perhaps once more while it is there.
//
// Until the client has entered, CONNECT and each AUTH stay in front of its input, and count as memory of somebody who has
// not said who they are. When the conversation has ended the CONNECT is looked at again, now with its outcome.
#include <algorithm>
#include <new>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

using nanonng::mqtt::connect_view;
using nanonng::mqtt::property_id;
using nanonng::mqtt::reason_code;
using nanonng::mqtt::server_machine;

bool client::has_authenticated(connect_view& packet) noexcept {
  if (!machine_.is_v5() || !packet.props.has(property_id::authentication_method)) return true;
  if (!conversation_) {
    const principal asking = who(packet.client_id, packet.user_name);
    if (!begin_conversation(asking, packet.props.authentication_method, false)) {
      // [MQTT-4.12.0-1] [MQTT-4.12.0-4]
      refuse(reason_code::bad_authentication_method, "no such authentication method");
      return false;
    }
    converse(packet.props);
  }
  if (leaving_ || !conversation_->has_ended) return false;
  announce_user(conversation_->with->user_name());
  if (conversation_->rights_epoch != at_.rights_epoch()) {
    refuse(reason_code::server_busy, "the rights have changed meanwhile");
    return false;
  }
  if (is_error(conversation_->with->admitted().reason)) return true;  // who admits says so
  const std::string_view shown = conversation_->with->user_name();
  if (packet.has_user_name && packet.user_name != shown) {
    at_.counts().authentications_failed.add();
    refuse(reason_code::not_authorized, "not admitted", "the user name is not the one that was authenticated");
    return false;
  }
  packet.user_name = shown;
  packet.has_user_name = true;
  packet.password = {};
  return true;
}

bool client::begin_conversation(const principal& of, std::string_view method, bool is_repeated) noexcept {
  try {
    auto begun = std::make_unique<conversation>();
    begun->with = at_.rights().begin_exchange(of, method);
    if (!begun->with) return false;
    begun->rights_epoch = at_.rights_epoch();
    begun->is_repeated = is_repeated;
    conversation_ = std::move(begun);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void client::converse(const nanonng::mqtt::properties& from) noexcept {
  conversation& now = *conversation_;
  const nanolib::bytes data = from.has(property_id::authentication_data) ? from.authentication_data : nanolib::bytes();
  now.answer.clear();
  now.has_ended =
      now.rights_epoch != at_.rights_epoch() || now.with->hear(data, now.answer) == exchange::outcome::ended;
  if (now.has_ended) return;
  try {
    nanonng::mqtt::buffer packet;
    if (!machine_.challenge(nanolib::as_bytes(now.answer), packet)) {
      return fail(reason_code::packet_too_large, "AUTH would be larger than the client takes");
    }
    append(packet);
  } catch (const std::bad_alloc&) {
    broken_ = true;
    at_.ask_again(*this);
  }
}

void client::on_auth() noexcept {
  const nanonng::mqtt::reason_view& packet = at_.scratch().reason;
  const bool begins = packet.reason == reason_code::reauthenticate;
  if (begins && !begin_conversation(who(), machine_.authentication_method(), true)) {
    return deny("no such authentication method any more");
  }
  converse(packet.props);
  if (!leaving_ && conversation_->has_ended && conversation_->is_repeated) end_repeated_conversation();
}

// Until it has succeeded, what was shown before holds (§4.12.1).
void client::end_repeated_conversation() noexcept {
  const std::unique_ptr<conversation> over = std::move(conversation_);
  if (over->rights_epoch != at_.rights_epoch()) return deny("the rights have changed meanwhile");
  const admission& said = over->with->admitted();
  if (is_error(said.reason) || over->with->user_name() != session_->user_name()) {
    at_.counts().authentications_failed.add();
    return deny("not authenticated again");  // [MQTT-4.12.1-2]
  }
  try {
    nanonng::mqtt::buffer packet;
    if (!machine_.authenticated(nanolib::as_bytes(over->answer), packet)) {
      return fail(reason_code::packet_too_large, "AUTH would be larger than the client takes");
    }
    append(packet);
  } catch (const std::bad_alloc&) {
    broken_ = true;
    return at_.ask_again(*this);
  }
  ends_ = end_of(said);
  brought_ = said.brought;
  session_->rights_epoch = 0;  // what it may do can be something else now
  watch_keep_alive(at_.now());
}

std::size_t client::go_past(std::size_t handled) noexcept {
  if (!is_talking() || leaving_) return handled;
  if (session_ != nullptr) {
    handled = std::max(handled, conversation_->handled);
    conversation_.reset();
    return handled;
  }
  conversation_->handled = handled;
  if (!conversation_->has_ended) return handled;
  machine_ = server_machine(origin_.by->settings, at_.now());
  return 0;
}

}  // namespace nanomq::broker
