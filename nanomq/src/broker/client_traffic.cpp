// How fast a client may send: while it is ahead of its rates nothing is read from it, and TCP tells it to wait.
#include <algorithm>
#include <utility>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

/// At most one line in so much time says of a client that it is too fast.
constexpr nanolib::duration between_lines{60'000};

}  // namespace

void client::meter_anew() noexcept {
  if (leaving_ || session_ == nullptr) return;
  try {
    std::unique_ptr<traffic_meter> made = at_.traffic().meter_for(*origin_.by, session_->user_name(), at_.now());
    if (!made && !meter_) return;
    meter_ = made ? std::make_unique<metered>(*this, std::move(made)) : nullptr;
  } catch (...) {
    // No memory for a limit: it would have been one more among those that memory sets.
    at_.counts().dropped_no_memory.add();
  }
  if (stalled_) at_.ask_again(*this);
}

bool client::may_publish(const nanolib::publication& what) noexcept {
  switch (meter_->by->judge(what.qos, at_.now())) {
    case traffic_meter::verdict::take:
      return true;
    case traffic_meter::verdict::drop:
      at_.drop(drop_reason::over_rate, what, session_, true);
      tell_rate("dropped");
      return false;
    case traffic_meter::verdict::disconnect:
      break;
  }
  at_.counts().rate_disconnects.add();
  tell_rate("disconnected");
  part(nanonng::mqtt::reason_code::message_rate_too_high, "message rate too high");
  leave(nanonng::mqtt::reason_code::message_rate_too_high, true, at_.now() + nanolib::duration(2'000));
  return false;
}

void client::pay_for(std::size_t bytes) noexcept {
  meter_->by->pay(bytes, at_.now());
  if (stalled_ || leaving_ || !awaits_tokens()) return;
  stalled_ = true;
  stop_reading();
  at_.counts().rate_waits.add();
  tell_rate("waits");
}

bool client::awaits_tokens() noexcept {
  if (!meter_) return false;
  const nanolib::instant now = at_.now();
  const nanolib::instant ready = meter_->by->ready(now);
  if (ready <= now) return false;
  if (!meter_->timer.is_set()) at_.loop().timers().set(meter_->timer, ready);
  return true;
}

void client::on_tokens(nanolib::instant) noexcept { at_.ask_again(*this, shard::when::woken); }

void client::tell_rate(std::string_view what) noexcept {
  const nanolib::instant now = at_.now();
  if (now < meter_->next_line) return;
  meter_->next_line = now + between_lines;
  at_.shared().log.event(nanolib::log_level::info, "client_over_rate",
                         {{"client", session_->client_id},
                          {"user", session_->user_name()},
                          {"address", origin_.address},
                          {"listener", origin_.by->id},
                          {"outcome", what}});
}

bool client::may_ask(const nanonng::mqtt::connect_view& packet) noexcept {
  if (at_.shared().bans.bans_client(packet.client_id, packet.user_name, origin_.address)) {
    at_.counts().bans_refused.add();
    at_.tell_refusal("client_banned", origin_, packet.client_id, packet.user_name);
    refuse(nanonng::mqtt::reason_code::banned, "banned");
    return false;
  }
  if (!at_.shared().arrivals.must_back_off(origin_.address, at_.now())) return true;
  at_.counts().logins_over_rate.add();
  at_.tell_refusal("logins_over_rate", origin_, packet.client_id, packet.user_name);
  refuse(nanonng::mqtt::reason_code::connection_rate_exceeded, "too many failed logins");
  return false;
}

// That nobody had the time to look at a password says nothing about it.
void client::note_refusal(const nanonng::mqtt::connect_view& packet, nanonng::mqtt::reason_code reason) noexcept {
  using nanonng::mqtt::reason_code;
  if (reason != reason_code::bad_user_name_or_password && reason != reason_code::not_authorized) return;
  at_.shared().arrivals.note_failed_login(origin_.address, at_.now());
  at_.tell_refusal("login_refused", origin_, packet.client_id, packet.user_name);
}

void client::on_other_bans() noexcept {
  if (leaving_ || handed_over_) return;
  const principal own = who();
  ban_list& bans = at_.shared().bans;
  if (session_ == nullptr ? !bans.bans_address(own.address)
                          : !bans.bans_client(own.client_id, own.user_name, own.address))
    return;
  at_.counts().bans_refused.add();
  at_.tell_refusal("client_banned", origin_, own.client_id, own.user_name);
  part(nanonng::mqtt::reason_code::administrative_action, "banned");
  leave(nanonng::mqtt::reason_code::administrative_action, true, at_.now() + nanolib::duration(2'000));
}

// A client id that comes and goes all the time from one address stays away for a while; the same client id from elsewhere
// need not: it may be somebody else's fault.
void client::watch_for_flapping(const session& of, nanonng::mqtt::reason_code reason) noexcept {
  using nanonng::mqtt::reason_code;
  if (reason == reason_code::server_shutting_down || reason == reason_code::administrative_action) return;
  const auto away = at_.shared().arrivals.note_end(of.client_id, origin_.address, at_.now());
  if (!away) return;
  at_.counts().flapping_bans.add();
  at_.shared().log.event(nanolib::log_component::access, nanolib::log_level::warn, "client_flapping",
                         {{"client", of.client_id},
                          {"user", of.user_name()},
                          {"address", origin_.address},
                          {"banned_s", std::chrono::floor<std::chrono::seconds>(*away).count()}});
  try {
    ban made;
    made.client_id = of.client_id;
    static_cast<void>(made.set_address(origin_.address));
    made.reason = "comes and goes too often";
    made.since = at_.shared().clock.wall_now();
    made.until = made.since + *away;
    made.from = ban::source::flapping;
    static_cast<void>(at_.shared().bans.add(std::move(made)));
  } catch (...) {
    at_.counts().dropped_no_memory.add();
  }
}

}  // namespace nanomq::broker
