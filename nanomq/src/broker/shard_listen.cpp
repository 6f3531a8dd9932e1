// How connections come to a shard and leave it again: listeners, their layers and limits, the way to another shard.
#include <algorithm>
#include <new>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

/// A connection that changes shards after its CONNECT has been read.
class handover final : public nanonng::net::inbox_item {
 public:
  handover(shard& to, arrival what) noexcept : to_(to), what_(std::move(what)) {}
  void run() noexcept override { to_.adopt(std::move(what_)); }

 private:
  shard& to_;
  arrival what_;
};

/// Holds who comes from one address to the rate that the listener allows.
class handshake_limit final : public nanonng::net::handshake_gate {
 public:
  handshake_limit(shard& at, std::shared_ptr<const listener_profile> by) noexcept : at_(at), by_(std::move(by)) {}
  bool admits(const std::string& peer) noexcept override {
    if (by_->counts->handshakes.admits(peer, by_->options.max_handshake_rate, at_.now())) return true;
    at_.counts().handshakes_limited.add();
    return false;
  }

 private:
  shard& at_;
  std::shared_ptr<const listener_profile> by_;
};

class listener_change final : public nanonng::net::inbox_item {
 public:
  listener_change(shard& of, std::shared_ptr<const open_listeners> all) noexcept : of_(of), all_(std::move(all)) {}
  void run() noexcept override { of_.listen(*all_); }

 private:
  shard& of_;
  std::shared_ptr<const open_listeners> all_;
};

}  // namespace

nanolib::result<void> shard::listen(const open_listeners& all) noexcept {
  const auto is_there = [&](const auto& socket) {
    return std::ranges::any_of(all, [&](const open_listener& one) { return one.socket == socket; });
  };
  std::erase_if(doors_, [&](const std::unique_ptr<door>& one) { return !is_there(one->socket); });
  if (stopping_) return {};
  nanolib::result<void> outcome;
  for (const open_listener& one : all) {
    const auto known = std::ranges::find(doors_, one.socket, [](const auto& each) { return each->socket; });
    if (known != doors_.end()) {
      (*known)->by = one.by;
    } else if (const auto opened = open_door(one); !opened) {
      outcome = opened;
    }
  }
  return outcome;
}

nanolib::result<void> shard::open_door(const open_listener& what) noexcept {
  try {
    auto made = std::make_unique<door>();
    made->socket = what.socket;
    made->by = what.by;
    made->accepts = std::make_unique<nanonng::net::acceptor>(
        *loop_, what.socket, [this, of = made.get()](std::unique_ptr<nanonng::net::stream> over) {
          on_accept(std::move(over), of->by);
          pace(*of);
        });
    auto started = made->accepts->start();
    doors_.push_back(std::move(made));
    return started;
  } catch (const std::bad_alloc&) {
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
  }
}

void shard::post_listeners(std::shared_ptr<const open_listeners> all) {
  loop_->post(std::make_unique<listener_change>(*this, std::move(all)));
}

void shard::on_accept(std::unique_ptr<nanonng::net::stream> over,
                      const std::shared_ptr<const listener_profile>& by) noexcept {
  counts_.connections_accepted.add();
  if (!enter_totals(*by)) {
    counts_.connections_refused.add();
    return;
  }
  arrival made;
  made.who.by = by;
  try {
    const std::string peer = over->peer();
    const bool trusted = !by->options.proxy_protocol || by->trusts(peer);
    // Whoever has left again has no address any more: the health check of a proxy, for one.
    if (!trusted && !peer.empty()) report_proxy(*by, peer);
    if (!by->options.proxy_protocol) made.who.address = without_port(peer);
    if (trusted && (by->options.proxy_protocol || (may_arrive(made.who) && count_address(made.who)))) {
      made.who.user = nanonng::net::peer_user(over->descriptor());
      made.over = add_layers(*by, std::move(over), handshakes_through(by));
    }
  } catch (...) {
    made.over.reset();
  }
  if (made.over) return adopt(std::move(made));
  forget(made.who);
  counts_.connections_refused.add();
}

// On the pool's threads; here, one step a turn, where there are none.
nanonng::net::tls_stream_options shard::handshakes_through(const std::shared_ptr<const listener_profile>& by) {
  nanonng::net::tls_stream_options how;
  if (!by->tls) return how;
  how.pace = &pace_;
  how.home = loop_.get();
  if (shared_.options.handshake_threads != 0) how.pool = &shared_.handshakes;
  if (by->options.max_handshake_rate != 0) how.gate = std::make_shared<handshake_limit>(*this, by);
  return how;
}

// Within the bounds of the broker and of the listener; and the highest number so far.
bool shard::enter_totals(const listener_profile& by) noexcept {
  const std::uint32_t most = shared_.max_connections.load(std::memory_order_relaxed);
  const std::uint32_t most_here = by.options.max_connections;
  if (shared_.connections.load(std::memory_order_relaxed) >= most && !make_room(nullptr)) return false;
  std::atomic<std::uint32_t>& here = by.counts->connections;
  const bool is_full = most_here != 0 && here.load(std::memory_order_relaxed) >= most_here;
  if (is_full && !make_room(by.counts.get())) return false;
  if (here.fetch_add(1, std::memory_order_relaxed) >= most_here && most_here != 0) {
    here.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  const std::uint32_t now_there = shared_.connections.fetch_add(1, std::memory_order_relaxed) + 1;
  std::uint32_t peak = shared_.connections_peak.load(std::memory_order_relaxed);
  while (peak < now_there && !shared_.connections_peak.compare_exchange_weak(peak, now_there)) continue;
  return true;
}

bool shard::count_address(visitor& who) {
  const std::uint32_t most = shared_.options.limits.max_connections_per_address;
  const std::uint32_t most_here = who.by->options.max_connections_per_address;
  if (most != 0 && !shared_.addresses.enter(who.address, most)) return false;
  if (most_here != 0 && !who.by->counts->addresses.enter(who.address, most_here)) {
    if (most != 0) shared_.addresses.leave(who.address);
    return false;
  }
  const std::uint32_t most_new = shared_.options.limits.max_half_open_per_address;
  who.counted = true;
  who.half_open = most_new != 0;
  if (!who.half_open || shared_.half_open.enter(who.address, most_new)) return true;
  who.half_open = false;
  counts_.half_open_refused.add();
  return false;
}

void shard::forget(const visitor& who) noexcept {
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  who.by->counts->connections.fetch_sub(1, std::memory_order_relaxed);
  if (who.half_open) shared_.half_open.leave(who.address);
  if (!who.counted) return;
  if (shared_.options.limits.max_connections_per_address != 0) shared_.addresses.leave(who.address);
  if (who.by->options.max_connections_per_address != 0) who.by->counts->addresses.leave(who.address);
}

void shard::adopt(arrival what) noexcept {
  const visitor who = what.who;
  try {
    clients_.push_back(std::make_unique<client>(*this, std::move(what.over), std::move(what.who)));
    clients_.back()->shard_index = clients_.size() - 1;
    greet(*clients_.back());
    counts_.connections_now.add();
    if (!what.input.empty()) clients_.back()->inject(std::move(what.input));
  } catch (...) {
    forget(who);
    counts_.connections_refused.add();
  }
}

void shard::hand_over(client& which, shard& to) noexcept {
  counts_.handovers.add();
  end_newcomer(which);
  counts_.connections_now.subtract();
  try {
    auto detached = which.link().detach();
    to.loop().post(
        std::make_unique<handover>(to, arrival{std::move(detached.over), std::move(detached.input), which.origin()}));
  } catch (...) {
    forget(which.origin());
  }
  leaving_.push_back(&which);
}

}  // namespace nanomq::broker
