// Subscriptions, and requests with their responses.
#include <algorithm>
#include <utility>

#include "driver.hpp"
#include "error_text.hpp"

namespace nanonng::sdk {

namespace {

/// Filters in one SUBSCRIBE when subscriptions are renewed: some servers take few.
constexpr std::size_t renewal_size = 64;

bool is_unsubscribe(const outgoing_entry& which) noexcept { return which.what == outgoing_entry::kind::unsubscribe; }

}  // namespace

// --- SUBSCRIBE and UNSUBSCRIBE ---

/// False when it has to wait.
bool driver::send_subscribe(subscribe_request& which) {
  scratch_.clear();
  const mqtt::permit said = is_unsubscribe(which) ? ask_unsubscribe(which) : ask_subscribe(which);
  if (said.what == mqtt::permit::kind::wait) return false;
  if (said.what == mqtt::permit::kind::refused) {
    refuse_subscribe(which, mqtt_error_of(said.refusal.reason), said.refusal.why);
    return true;
  }
  which.where = outgoing_entry::place::sent;
  if (!write(scratch_)) out_of_memory();
  return true;
}

mqtt::permit driver::ask_unsubscribe(subscribe_request& which) {
  std::vector<std::string_view> filters;
  for (const wanted_subscription& each : which.entries) filters.push_back(each.filter);
  return machine_->unsubscribe(filters, which.user_properties, which.token(), scratch_);
}

mqtt::permit driver::ask_subscribe(subscribe_request& which) {
  std::vector<mqtt::subscription_request> packet;
  for (const wanted_subscription& each : which.entries) {
    packet.push_back({each.filter, each.qos, each.no_local, each.retain_as_published, each.retain_handling});
  }
  mqtt::property_writer block;
  if (machine_->is_v5() && machine_->limits().subscription_identifiers) {
    if (which.identifier == 0) which.identifier = book_.next_identifier();
    if (which.identifier != 0) block.variable_byte(mqtt::property_id::subscription_identifier, which.identifier);
  }
  block.raw(which.user_properties);
  const mqtt::permit said = machine_->subscribe(packet, block.block(), which.token(), scratch_);
  if (said.what != mqtt::permit::kind::send) return said;
  // Messages may come before the answer does.
  for (wanted_subscription& each : which.entries) {
    if (each.to->what == recipient::kind::pull_queue) {
      each.to = pull_recipient_;
      home_.pull.use();
    }
    book_.install(each, which.identifier);
  }
  return said;
}

void driver::on_subscribe_answer(const mqtt::client_action& action) {
  auto& which = static_cast<subscribe_request&>(outgoing_entry::from(action.token));
  const mqtt::suback_view& said = incoming_.suback;
  subscribe_outcome outcome;
  std::vector<recipient_ptr> ended;
  for (std::size_t at = 0; at < which.entries.size(); ++at) {
    // Before 5.0 UNSUBACK has no reasons.
    const auto reason =
        at < said.reasons.size() ? static_cast<mqtt::reason_code>(said.reasons[at]) : mqtt::reason_code::success;
    if (is_unsubscribe(which) && !which.from_callback) ended.push_back(book_.recipient_of(which.entries[at].filter));
    settle_subscription(which, which.entries[at], reason);
    outcome.reasons.push_back(reason);
  }
  const std::string_view detail =
      said.props.has(mqtt::property_id::reason_string) ? said.props.reason_string : std::string_view();
  const bool all_refused = std::ranges::all_of(outcome.reasons, mqtt::is_error);
  if (all_refused) {
    const nanolib::error why = mqtt_error_of(outcome.reasons.front());
    which.finish(std::unexpected(why), detail);
  } else {
    // A handler that is being called shall have returned.
    home_.finish_after_calls(
        ended, [kept = nanolib::intrusive_ptr<subscribe_request>::share(&which), outcome = std::move(outcome),
                detail = std::string(detail)]() mutable { kept->finish(std::move(outcome), detail); });
  }
  let_go(which);
  pump_soon();
}

void driver::settle_subscription(const subscribe_request& which, const wanted_subscription& entry,
                                 mqtt::reason_code reason) {
  if (is_unsubscribe(which)) {
    if (!mqtt::is_error(reason)) book_.remove(entry.filter);
    return;
  }
  if (!mqtt::is_error(reason)) return book_.grant(entry);
  book_.refuse(entry.filter, *entry.to, which.is_renewal);
  if (which.is_renewal) tell_lost(entry.filter, reason);
}

/// A subscription that was ours is refused now.
void driver::tell_lost(const std::string& filter, mqtt::reason_code reason) {
  if (home_.options.log != nullptr) {
    home_.options.log->event(nanolib::log_component::net, nanolib::log_level::warn, "subscription_lost",
                             {{"client_id", home_.client_id}, {"filter", filter}, {"why", mqtt::name_of(reason)}});
  }
  if (!home_.options.on_subscription_lost) return;
  home_.run([home = engine::ptr::share(&home_), filter, reason] {
    if (!home->is_forsaken()) home->options.on_subscription_lost(filter, reason);
  });
}

void driver::refuse_subscribe(subscribe_request& which, nanolib::error why, std::string_view detail) {
  for (const wanted_subscription& each : which.entries) {
    if (which.is_renewal) {
      book_.refuse(each.filter, *each.to, true);
      tell_lost(each.filter, static_cast<mqtt::reason_code>(why.code));
    }
  }
  which.finish(std::unexpected(why), detail);
  let_go(which);
}

/// The server has no session of ours: everything that was granted is asked for once more, before anything else.
void driver::renew_subscriptions() {
  entry_list renewals;
  for (auto& [identifier, entries] : book_.granted()) {
    // Those that share an identifier share a packet, as they did. Without one they are only many.
    const std::size_t most = identifier != 0 ? entries.size() : renewal_size;
    for (std::size_t at = 0; at < entries.size(); at += most) {
      auto made = nanolib::intrusive_ptr<subscribe_request>::adopt(
          new subscribe_request(home_, outgoing_entry::kind::subscribe));
      const std::size_t end = std::min(at + most, entries.size());
      made->entries.assign(std::make_move_iterator(entries.begin() + static_cast<std::ptrdiff_t>(at)),
                           std::make_move_iterator(entries.begin() + static_cast<std::ptrdiff_t>(end)));
      made->identifier = identifier;
      made->is_renewal = true;
      made->where = outgoing_entry::place::again;
      renewals.push_back(*made.detach());
    }
  }
  // Before what was asked for later and lost its answer.
  while (outgoing_entry* const each = again_.pop_front()) renewals.push_back(*each);
  while (outgoing_entry* const each = renewals.pop_front()) again_.push_back(*each);
}

void subscribe_request::abandon(nanolib::error why) noexcept {
  home_.withdraw(*this);
  finish(std::unexpected(why));
}

// --- requests ---

void request_operation::abandon(nanolib::error why) noexcept {
  home_.forget(*this);
  finish(std::unexpected(why));
}

void driver::forget_request(request_operation& which) noexcept {
  deadlines_.disarm(which.expires);
  if (which.number != 0) static_cast<void>(responses_.take(which.number));
  std::erase_if(early_requests_, [&](const request_ptr& each) { return each.get() == &which; });
  // Nobody wants the answer: what has not left stays here.
  if (const auto sent = std::exchange(which.sent, nullptr); sent && !sent->done()) sent->abandon(errors::cancelled);
}

void driver::choose_response_topic(const mqtt::connack_view& said) {
  const bool named = said.props.has(mqtt::property_id::response_information);
  const std::string before = std::exchange(response_topic_, {});
  response_topic_ = named ? std::string(said.props.response_information) : home_.options.response_prefix;
  if (named && !response_topic_.ends_with('/')) response_topic_ += '/';
  response_topic_ += home_.client_id;
  // Another server, another place for responses: the next request subscribes there.
  if (before.empty() || before == response_topic_ || !response_recipient_) return;
  book_.remove(before);
  response_recipient_ = nullptr;
}

void driver::request(const request_ptr& which) {
  if (which->done()) return;
  if (response_topic_.empty() && !home_.options.request_response_information) {
    response_topic_ = home_.options.response_prefix + home_.client_id;
  }
  if (responses_.size() + early_requests_.size() >= home_.options.outgoing.max_messages) {
    which->finish(std::unexpected(errors::queue_full));
    return;
  }
  if (response_topic_.empty()) return early_requests_.push_back(which);
  send_request(which);
}

void driver::send_request(const request_ptr& which) {
  if (which->done()) return;
  subscribe_to_responses();
  responses_.add(which);
  publish_options how;
  how.qos = which->how.qos;
  how.properties = std::move(which->how.properties);
  how.properties.response_topic = response_topic_;
  how.properties.correlation_data = mqtt::correlation_digits(which->number);
  // Requests are bounded by their number: the loop cannot wait for room.
  const auto sent = home_.publish(which->topic, nanolib::as_bytes(which->payload), how, true);
  which->sent = sent.shared_state();
  which->topic = {};
  which->payload = {};
  sent.then_inline([home = &home_, which, state = sent.shared_state()](nanolib::result<publish_outcome> ended) {
    const bool heard = ended && ended->reason != mqtt::reason_code::no_matching_subscribers;
    if (heard) return;
    const nanolib::error why = ended ? mqtt_error_of(ended->reason) : ended.error();
    // A caller's thread that made room in the queue may be the one that ends it.
    const auto fail = [which, why, state](driver& loop_side) {
      if (which->sent == state) loop_side.fail_request(*which, why, state->detail());
    };
    if (!home->on_loop()) {
      home->tell(fail);
    } else if (home->driver_) {
      fail(*home->driver_);
    }
  });
}

/// Once: the subscription is renewed like any other.
void driver::subscribe_to_responses() {
  if (response_recipient_) return;
  response_recipient_ = make_recipient(recipient::kind::responses);
  std::vector<wanted_subscription> entries;
  entries.push_back({.filter = response_topic_,
                     .qos = mqtt::quality_of_service::at_least_once,
                     .no_local = false,
                     .retain_as_published = false,
                     .retain_handling = 2,
                     .to = response_recipient_});
  const auto asked = home_.subscribe(std::move(entries), {});
  asked.then_inline([this, state = asked.shared_state()](nanolib::result<subscribe_outcome> ended) {
    if (ended) return;
    response_recipient_ = nullptr;
    fail_all_requests(ended.error(), state->detail());
  });
}

void driver::fail_request(request_operation& which, nanolib::error why, std::string_view detail) noexcept {
  forget_request(which);
  which.finish(std::unexpected(why), detail);
}

void driver::fail_all_requests(nanolib::error why, std::string_view detail) {
  std::vector<request_ptr> all = responses_.take_all();
  all.insert(all.end(), early_requests_.begin(), early_requests_.end());
  early_requests_.clear();
  for (const request_ptr& each : all) {
    deadlines_.disarm(each->expires);
    each->finish(std::unexpected(why), detail);
  }
}

}  // namespace nanonng::sdk
