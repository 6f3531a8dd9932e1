#include "nanomq/broker/broker.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <iterator>
#include <thread>

#include "broker/client.hpp"
#include "broker/commons.hpp"
#include "broker/gather_figures.hpp"
#include "broker/local_client.hpp"
#include "broker/pulse.hpp"
#include "broker/shard.hpp"
#include "broker/store_restart.hpp"
#include "broker/sys_topics.hpp"

namespace nanomq::broker {

using nanonng::mqtt::reason_code;

namespace {

broker_options completed(broker_options chosen) {
  if (!chosen.access) chosen.access = open_access();
  if (chosen.listeners.empty()) chosen.listeners.emplace_back();
  if (chosen.shards == 0) chosen.shards = std::max(1U, std::thread::hardware_concurrency());
  chosen.shards = std::min(chosen.shards, 255U);
  return chosen;
}

class everybody final : public access {
 public:
  // Who has to be a user is nobody here.
  std::optional<admission> authenticate(const principal& who, const credentials&,
                                        const std::shared_ptr<admission_reply>&) const noexcept override {
    return admission{who.needs_user ? reason_code::not_authorized : reason_code::success};
  }
  bool still_admits(const principal& who) const noexcept override { return !who.needs_user; }
  permission authorize(const principal&, operation what, std::string_view topic) const noexcept override {
    // What begins with $ is the broker's own [MQTT-4.7.2-1].
    const bool reserved = what == operation::publish && topic.starts_with('$');
    return {.reason = reserved ? reason_code::not_authorized : reason_code::success};
  }
  bool checks_users() const noexcept override { return false; }
  bool restricts() const noexcept override { return false; }
};

}  // namespace

std::shared_ptr<const access> open_access() noexcept {
  static const everybody all;
  return {std::shared_ptr<const access>(), &all};
}

bool address_counts::enter(const std::string& address, std::uint32_t most) {
  const nanolib::mutex_lock lock(mutex_);
  std::uint32_t& count = counts_[address];
  if (count >= most) return false;
  ++count;
  return true;
}

void address_counts::leave(const std::string& address) noexcept {
  const nanolib::mutex_lock lock(mutex_);
  const auto found = counts_.find(address);
  if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

commons::commons(broker_options chosen)
    : options(completed(std::move(chosen))),
      log(options.log != nullptr ? *options.log : nanolib::null_log()),
      clock(options.clock != nullptr ? *options.clock : nanolib::system_clock()),
      traces(clock),
      started(clock.now()),
      readers(options.shards),
      tree(readers),
      retained({options.limits.max_retained_messages, options.limits.max_retained_bytes}),
      online(options.shards, options.limits.max_sessions + 1),
      arrivals(options.traffic),
      bans(clock),
      traffic(std::make_shared<traffic_policy>(options.traffic)),
      max_connections(options.limits.max_connections),
      max_packet_size(options.limits.max_packet_size),
      handshakes(options.handshake_threads) {
  for (const ban& one : options.bans) static_cast<void>(bans.add(one));
}

struct broker::state {
  explicit state(broker_options chosen) : shared(std::move(chosen)) {}

  commons shared;
  listener_set listeners;
  std::unique_ptr<sys_topics> sys;
  pulse turning;
  std::vector<std::thread> threads;
  std::shared_ptr<const access> rights;

  /// What figures() looks at, whichever thread asks for them.
  void show() {
    auto now_open = listeners.open();
    const nanolib::mutex_lock lock(shown_lock);
    shown_listeners = std::move(now_open);
    shown_hooks = shared.hooks;
    shown_rights = rights;
  }
  mutable nanolib::mutex shown_lock;
  std::shared_ptr<const open_listeners> shown_listeners NANOLIB_GUARDED_BY(shown_lock);
  std::shared_ptr<const hook_list> shown_hooks NANOLIB_GUARDED_BY(shown_lock);
  std::shared_ptr<const access> shown_rights NANOLIB_GUARDED_BY(shown_lock);
};

namespace {

/// The writer's news for one shard.
class settled_item final : public nanonng::net::inbox_item {
 public:
  settled_item(shard& to, std::vector<unit_outcome> outcomes) noexcept : to_(to), outcomes_(std::move(outcomes)) {}
  void run() noexcept override { to_.on_settled(outcomes_); }

 private:
  shard& to_;
  std::vector<unit_outcome> outcomes_;
};

// To every shard: rows of its sessions may be in units of others.
void tell(commons& shared, durable_writer::outcomes all) {
  for (const auto& one : shared.shards) {
    std::vector<unit_outcome> own;
    for (const unit_outcome& outcome : all) {
      if (outcome.shard == one->number()) own.push_back(outcome);
    }
    one->loop().post(std::make_unique<settled_item>(*one, std::move(own)));
  }
}

nanolib::result<void> keep_in(commons& shared, std::unique_ptr<nanolib::store> store) {
  durable_writer::surroundings around;
  around.settled = [&shared](durable_writer::outcomes all) { tell(shared, all); };
  around.retained = [&shared](std::string_view topic) { return shared.retained.find(topic); };
  around.clock = &shared.clock;
  around.log = &shared.log;
  shared.durable = std::make_unique<durable_state>(std::move(store), shared.options.shards, shared.options.durability,
                                                   std::move(around));
  for (const auto& one : shared.shards) one->keep_in(*shared.durable);
  return restore_from(shared.durable->writer.storage(), shared);
}

}  // namespace

broker::broker(std::unique_ptr<state> made) noexcept : state_(std::move(made)) {}

nanolib::result<std::unique_ptr<broker>> broker::open(broker_options options, std::string& why,
                                                      std::unique_ptr<nanolib::store>&& store) {
  auto hooks = hook_list::create(options.hooks, why);
  if (!hooks) return std::unexpected(hooks.error());
  auto made = std::make_unique<state>(std::move(options));
  commons& shared = made->shared;
  shared.hooks = std::move(*hooks);
  auto listeners = made->listeners.changed_to(shared.options.listeners, shared.options.limits, why);
  if (!listeners) return std::unexpected(listeners.error());
  made->listeners = std::move(*listeners);
  for (std::uint32_t number = 0; number < shared.options.shards; ++number) {
    auto one = shard::create(shared, number);
    if (!one) {
      why = "cannot create an event loop: " + std::string(nanolib::describe(one.error()));
      return std::unexpected(one.error());
    }
    made->turning.add((*one)->loop());
    shared.shards.push_back(std::move(*one));
  }
  if (store) {
    if (const auto kept = keep_in(shared, std::move(store)); !kept) {
      why = "cannot load the store: " + std::string(nanolib::describe(kept.error()));
      return std::unexpected(kept.error());
    }
  }
  const auto all = made->listeners.open();
  for (const auto& one : shared.shards) {
    if (const auto listening = one->listen(*all); !listening) {
      why = "cannot accept connections: " + std::string(nanolib::describe(listening.error()));
      return std::unexpected(listening.error());
    }
  }
  made->sys = std::make_unique<sys_topics>(*shared.shards.front());
  made->rights = shared.options.access;
  made->show();
  return std::unique_ptr<broker>(new broker(std::move(made)));
}

nanolib::result<void> broker::attach(local_peer_options options, std::unique_ptr<local_peer> peer, std::string& why) {
  const auto home = home_shard(nanolib::hash_text(options.client_id), state_->shared.shards.size());
  shard& at = *state_->shared.shards[home];
  auto made = std::make_unique<local_client>(at, std::move(options), std::move(peer));
  if (state_->threads.empty()) return at.attach(std::move(made), why);
  attachment said = at.post_attach(std::move(made)).get();
  why = std::move(said.why);
  return said.done;
}

std::size_t broker::detach(const std::vector<std::string>& names) {
  const auto& shards = state_->shared.shards;
  std::vector<std::pair<std::size_t, const local_client*>> leaving;
  {
    const nanolib::mutex_lock lock(state_->shared.locals_lock);
    for (const local_client* const one : state_->shared.locals) {
      if (std::ranges::find(names, one->options().name) == names.end()) continue;
      leaving.emplace_back(home_shard(nanolib::hash_text(one->options().client_id), shards.size()), one);
    }
  }
  std::vector<std::future<void>> gone;
  gone.reserve(leaving.size());
  for (const auto& [home, one] : leaving) gone.push_back(shards[home]->post_departure(one));
  for (const std::future<void>& each : gone) each.wait();
  return gone.size();
}

nanolib::result<void> broker::start() {
  // Signals are the main thread's business.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  nanolib::result<void> outcome;
  if (state_->shared.durable) outcome = state_->shared.durable->writer.start();
  if (outcome) try {
      for (const auto& one : state_->shared.shards) {
        state_->threads.emplace_back([&one] { one->run(); });
      }
    } catch (...) {
      outcome = std::unexpected(nanolib::error{nanolib::error_domain::sys, EAGAIN});
    }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!outcome) stop();
  return outcome;
}

// The threads have ended: what they had posted to each other, and changes sessions, is still done and written.
void broker::flush(commons& shared) noexcept {
  constexpr int rounds = 1000;
  for (int round = 0; round < rounds && shared.durable->units_under_way.load() > 0; ++round) {
    for (const auto& one : shared.shards) one->loop().turn(nanolib::duration(0));
  }
  shared.durable->writer.stop();
}

void broker::stop() noexcept {
  for (const auto& one : state_->shared.shards) one->post_stop();
  for (std::thread& thread : state_->threads) thread.join();
  state_->threads.clear();
  state_->shared.handshakes.stop();
  if (state_->shared.durable) flush(state_->shared);
}

broker::~broker() {
  stop();
  for (const auto& one : state_->shared.shards) one->close_lobby();
  // What is still on its way refers to shards: it goes before they do.
  for (const auto& one : state_->shared.shards) one->loop().discard_inbox();
  state_->sys.reset();
}

void broker::set_access(std::shared_ptr<const access> rights) {
  if (!rights) rights = open_access();
  const std::shared_ptr<const access> before = state_->rights;
  // Before anybody looks at the new ones, and again when nobody asks the old ones any more.
  if (rights != before) rights->count_on(before->figures());
  std::vector<std::future<void>> done;
  for (const auto& one : state_->shared.shards) {
    if (state_->threads.empty()) {
      one->set_access(rights);
    } else {
      done.push_back(one->post_access(rights));
    }
  }
  for (const std::future<void>& each : done) each.wait();
  state_->rights = rights;
  state_->show();
  if (rights != before) rights->count_on(before->figures());
}

void broker::set_traffic(const traffic_limits& to) {
  state_->shared.arrivals.set(to);
  const auto policy = std::make_shared<traffic_policy>(to);
  for (const auto& one : state_->shared.shards) one->post_traffic(policy);
}

void broker::set_limits(const limits& to) noexcept {
  state_->shared.max_connections.store(to.max_connections, std::memory_order_relaxed);
  state_->shared.max_packet_size.store(to.max_packet_size, std::memory_order_relaxed);
}

void broker::set_sys_interval(nanolib::duration to) { state_->sys->post_interval(to); }

ban_list& broker::bans() noexcept { return state_->shared.bans; }

void broker::review_bans() {
  for (const auto& one : state_->shared.shards) one->post_ban_review();
}

nanolib::result<void> broker::set_hooks(const hook_set& all, std::string& why) {
  auto next = hook_list::create(all, why);
  if (!next) return std::unexpected(next.error());
  std::vector<std::future<void>> done;
  for (const auto& one : state_->shared.shards) {
    if (state_->threads.empty()) {
      one->set_hooks(*next);
    } else {
      done.push_back(one->post_hooks(*next));
    }
  }
  for (const std::future<void>& each : done) each.wait();
  state_->shared.hooks = std::move(*next);
  state_->show();
  return {};
}

nanolib::result<std::unique_ptr<listener_set>> broker::prepare(const std::vector<listener_options>& wanted,
                                                               const limits& bounds, std::string& why) const {
  auto next = state_->listeners.changed_to(wanted, bounds, why);
  if (!next) return std::unexpected(next.error());
  return std::make_unique<listener_set>(std::move(*next));
}

std::vector<std::string> broker::change_to(listener_set&& prepared) {
  auto lines = prepared.differences_from(state_->listeners);
  std::ranges::move(prepared.take_over(), std::back_inserter(lines));
  const auto all = prepared.open();
  for (const auto& one : state_->shared.shards) one->post_listeners(all);
  state_->listeners = std::move(prepared);
  state_->show();
  return lines;
}

broker_figures broker::figures() const {
  broker_figures out = gather_figures(state_->shared);
  std::shared_ptr<const open_listeners> open;
  std::shared_ptr<const hook_list> hooks;
  std::shared_ptr<const access> rights;
  {
    const nanolib::mutex_lock lock(state_->shown_lock);
    open = state_->shown_listeners;
    hooks = state_->shown_hooks;
    rights = state_->shown_rights;
  }
  for (const open_listener& one : *open) {
    out.listeners.push_back({.where = describe(one),
                             .connections = one.by->counts->connections.load(std::memory_order_relaxed),
                             .max_connections = one.by->options.max_connections,
                             .secure = one.by->options.is_secure()});
  }
  out.hooks = hooks->figures();
  if (rights) {
    for (const auto& [name, value] : rights->figures()) out.access.emplace_back(name, value);
  }
  return out;
}

namespace {

constexpr std::chrono::seconds patience{5};

}  // namespace

client_list broker::clients(const client_query& what) const {
  const auto& shards = state_->shared.shards;
  std::vector<std::future<client_list>> answers;
  if (what.client_id.empty()) {
    for (const auto& one : shards) answers.push_back(one->post_list(what));
  } else {
    answers.push_back(shards[home_shard(nanolib::hash_text(what.client_id), shards.size())]->post_list(what));
  }
  client_list all;
  const auto until = std::chrono::steady_clock::now() + patience;
  for (auto& answer : answers) {
    if (answer.wait_until(until) != std::future_status::ready) {
      all.complete = false;
      continue;
    }
    client_list part = answer.get();
    all.total += part.total;
    std::ranges::move(part.rows, std::back_inserter(all.rows));
  }
  std::ranges::sort(all.rows, {}, &client_row::client_id);
  if (all.rows.size() > what.limit) all.rows.resize(what.limit);
  return all;
}

dismissal broker::dismiss(const std::string& client_id) {
  const auto& shards = state_->shared.shards;
  auto answer = shards[home_shard(nanolib::hash_text(client_id), shards.size())]->post_dismissal(client_id);
  return answer.wait_for(patience) == std::future_status::ready ? answer.get() : dismissal::no_answer;
}

std::vector<listening> broker::listeners() const { return state_->listeners.places(); }

packet_traces& broker::traces() noexcept { return state_->shared.traces; }

bool broker::is_turning() noexcept { return state_->turning.beat(); }

std::uint32_t broker::shards() const noexcept { return state_->shared.options.shards; }

}  // namespace nanomq::broker
