#include "nanomq/tools/load_worker.hpp"

#include <algorithm>
#include <optional>

#include "nanolib/base/bytes.hpp"

namespace nanomq::tools {

using nanonng::mqtt::reason_code;
using nanonng::mqtt::request_token;

namespace {

constexpr nanolib::duration idle_sleep{1000};

moment clock_now() noexcept { return std::chrono::steady_clock::now(); }

nanonng::mqtt::client_settings settings_for(const load_plan& plan) {
  nanonng::mqtt::client_settings settings;
  settings.limits.maximum_packet_size = 268'435'460;
  settings.receive_maximum = plan.who.receive_maximum;
  settings.connect_timeout = plan.who.connect_timeout;
  return settings;
}

}  // namespace

std::expected<std::unique_ptr<load_worker>, std::string> load_worker::create(const load_plan& plan,
                                                                             const load_run_facts& facts,
                                                                             const load_share& share,
                                                                             load_control& control) {
  auto loop = nanonng::net::event_loop::create({.input_size = 512U * 1024});
  if (!loop) return std::unexpected("no event loop: " + std::string{nanolib::describe(loop.error())});
  return std::unique_ptr<load_worker>(new load_worker(plan, facts, share, control, std::move(*loop)));
}

load_worker::load_worker(const load_plan& plan, const load_run_facts& facts, const load_share& share,
                         load_control& control, std::unique_ptr<nanonng::net::event_loop> loop)
    : plan_(plan),
      share_(share),
      control_(control),
      loop_(std::move(loop)),
      publishers_(plan, facts, counters_, plan.kind == load_kind::subscribe ? 0 : share.limit),
      receivers_(plan, facts, counters_, publishers_,
                 {.first = share.first, .publishers = share.publishers, .subscribers = share.subscribers}),
      context_{.loop = *loop_, .handler = *this, .settings = settings_for(plan), .layers = plan.layers},
      pace_(clock_now() + share.connect_offset, share.connect_interval,
            std::uint64_t{share.publishers} + share.subscribers + share.others, share.most_connecting) {
  if (auto made = make_precise_timer(*loop_)) timer_ = std::move(*made);
  make_clients();
  loop_->set_hooks(this);
}

load_worker::~load_worker() {
  loop_->set_hooks(nullptr);
  slots_.clear();
}

void load_worker::make_clients() {
  const std::uint32_t all = share_.subscribers + share_.publishers + share_.others;
  for (std::uint32_t index = 0; index < all; ++index) {
    slot& made = slots_.emplace_back(context_, index);
    if (is_publisher(made.client)) publishers_.add(made.client, identifier_of(index), number_of(index));
  }
}

std::uint64_t load_worker::number_of(std::uint32_t index) const noexcept {
  const bool publishes = index >= share_.subscribers && index - share_.subscribers < share_.publishers;
  return share_.first + (publishes ? index - share_.subscribers : index);
}

std::string load_worker::identifier_of(std::uint32_t index) const {
  const std::string own = plan_.who.client_identifier.expand({.client_identifier = {}, .client = number_of(index)});
  if (plan_.kind != load_kind::roundtrip) return own;
  return own + (index < share_.subscribers ? "-sub" : "-pub");
}

// ---- the turn ----

void load_worker::run() noexcept {
  for (;;) {
    const load_phase next = control_.phase.load(std::memory_order_acquire);
    if (next != phase_) enter(next);
    if (phase_ == load_phase::finish) return;
    loop_->turn(more_at_once_ ? nanolib::duration{0} : longest_sleep_);
  }
}

void load_worker::enter(load_phase next) noexcept {
  phase_ = next;
  more_at_once_ = true;
  switch (next) {
    case load_phase::connect:
      break;
    case load_phase::flow: {
      const moment measure_from{moment::duration{control_.measure_from.load(std::memory_order_relaxed)}};
      publishers_.measure_from(measure_from);
      receivers_.measure_from(measure_from);
      publishers_.begin(moment{moment::duration{control_.flow_from.load(std::memory_order_relaxed)}});
      break;
    }
    case load_phase::drain:
      publishers_.end();
      break;
    case load_phase::finish:
      for (slot& each : slots_) each.client.disconnect();
      break;
  }
}

void load_worker::before_flush() noexcept {
  const moment now = clock_now();
  if (phase_ != load_phase::drain) connect_more(now);
  more_at_once_ = publishers_.pump(now);
  look_ahead(now);
}

void load_worker::after_flush() noexcept {
  if (phase_ == load_phase::flow && plan_.limit != 0 && !is_done()) {
    const bool receives = plan_.kind == load_kind::subscribe;
    if (receives ? counters_[load_count::received].get() >= share_.limit : publishers_.is_done()) {
      done_.store(true, std::memory_order_release);
      tell_overseer();
    }
  }
  if (phase_ == load_phase::drain && !is_drained() && publishers_.outstanding() == 0) {
    drained_.store(true, std::memory_order_release);
    tell_overseer();
  }
}

void load_worker::tell_overseer() noexcept {
  if (control_.overseer != nullptr) control_.overseer->wake();
}

/// Until when the loop may sleep.
void load_worker::look_ahead(moment now) noexcept {
  std::optional<moment> next = publishers_.next_due();
  const auto consider = [&](moment when) { next = next ? std::min(*next, when) : when; };
  if (!pace_.is_over() && connecting_ < share_.most_connecting) consider(pace_.next_due());
  if (!redials_.empty()) consider(redials_.front().first);
  longest_sleep_ = idle_sleep;
  if (!next) return;
  if (*next <= now) {
    more_at_once_ = true;
  } else if (timer_) {
    timer_->arm(*next);
  } else {
    longest_sleep_ = std::min(idle_sleep, std::chrono::floor<nanolib::duration>(*next - now));
  }
}

// ---- connecting ----

void load_worker::connect_more(moment now) {
  for (auto more = pace_.allowed(now, connecting_); more > 0 && !pace_.is_over(); --more) {
    const auto index = static_cast<std::uint32_t>(pace_.begun());
    pace_.begin();
    connect(index, now);
  }
  while (!redials_.empty() && redials_.front().first <= now) {
    const auto index = redials_.front().second;
    redials_.pop_front();
    connect(index, now);
  }
}

void load_worker::connect(std::uint32_t index, moment now) {
  slot& which = slots_[index];
  const load_identity& who = plan_.who;
  const std::string identifier = identifier_of(index);
  std::string user_name;
  if (who.user_name) user_name = who.user_name->expand({.client_identifier = identifier, .client = number_of(index)});

  nanonng::mqtt::connect_options options;
  options.packet.version = who.version;
  options.packet.clean_start = who.clean_start;
  options.packet.keep_alive_s = who.keep_alive_s;
  options.packet.client_id = identifier;
  options.session_expiry_s = who.session_expiry_s;
  options.user_properties = who.user_properties;
  options.packet.has_user_name = who.user_name.has_value();
  options.packet.user_name = user_name;
  options.packet.has_password = who.password.has_value();
  if (who.password) options.packet.password = nanolib::as_bytes(*who.password);
  options.packet.has_will = who.last_will.has_value();
  if (who.last_will) {
    options.packet.will.topic = who.last_will->topic;
    options.packet.will.payload = nanolib::as_bytes(who.last_will->payload);
    options.packet.will.qos = who.last_will->qos;
    options.packet.will.retain = who.last_will->retain;
    options.will_properties = who.last_will->properties;
  }

  const socket_address* const source =
      plan_.sources.empty() ? nullptr : &plan_.sources[number_of(index) % plan_.sources.size()];
  counters_[load_count::begun].add();
  which.begun = now;
  which.was_open = false;
  const auto begun = which.client.connect(plan_.target, source, options);
  if (begun) {
    ++connecting_;
  } else {
    count_failure(which.client, begun.error());
  }
}

void load_worker::on_open(load_client& which, const nanonng::mqtt::connack_view&) noexcept {
  slot& opened = slots_[which.index()];
  const moment now = clock_now();
  opened.was_open = true;
  --connecting_;
  counters_[load_count::opened].add();
  connect_times_.record(now - opened.begun);
  if (is_subscriber(which)) return subscribe(which);
  if (is_publisher(which)) publishers_.opened(publisher_of(which), now);
  settle(opened);
}

void load_worker::subscribe(load_client& which) {
  const std::uint64_t number = number_of(which.index());
  // In a fan all have one topic.
  const bool fan = plan_.kind == load_kind::roundtrip && plan_.pattern != load_pattern::pairs;
  std::string identifier = identifier_of(which.index());
  if (plan_.kind == load_kind::roundtrip) identifier.replace(identifier.size() - 3, 3, "pub");  // its publisher's
  const std::string user_name =
      plan_.who.user_name ? plan_.who.user_name->expand({.client_identifier = identifier, .client = number}) : "";
  const std::string filter = plan_.message.topic.expand(
      {.client_identifier = fan ? "" : identifier, .user_name = user_name, .client = fan ? 0 : number});
  const nanonng::mqtt::subscription_request request{.filter = filter, .qos = plan_.subscribe_qos};
  if (which.subscribe({&request, 1}, 0, plan_.subscribe_properties)) return;
  counters_[load_count::refused_filters].add();
  settle(slots_[which.index()]);
}

void load_worker::on_subscribed(load_client& which, request_token, const nanonng::mqtt::suback_view& suback) noexcept {
  for (const std::byte each : suback.reasons) {
    const bool refused = is_error(static_cast<reason_code>(each));
    counters_[refused ? load_count::refused_filters : load_count::subscribed].add();
  }
  settle(slots_[which.index()]);
}

void load_worker::on_down(load_client& which, const failure& why) noexcept {
  if (is_publisher(which)) publishers_.went_down(publisher_of(which));
  if (slots_[which.index()].was_open) {
    counters_[load_count::lost].add();
  } else {
    --connecting_;
  }
  count_failure(which, why);
}

void load_worker::count_failure(const load_client& which, const failure& why) {
  slot& failed = slots_[which.index()];
  failures_.add(why);
  if (!failed.was_open) counters_[load_count::failed].add();
  if (plan_.reconnect) redials_.emplace_back(clock_now() + plan_.reconnect_delay, which.index());
  settle(failed);
  if (counters_[load_count::opened].get() == counters_[load_count::lost].get()) tell_overseer();
}

void load_worker::settle(slot& which) noexcept {
  if (std::exchange(which.settled, true)) return;
  counters_[load_count::settled].add();
  if (counters_[load_count::settled].get() == slots_.size()) tell_overseer();
}

// ---- messages ----

void load_worker::on_message(load_client& which, const nanonng::mqtt::publish_view& message, moment arrived) noexcept {
  if (is_subscriber(which)) return receivers_.arrived(which.index(), message, arrived);
  counters_[load_count::misdelivered].add();
}

void load_worker::on_completed(load_client& which, request_token token, reason_code reason, moment arrived) noexcept {
  if (is_publisher(which)) publishers_.completed(publisher_of(which), token, reason, arrived);
}

void load_worker::on_drained(load_client& which) noexcept {
  if (is_publisher(which)) publishers_.drained(publisher_of(which));
}

}  // namespace nanomq::tools
