#include "nanomq/tools/load_client.hpp"

#include <array>
#include <cerrno>
#include <new>
#include <utility>

namespace nanomq::tools {

using nanonng::mqtt::client_action;
using nanonng::mqtt::decode_status;
using nanonng::mqtt::quality_of_service;
using nanonng::mqtt::reason_code;

namespace {

constexpr std::size_t answers_room = 256;
constexpr nanolib::error out_of_memory{nanolib::error_domain::sys, ENOMEM};

/// Whether connect() failed for want of something on this side.
bool is_local(int code) noexcept {
  return code == EMFILE || code == ENFILE || code == EADDRNOTAVAIL || code == ENOBUFS || code == ENOMEM;
}

}  // namespace

// ---- connecting ----

std::expected<void, failure> load_client::connect(const socket_address& to, const socket_address* source,
                                                  const nanonng::mqtt::connect_options& options) {
  const auto now = context_.loop.now();
  if (machine_ || dialer_.is_dialing()) return std::unexpected(failure{.what = failure::kind::local});
  // CONNECT is made before there is a socket: so nothing of the options has to be kept, and the machine's patience for
  // CONNACK covers the whole way to it.
  opened_ = false;
  machine_.emplace(context_.settings, session_);
  connect_packet_.clear();
  const auto verdict = machine_->connect(options, now, connect_packet_);
  if (verdict.is_refusal()) {
    machine_.reset();
    return std::unexpected(failure{.what = failure::kind::local, .reason = verdict.reason, .why = verdict.why});
  }
  if (const auto begun = dialer_.start(to, source); !begun) {
    machine_.reset();
    const auto kind = is_local(begun.error().code) ? failure::kind::local : failure::kind::dial;
    return std::unexpected(failure{.what = kind, .error = begun.error()});
  }
  set_timer();
  return {};
}

void load_client::on_dialed(std::unique_ptr<nanonng::net::stream> over) noexcept {
  if (!context_.layers.is_plain()) over = add_client_layers(std::move(over), context_.layers);
  if (!over) return go_down({.what = failure::kind::local, .error = out_of_memory});
  connection_.emplace(context_.loop, std::move(over), static_cast<nanonng::net::connection_handler&>(*this));
  const bool appended = connection_->append(connect_packet_);
  nanonng::mqtt::buffer{}.swap(connect_packet_);
  if (!appended) go_down({.what = failure::kind::local, .error = out_of_memory});
}

void load_client::on_dial_failed(nanolib::error why) noexcept { go_down({.what = failure::kind::dial, .error = why}); }

// ---- sending ----

bool load_client::subscribe(std::span<const nanonng::mqtt::subscription_request> entries,
                            nanonng::mqtt::request_token token, nanonng::mqtt::bytes properties) {
  if (!is_open()) return false;
  nanonng::mqtt::buffer packet;
  const auto permit = machine_->subscribe(entries, properties, token, packet);
  refusal_ = permit.refusal;
  if (permit.what != nanonng::mqtt::permit::kind::send) return false;
  machine_->sent(context_.loop.now());
  return connection_->append(packet);
}

bool load_client::write(const publish_template& message, std::uint16_t packet_identifier, bool dup,
                        const stamp& what) noexcept {
  std::byte* const room = connection_->reserve(message.size());
  if (room == nullptr) return false;
  message.encode_into(room, packet_identifier, dup, what);
  connection_->commit(message.size());
  machine_->sent(context_.loop.now());
  return true;
}

load_client::sending load_client::publish(const publish_template& message, const stamp& what,
                                          nanonng::mqtt::request_token token) noexcept {
  if (!is_open()) return sending::wait;
  std::uint16_t packet_identifier = 0;
  if (message.qos() != quality_of_service::at_most_once) {
    auto packet = message.outgoing();
    const auto permit = machine_->publish(packet, token);
    if (permit.what == nanonng::mqtt::permit::kind::wait) return sending::wait;
    if (permit.what == nanonng::mqtt::permit::kind::refused) return sending::refused;
    packet_identifier = permit.packet_identifier;
  }
  return write(message, packet_identifier, false, what) ? sending::done : sending::refused;
}

load_client::sending load_client::publish(nanonng::mqtt::outgoing_publish packet,
                                          nanonng::mqtt::request_token token) noexcept {
  if (!is_open()) return sending::wait;
  const auto permit = machine_->publish(packet, token);
  refusal_ = permit.refusal;
  if (permit.what == nanonng::mqtt::permit::kind::wait) return sending::wait;
  if (permit.what == nanonng::mqtt::permit::kind::refused) return sending::refused;
  std::byte* const room = connection_->reserve(permit.size.head);
  if (room == nullptr) return sending::refused;
  encode_head_into(room, packet, permit.size, machine_->version());
  connection_->commit(permit.size.head);
  machine_->sent(context_.loop.now());
  return connection_->append(packet.payload) ? sending::done : sending::refused;
}

load_client::sending load_client::publish_again(const publish_template& message, const stamp& what,
                                                const nanonng::mqtt::owed_publish& owed) noexcept {
  auto packet = message.outgoing();
  const auto permit = machine_->publish_again(packet, owed);
  if (permit.what == nanonng::mqtt::permit::kind::wait) return sending::wait;
  if (permit.what == nanonng::mqtt::permit::kind::refused) return sending::refused;
  return write(message, permit.packet_identifier, packet.dup, what) ? sending::done : sending::refused;
}

nanonng::mqtt::verdict load_client::check(const publish_template& message) noexcept {
  if (message.qos() > machine_->limits().maximum_qos) {
    return {reason_code::qos_not_supported, "QoS not supported by the server"};
  }
  // What has no QoS is not counted: the machine can be asked about it for nothing.
  auto packet = message.outgoing();
  packet.qos = quality_of_service::at_most_once;
  return machine_->publish(packet, 0).refusal;
}

void load_client::write_answers() noexcept {
  while (machine_ && machine_->has_answers()) {
    std::byte* const room = connection_->reserve(answers_room);
    if (room == nullptr) return go_down({.what = failure::kind::local, .error = out_of_memory});
    connection_->commit(machine_->write_answers({room, answers_room}));
    machine_->sent(context_.loop.now());
  }
}

// ---- receiving ----

load_client::consumed load_client::on_input(nanolib::bytes input) noexcept {
  const moment arrived = std::chrono::steady_clock::now();
  const auto now = context_.loop.now();
  std::size_t used = 0;
  while (used < input.size()) {
    const auto found = nanonng::mqtt::next_frame(input.subspan(used), machine_->maximum_packet_size());
    if (found.status == decode_status::need_more) {
      write_answers();
      return {used, found.announced};
    }
    const bool whole = found.status == decode_status::done;
    const client_action action =
        whole ? machine_->receive(found.packet, now, context_.incoming) : machine_->reject(found.reason);
    if (!act(action, arrived)) return {input.size(), 0};
    used += found.packet.size;
  }
  write_answers();
  return {used, 0};
}

bool load_client::act(const client_action& action, moment arrived) noexcept {
  switch (action.what) {
    case client_action::kind::deliver:
      context_.handler.on_message(*this, context_.incoming.publish, arrived);
      break;
    case client_action::kind::completed:
      context_.handler.on_completed(*this, action.token, action.reason, arrived);
      break;
    case client_action::kind::subscribed:
      context_.handler.on_subscribed(*this, action.token, context_.incoming.suback);
      break;
    case client_action::kind::opened:
      opened_ = true;
      set_timer();
      context_.handler.on_open(*this, context_.incoming.connack);
      break;
    case client_action::kind::refused:
      go_down({.what = failure::kind::refused, .reason = action.reason});
      break;
    case client_action::kind::ended:
      go_down({.what = failure::kind::disconnected, .reason = action.reason});
      break;
    case client_action::kind::challenge:  // there is no method that we could have asked for
    case client_action::kind::fail:
      fail(action);
      break;
    case client_action::kind::nothing:
    case client_action::kind::repeat:
    case client_action::kind::recorded:
    case client_action::kind::unsubscribed:
    case client_action::kind::authenticated:
    case client_action::kind::ignored:
      break;
  }
  // The handler may have begun to connect anew: that is another connection.
  return !connection_->closed();
}

// ---- the end ----

void load_client::fail(const client_action& action) noexcept {
  failure why{.what = failure::kind::violation, .reason = action.reason, .why = action.why};
  try {
    nanonng::mqtt::buffer last;
    machine_->part_into(action, last);
    if (connection_) static_cast<void>(connection_->append(last));
  } catch (const std::bad_alloc&) {
    why.error = out_of_memory;
  }
  go_down(why);
}

void load_client::on_timer(nanolib::instant now) noexcept {
  if (!machine_) return;
  const client_action action = machine_->tick(now);
  if (action.what != client_action::kind::fail) {
    write_answers();
    return set_timer();
  }
  if (dialer_.is_dialing()) {
    go_down({.what = failure::kind::dial, .error = {nanolib::error_domain::sys, ETIMEDOUT}});
  } else {
    go_down({.what = opened_ ? failure::kind::silent : failure::kind::connack_timeout});
  }
}

void load_client::on_closed(nanolib::error why) noexcept {
  failure gone{.what = failure::kind::closed, .error = why};
  if (!context_.layers.is_plain()) gone.detail = connection_->transport()->failure();
  go_down(std::move(gone));
}

void load_client::go_down(failure why) noexcept {
  if (!machine_) return;
  why.after_connack = opened_;
  forget_connection();
  context_.handler.on_down(*this, why);
}

void load_client::forget_connection() noexcept {
  timer_.cancel();
  dialer_.cancel();
  if (connection_) connection_->close();
  if (machine_) machine_->disconnected();
  machine_.reset();
}

void load_client::disconnect(std::optional<std::uint32_t> session_expiry_s) noexcept {
  if (is_open()) {
    try {
      nanonng::mqtt::buffer last;
      static_cast<void>(machine_->disconnect(reason_code::success, session_expiry_s, {}, last));
      static_cast<void>(connection_->append(last));
    } catch (const std::bad_alloc&) {
      // The server finds the connection closed then.
      return drop();
    }
  }
  forget_connection();
}

void load_client::drop() noexcept { forget_connection(); }

void load_client::set_timer() noexcept {
  const auto deadline = machine_->deadline();
  if (deadline == nanolib::never) {
    timer_.cancel();
  } else {
    context_.loop.timers().set(timer_, deadline);
  }
}

}  // namespace nanomq::tools
