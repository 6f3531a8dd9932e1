// Who has connected and is not in yet: from there to the answer of the CONNECT, and out when others need the place.
#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

/// Of those who came through other listeners, when one is looked for that came through this.
constexpr int most_looked_at = 64;
/// Lines about proxies that are not believed are this far apart.
constexpr nanolib::duration proxy_report_pause{60'000};

}  // namespace

void shard::greet(client& which) noexcept {
  which.is_new = true;
  which.older = newest_;
  (newest_ != nullptr ? newest_->newer : oldest_) = &which;
  newest_ = &which;
}

void shard::end_newcomer(client& which) noexcept {
  if (!std::exchange(which.is_new, false)) return;
  (which.older != nullptr ? which.older->newer : oldest_) = which.newer;
  (which.newer != nullptr ? which.newer->older : newest_) = which.older;
  which.older = which.newer = nullptr;
}

void shard::settle(client& which, visitor& who) noexcept {
  end_newcomer(which);
  if (std::exchange(who.half_open, false)) shared_.half_open.leave(who.address);
}

// Who has been silent longest goes; with `of`, of those who came through that listener. Each shard looks among its own.
bool shard::make_room(const listener_counts* of) noexcept {
  int looked_at = 0;
  for (client* one = oldest_; one != nullptr && looked_at < most_looked_at; one = one->newer, ++looked_at) {
    if (of != nullptr && one->origin().by->counts.get() != of) continue;
    one->give_way();
    return true;
  }
  return false;
}

void shard::report_proxy(const listener_profile& by, const std::string& peer) noexcept {
  counts_.proxies_refused.add();
  if (proxy_reported_ != nanolib::instant{} && now() - proxy_reported_ < proxy_report_pause) return;
  proxy_reported_ = now();
  shared_.log.event(nanolib::log_level::warn, "proxy_refused",
                    {{"listener", by.id},
                     {"address", peer},
                     {"why", "not in proxy_trusted"},
                     {"refused", counts_.proxies_refused.get()}});
}

}  // namespace nanomq::broker
