// Rates and bans on one shard: their change while it runs, and who is turned away at the door.
#include <utility>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

class change_of_traffic final : public nanonng::net::inbox_item {
 public:
  change_of_traffic(shard& of, std::shared_ptr<traffic_policy> to) noexcept : of_(of), to_(std::move(to)) {}
  void run() noexcept override { of_.set_traffic(std::move(to_)); }

 private:
  shard& of_;
  std::shared_ptr<traffic_policy> to_;
};

class ban_review final : public nanonng::net::inbox_item {
 public:
  explicit ban_review(shard& of) noexcept : of_(of) {}
  void run() noexcept override { of_.review_bans(); }

 private:
  shard& of_;
};

}  // namespace

void shard::post_traffic(std::shared_ptr<traffic_policy> to) {
  loop_->post(std::make_unique<change_of_traffic>(*this, std::move(to)));
}

void shard::post_ban_review() { loop_->post(std::make_unique<ban_review>(*this)); }

void shard::set_traffic(std::shared_ptr<traffic_policy> to) noexcept {
  traffic_ = std::move(to);
  for (const std::unique_ptr<client>& one : clients_) one->meter_anew();
}

void shard::review_bans() noexcept {
  for (const std::unique_ptr<client>& one : clients_) one->on_other_bans();
}

bool shard::may_arrive(const visitor& who) noexcept {
  if (shared_.bans.bans_address(who.address)) {
    counts_.bans_refused.add();
    tell_refusal("address_banned", who, {}, {});
    return false;
  }
  if (shared_.arrivals.may_connect(who.address, now())) return true;
  counts_.connections_over_rate.add();
  tell_refusal("connections_over_rate", who, {}, {});
  return false;
}

void shard::tell_refusal(std::string_view event, const visitor& who, std::string_view client_id,
                         std::string_view user) noexcept {
  nanolib::log& log = shared_.log;
  constexpr auto level = nanolib::log_level::warn;
  if (!log.wants(level) || !shared_.arrivals.may_tell(who.address, now())) return;
  if (client_id.empty() && user.empty()) {
    return log.event(level, event, {{"address", who.address}, {"listener", who.by->id}});
  }
  log.event(level, event, {{"address", who.address}, {"listener", who.by->id}, {"user", user}, {"client", client_id}});
}

// Those that are too early wait in the system's queue, and nobody is turned away.
void shard::pace(door& at) noexcept {
  const nanolib::bucket_shape& most = at.by->connection_rate;
  if (!most.is_limited()) return;
  nanolib::shared_token_bucket& arrivals = at.by->counts->arrivals;
  arrivals.spend(most, 1, now());
  if (const nanolib::instant ready = arrivals.ready(most, now()); ready > now()) at.accepts->rest_until(ready);
}

}  // namespace nanomq::broker
