#include "broker/shard.hpp"

#include <algorithm>
#include <cstdio>
#include <new>
#include <random>

#include "broker/client.hpp"
#include "broker/gather_figures.hpp"
#include "broker/local_client.hpp"

namespace nanomq::broker {

namespace {

/// How often memory that is not used is given back, expired retained messages are looked for, and queues are counted.
constexpr nanolib::duration housekeeping{10'000};
/// Retained messages looked at each time, so that the lock is held for a millisecond or two at most.
constexpr std::size_t retained_looked_at = 10'000;

/// Calls something on a shard's thread.
template <class Call>
class call_item final : public nanonng::net::inbox_item {
 public:
  explicit call_item(Call call) noexcept : call_(std::move(call)) {}
  void run() noexcept override { call_(); }

 private:
  Call call_;
};

}  // namespace

std::string without_port(const std::string& peer) { return peer.substr(0, peer.rfind(':')); }

nanolib::result<std::unique_ptr<shard>> shard::create(commons& shared, std::uint32_t number) {
  nanonng::net::event_loop_options options;
  options.poller = shared.options.poller;
  options.clock = &shared.clock;
  options.readers = &shared.readers;
  options.reader = number;
  auto loop = nanonng::net::event_loop::create(options);
  if (!loop) return std::unexpected(loop.error());
  return std::unique_ptr<shard>(new shard(shared, number, std::move(*loop)));
}

shard::shard(commons& shared, std::uint32_t number, std::unique_ptr<nanonng::net::event_loop> loop)
    : shared_(shared),
      number_(number),
      loop_(std::move(loop)),
      rights_(shared.options.access),
      restricted_(rights_->restricts()),
      heard_(shared.hooks->wanted()),
      traffic_(shared.traffic),
      router_(shared.tree, number),
      sessions_(*this, number, shared.options.limits.max_sessions),
      lanes_(shared.options.shards),
      batches_(shared.options.shards),
      hooks_(shared.hooks) {
  loop_->set_hooks(this);
  loop_->timers().set(house_timer_, now() + housekeeping);
}

shard::~shard() {
  locals_.clear();
  doors_.clear();
  leaving_.clear();
  waiting_.clear();
  clients_.clear();
}

void shard::run() noexcept { loop_->run(); }

// ---------------------------------------------------------------------------------------------------- connections

void shard::retire(client& which) noexcept {
  counts_.connections_now.subtract();
  forget(which.origin());
  leaving_.push_back(&which);
}

void shard::ask_again(client& which, when next) noexcept {
  if (!which.waits_for_turn) {
    which.waits_for_turn = true;
    waiting_.push_back(&which);
  }
  if (next == when::next_turn && !turn_asked_for_) {
    turn_asked_for_ = true;
    wake_stalled();
  }
}

void shard::wake_stalled() noexcept {
  try {
    auto nothing = [] {};
    loop_->post(std::make_unique<call_item<decltype(nothing)>>(nothing));
  } catch (...) {
    // The sender's next turn finds the lane drained as well.
  }
}

// ---------------------------------------------------------------------------------------------------- turns

void shard::before_flush() noexcept {
  std::vector<client*> again;
  again.swap(waiting_);
  turn_asked_for_ = false;
  for (client* which : again) {
    which->waits_for_turn = false;
    which->go_on();
  }
  for (const auto& one : locals_) one->go_on();
  if (!departing_.empty()) let_locals_go();  // what they leave to others goes out with this turn
  post_batches();
  if (recorder_) recorder_->end_turn();
}

// One batch per turn and shard, filled and posted in the order of arrival [MQTT-4.6.0-5] [MQTT-4.6.0-6].
void shard::post_batches() noexcept {
  for (const std::uint32_t target : filled_batches_) {
    lanes_[target].bytes.fetch_add(batches_[target]->size(), std::memory_order_relaxed);
    shared_.shards[target]->loop().post(std::move(batches_[target]));
  }
  filled_batches_.clear();
}

void shard::after_flush() noexcept {
  if (!leaving_.empty()) {
    std::erase_if(leaving_, [this](client* which) {
      if (!which->is_gone()) return false;
      const std::size_t place = which->shard_index;
      if (which->waits_for_turn) std::erase(waiting_, which);
      if (which->holds) std::erase(holding_, which);
      std::swap(clients_[place], clients_.back());
      clients_[place]->shard_index = place;
      clients_.pop_back();
      return true;
    });
  }
  counts_.bytes_sent.set(loop_->bytes_sent());
  counts_.route_hits.set(router_.hits());
  counts_.route_misses.set(router_.misses());
  counts_.handshake_steps.set(pace_.steps() + (number_ == 0 ? shared_.handshakes.done() : 0));
  if (number_ == 0) counts_.handshakes_refused.set(shared_.handshakes.refused());
  if (stopping_ && has_ended()) loop_->stop();
}

bool shard::has_ended() const noexcept {
  return clients_.empty() && loop_->finishing() == 0 &&
         std::ranges::all_of(locals_, [](const auto& one) { return one->is_idle(); });
}

void shard::keep_house(nanolib::instant now) noexcept {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t inflight = 0;
  sessions_.for_each([&](session& one) {
    one.unreleased.trim();
    if (one.resting) {
      messages += one.resting->rows;
      bytes += one.resting->bytes;
    }
    if (!one.outbox) return;
    one.outbox->trim();
    messages += one.outbox->queued();
    bytes += one.outbox->queued_bytes();
    inflight += one.outbox->inflight();
  });
  counts_.queued_messages.set(messages);
  counts_.queued_bytes.set(bytes);
  counts_.inflight_messages.set(inflight);
  std::uint64_t exhausted = 0;
  for (const auto& one : doors_) exhausted += one->accepts->exhausted();
  counts_.descriptors_exhausted.set(exhausted);
  counts_.logins_waiting.set(lobby_.size());
  counts_.turns.set(loop_->turns());
  if (number_ == 0) {
    remove_expired_retained(now);
    shared_.traces.expire();
    shared_.rates.note(now, sum_traffic(shared_));
  }
  report_limits();
  loop_->timers().set(house_timer_, now + housekeeping);
}

void shard::remove_expired_retained(nanolib::instant now) noexcept {
  try {
    std::vector<nanolib::message_ptr> freed;
    const bool tells = recorder_ || shared_.sources.is_used();
    shared_.retained.remove_expired(now, retained_looked_at, tells ? &freed : nullptr);
    for (nanolib::message_ptr& one : freed) {
      if (shared_.sources.is_used()) shared_.sources.forget(shared_.retained, one->topic());
      if (recorder_) recorder_->record(nanolib::change_retained{std::move(one), true});
    }
  } catch (const std::bad_alloc&) {
    // They are looked for again.
  }
}

// One line for whatever was turned away or dropped since the last, so that a flood of it is no flood of lines.
void shard::report_limits() noexcept {
  const std::uint64_t refused = counts_.connections_refused.get();
  const std::uint64_t queues = counts_.dropped_queue_full.get();
  const std::uint64_t slow = counts_.dropped_slow_reader.get();
  const std::uint64_t retained = counts_.retained_refused.get();
  const std::uint64_t large = counts_.packets_too_large.get();
  const std::uint64_t late = counts_.connect_timeouts.get();
  const std::uint64_t memory = counts_.dropped_no_memory.get();
  const std::uint64_t exhausted = counts_.descriptors_exhausted.get();
  const std::uint64_t space = counts_.dropped_no_space.get();
  const std::uint64_t handshakes = counts_.handshakes_failed.get() + counts_.handshake_timeouts.get();
  const std::uint64_t proxies = counts_.proxies_refused.get();
  const std::uint64_t all =
      handshakes + proxies + space + refused + queues + slow + retained + large + late + memory + exhausted;
  if (all == limits_reported_) return;
  limits_reported_ = all;
  shared_.log.event(nanolib::log_level::warn, "limits_met",
                    {{"shard", number_},
                     {"connections_refused", refused},
                     {"dropped_queue_full", queues},
                     {"dropped_slow_reader", slow},
                     {"retained_refused", retained},
                     {"packets_too_large", large},
                     {"connect_timeouts", late},
                     {"handshakes_failed", handshakes},
                     {"proxies_refused", proxies},
                     {"no_memory", memory},
                     {"no_space", space},
                     {"descriptors_exhausted", exhausted}});
}

void shard::post_stop() noexcept {
  try {
    auto stop = [this] { begin_stop(); };
    loop_->post(std::make_unique<call_item<decltype(stop)>>(stop));
  } catch (...) {
    loop_->stop();
  }
}

void shard::begin_stop() noexcept {
  if (stopping_) return;
  stopping_ = true;
  for (const auto& one : doors_) one->accepts->close();
  for (const auto& one : locals_) one->begin_stop();
  const nanolib::instant deadline = now() + shared_.options.stop_timeout;
  for (std::size_t index = 0; index < clients_.size(); ++index) clients_[index]->shut_down(deadline);
  loop_->timers().set(stop_timer_, deadline);
}

// ---------------------------------------------------------------------------------------------------- routing

// Every session with a matching subscription gets it, here or on its own shard [MQTT-4.5.0-1].
bool shard::publish(const nanolib::publication& what) noexcept {
  try {
    const nanolib::route& where = router_.find(what.topic, what.topic_hash);
    if (where.is_empty()) {
      if (hears(hook_event::dropped)) drop_unwanted(what);
      return false;
    }
    for (const nanolib::recipient& to : where.local) {
      if (!to.takes_from(what.publisher)) continue;
      session* of = sessions_.at(nanolib::slot_of(to.who));
      if (of != nullptr) deliver_to(*of, what, to);
    }
    const auto shards = static_cast<std::uint32_t>(shared_.shards.size());
    for (std::uint32_t target = 0; target < shards; ++target) {
      if (!where.reaches(target)) continue;
      publish_batch* batch = batch_for(target);
      if (batch == nullptr || !batch->add(what)) {
        if (recorder_) recorder_->refuse();
        drop(drop_reason::no_memory, what, nullptr);
      }
    }
    for (const nanolib::shared_group_ptr& group : where.shared) deliver_shared(what, group);
    return true;
  } catch (...) {
    if (recorder_) recorder_->refuse();
    drop(drop_reason::no_memory, what, nullptr);
    return false;
  }
}

bool shard::can_keep(const nanolib::publication& what) noexcept {
  const std::uint64_t size =
      sizeof(nanolib::message) + what.topic.size() + what.properties.size() + what.payload.size();
  if (!recorder_->accepts(0, 0)) return false;
  if (recorder_->accepts(shared_.sessions.load(std::memory_order_relaxed), size)) return true;
  try {
    std::uint64_t rows = 0;
    for (const nanolib::recipient& to : router_.find(what.topic, what.topic_hash).local) {
      if (to.qos == nanolib::quality_of_service::at_most_once || !to.takes_from(what.publisher)) continue;
      const session* of = sessions_.at(nanolib::slot_of(to.who));
      if (of != nullptr && of->is_kept()) ++rows;
    }
    return recorder_->accepts(rows, size);
  } catch (...) {
    return true;  // publish() meets it as well
  }
}

bool shard::is_wanted(std::string_view topic) {
  nanolib::match_result found;
  shared_.tree.match(topic, found);
  return !found.plain.empty() || !found.shared.empty();
}

void shard::deliver_to(session& of, const nanolib::publication& what, const nanolib::recipient& to) noexcept {
  if (of.connected != nullptr) {
    of.connected->deliver(what, to);
  } else if (of.local != nullptr) {
    of.local->deliver(what, to.qos, to.retain_as_published && what.retain, {});
  } else {
    // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    queue_offline(of, what, to.qos, to.retain_as_published && what.retain, to.identifiers, {});
  }
}

void shard::queue_offline(session& of, const nanolib::publication& what, nanolib::quality_of_service granted,
                          bool retain, const nanolib::identifier_list_ptr& identifiers,
                          const nanolib::shared_group_ptr& group) noexcept {
  const nanolib::quality_of_service qos = std::min(granted, what.qos);  // [MQTT-3.8.4-8]
  // QoS 0 is not kept for those who are away. Spec: §4.1, "may".
  if (qos == nanolib::quality_of_service::at_most_once || !may_receive(of, what)) return;
  nanolib::outbox* owed = of.owed(outbox_limits(of));
  const nanolib::message_ptr& kept = what.keep();
  if (owed == nullptr || !kept) {
    if (of.is_kept()) recorder_->refuse();
    drop(drop_reason::no_memory, what, &of);
    return;
  }
  if (!owed->enqueue({kept, identifiers, group, qos, retain}, of.is_kept() ? recorder_->body_of(what) : 0)) {
    drop(drop_reason::queue_full, what, &of);
  }
  if (of.is_kept()) await_store(of);
}

void shard::deliver_local(const nanolib::publication& what) noexcept {
  try {
    const nanolib::route& where = router_.find(what.topic, what.topic_hash);
    for (const nanolib::recipient& to : where.local) {
      if (!to.takes_from(what.publisher)) continue;
      session* of = sessions_.at(nanolib::slot_of(to.who));
      if (of != nullptr) deliver_to(*of, what, to);
    }
  } catch (...) {
    if (recorder_) recorder_->refuse();
    drop(drop_reason::no_memory, what, nullptr);
  }
}

bool shard::deliver_shared(const nanolib::publication& what, const nanolib::shared_group_ptr& group) noexcept {
  // Connected members first; a session that waits for its client only when nobody is there.
  nanolib::subscription_match member =
      group->pick([this](nanolib::subscriber_id who) { return shared_.online.is_online(who); });
  if (member.who == nanolib::nobody) member = group->pick([](nanolib::subscriber_id) { return true; });
  if (member.who == nanolib::nobody) return false;
  const std::uint32_t target = nanolib::shard_of(member.who);
  if (target == number_) {
    deliver_to_member(what, group, member.who);
    return true;
  }
  publish_batch* batch = batch_for(target);
  if (batch == nullptr || !batch->add_shared(what, group, member.who)) {
    if (recorder_) recorder_->refuse();
    drop(drop_reason::no_memory, what, nullptr);
    return false;
  }
  return true;
}

void shard::deliver_to_member(const nanolib::publication& what, const nanolib::shared_group_ptr& group,
                              nanolib::subscriber_id member) noexcept {
  session* of = sessions_.at(nanolib::slot_of(member));
  // The member may have left, or its slot may be another client's by now: the group knows.
  const nanolib::subscription_match found =
      of == nullptr ? nanolib::subscription_match{}
                    : group->pick([member](nanolib::subscriber_id who) { return who == member; });
  if (found.who == nanolib::nobody) {
    const nanolib::subscription_match other =
        group->pick([member](nanolib::subscriber_id who) { return who != member; });
    if (other.who == nanolib::nobody) {
      drop(drop_reason::no_shared_member, what, nullptr);
      return;
    }
    deliver_shared(what, group);
    return;
  }
  if (of->connected != nullptr) {
    of->connected->deliver_shared(what, group, found.options);
    return;
  }
  if (of->local != nullptr) {
    of->local->deliver(what, found.options.qos, found.options.retain_as_published && what.retain, group);
    return;
  }
  // It went offline while the message was on its way: somebody who is there takes it.
  const bool others_online =
      group->pick([&](nanolib::subscriber_id who) { return who != member && shared_.online.is_online(who); }).who !=
      nanolib::nobody;
  if (others_online) {
    deliver_shared(what, group);
    return;
  }
  // [MQTT-3.3.4-5] [MQTT-4.8.2-3]
  const nanolib::identifier_list_ptr identifiers = nanolib::single_identifier(found.options.identifier);
  queue_offline(*of, what, found.options.qos, found.options.retain_as_published && what.retain, identifiers, group);
}

publish_batch* shard::batch_for(std::uint32_t target) noexcept {
  std::unique_ptr<publish_batch>& batch = batches_[target];
  if (!batch) {
    try {
      filled_batches_.reserve(batches_.size());
      batch = std::make_unique<publish_batch>(*this, *shared_.shards[target], lanes_[target]);
    } catch (...) {
      return nullptr;
    }
    filled_batches_.push_back(target);
  }
  if (lanes_[target].bytes.load(std::memory_order_relaxed) > shared_.options.lane_high_water) congested_ = true;
  return batch.get();
}

bool shard::is_congested() noexcept {
  for (lane& over : lanes_) {
    if (over.bytes.load(std::memory_order_acquire) <= shared_.options.lane_high_water) continue;
    over.sender_waits.store(true, std::memory_order_seq_cst);
    // Drained in between: nobody would wake us.
    if (over.bytes.load(std::memory_order_seq_cst) > shared_.options.lane_high_water) return true;
    over.sender_waits.store(false, std::memory_order_relaxed);
  }
  return false;
}

bool shard::retain(const nanolib::publication& what, const retained_source_ptr& by) noexcept {
  using stored = nanolib::retained_store::stored;
  stored done = stored::full;
  try {
    done = shared_.sources.store(shared_.retained, what, by, shared_.options.limits.max_retained_per_user);
  } catch (const std::bad_alloc&) {
    // As if there were no room, which is true.
  }
  if (done == stored::full) {
    counts_.retained_refused.add();
    return false;
  }
  // The copy names the topic only: the writer asks for what is the newest then.
  if (recorder_ && done != stored::absent) {
    if (const nanolib::message_ptr& kept = what.keep()) {
      recorder_->record(nanolib::change_retained{kept, done == stored::removed});
    }
  }
  return true;
}

void shard::retain_own(const nanolib::publication& what) noexcept {
  if (shared_.retained.store(what) == nanolib::retained_store::stored::full) counts_.retained_refused.add();
}

nanolib::outbox_limits shard::outbox_limits(const session& of) const noexcept {
  if (of.is_kept()) return {shared_.durable->options.max_queue_messages, shared_.durable->options.max_queue_bytes};
  return {shared_.options.limits.max_queue_messages, shared_.options.limits.max_queue_bytes};
}

std::string shard::make_client_id() {
  // Not to be guessed: who knows the id of another client could take its session over.
  std::random_device random;
  for (;;) {
    char text[40];
    const int size = std::snprintf(text, sizeof text, "auto-%08x%08x%08x", random(), random(), random());
    std::string id(text, static_cast<std::size_t>(size));
    const std::uint64_t hash = nanolib::hash_text(id);
    if (home_shard(hash, shared_.shards.size()) == number_ && sessions_.find(id, hash) == nullptr) return id;
  }
}

}  // namespace nanomq::broker
