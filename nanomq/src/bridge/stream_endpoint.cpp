#include "bridge/stream_endpoint.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "nanolib/topic/topic.hpp"

namespace nanomq::bridge {

using nanonng::mqtt::quality_of_service;
namespace net = nanonng::net;
namespace sdk = nanonng::sdk;

namespace {

/// Than the broker has said that it takes.
constexpr nanolib::error too_large{nanolib::error_domain::mqtt,
                                   std::to_underlying(nanonng::mqtt::reason_code::packet_too_large)};
/// Of sub0 and bus0, which have no way to make their peers wait: as many as nng itself keeps for them.
constexpr std::size_t most_unread = 8'192;

}  // namespace

stream_endpoint::stream_endpoint(net::event_loop& loop, const sp_mapping& mapping, const sp_endpoint_settings& settings,
                                 sp_counters& counters)
    : loop_(loop),
      mapping_(mapping),
      settings_(settings),
      counters_(counters),
      source_(std::make_shared<mqtt_source>(loop, static_cast<mqtt_source::taker&>(*this))),
      account_(std::make_shared<account>(account{.home = this})) {
  how_.qos = settings.qos;
  how_.retain = settings.retain;
}

stream_endpoint::~stream_endpoint() {
  source_->end();
  account_->home = nullptr;
}

nanolib::result<void> stream_endpoint::open(net::sp_socket& socket) {
  const auto& traits = net::traits_of(socket.protocol());
  sends_ = traits.sends;
  receives_ = traits.receives;
  // With QoS 0 nobody waits to hear that a peer has a message.
  net::sp_stream_options how{.buffered = settings_.qos == quality_of_service::at_most_once};
  if (!traits.waits) how.received_messages = most_unread;
  if (traits.sends && traits.waits && how.buffered) nng_keeps_ = how.sent_messages;
  auto made = net::sp_stream::open(socket, *this, how);
  if (!made) return std::unexpected(made.error());
  stream_ = *std::move(made);
  return {};
}

void stream_endpoint::begin(sdk::client& with) {
  client_ = &with;
  source_->begin(with);
  source_->call_soon();
}

sp_remainder stream_endpoint::remainder() {
  const auto seen = stream_->count();
  sp_remainder out;
  if (receives_) out.from_sp = seen.received - seen.overrun - counters_.from_sp.get();
  if (!sends_) return out;
  out.from_mqtt = counters_.to_sp.get() - seen.taken + source_->discard();
  // With a peer it is on its way, as far as anybody can know.
  if (counters_.peers.get() == 0) out.with_nng = std::min<std::uint64_t>(seen.taken, nng_keeps_);
  return out;
}

void stream_endpoint::on_turn() noexcept {
  try {
    if (sends_) take_from_mqtt();
    if (receives_) take_from_sp();
  } catch (const std::bad_alloc&) {
    // What was taken is lost with the memory for it; the next event goes on.
  }
}

// --- MQTT to SP ---

void stream_endpoint::take_from_mqtt() {
  while (!resting_ && stream_->has_room()) {
    const sdk::message one = source_->next();
    if (!one) return source_->rest();
    give_to_sp(one);
  }
}

void stream_endpoint::give_to_sp(const sdk::message& what) {
  counters_.from_mqtt.add();
  if (!settings_.takes_retained && what.retain()) {
    counters_.retained.add();
    return what.acknowledge();
  }
  if (settings_.holds_echoes_back && own_.take(what.topic(), what.payload(), loop_.now())) {
    counters_.echoes.add();
    return what.acknowledge();
  }
  const auto head = mapping_.to_sp(what.topic(), what.payload().size(), scratch_);
  if (!head) {
    counters_.refused[std::to_underlying(head.error())].add();
    return what.acknowledge();
  }
  auto made = net::sp_message::create(*head, what.payload());
  if (!made) return;  // without an acknowledgement: it comes again
  const bool is_awaited = what.qos() != quality_of_service::at_most_once;
  const std::uint64_t number = stream_->send(std::move(made), is_awaited);
  counters_.to_sp.add();
  if (!is_awaited) return;
  given_.push_back({number, what});
  acknowledge(stream_->taken());
}

void stream_endpoint::acknowledge(std::uint64_t up_to) noexcept {
  while (!given_.empty() && given_.front().number <= up_to) {
    given_.front().what.acknowledge();
    given_.pop_front();
  }
}

void stream_endpoint::on_sp_taken(std::uint64_t up_to) noexcept {
  acknowledge(up_to);
  source_->call_soon();
}

// --- SP to MQTT ---

void stream_endpoint::on_sp_arrival() noexcept {
  try {
    take_from_sp();
  } catch (const std::bad_alloc&) {
    source_->call_soon();
  }
}

bool stream_endpoint::is_full() const noexcept {
  return account_->messages >= settings_.unacknowledged || account_->bytes >= settings_.unacknowledged_bytes;
}

void stream_endpoint::take_from_sp() {
  while (client_ != nullptr && !resting_) {
    if (is_full()) {
      account_->full = true;
      return;
    }
    const net::sp_message one = stream_->take();
    if (!one) return;
    counters_.from_sp.add();
    publish(one.body());
  }
}

bool stream_endpoint::comes_back(std::string_view topic) const noexcept {
  return std::ranges::any_of(mapping_.options().filters, [topic](const auto& filter) {
    const auto parsed = nanolib::parse_topic_filter(filter);
    return parsed && nanolib::matches(parsed->filter, topic);
  });
}

void stream_endpoint::publish(nanolib::bytes body) {
  const auto made = mapping_.to_mqtt(body, scratch_);
  if (!made) return counters_.refused[std::to_underlying(made.error())].add();
  std::optional<std::uint64_t> noted;
  if (settings_.holds_echoes_back && comes_back(made->topic))
    noted = own_.note(made->topic, made->payload, loop_.now());
  const std::size_t size = body.size();
  ++account_->messages;
  account_->bytes += size;
  counters_.under_way.set(account_->messages);
  client_->publish(made->topic, made->payload, how_)
      .then_inline([to = account_, size, noted](const nanolib::result<sdk::publish_outcome>& how) {
        if (to->home == nullptr) return;
        if (!how && noted) to->home->own_.withdraw(*noted, to->home->loop_.now());
        to->home->on_published(size, how);
      });
}

void stream_endpoint::count(std::size_t size, const nanolib::result<sdk::publish_outcome>& how) noexcept {
  if (how) {
    largest_lost_ = 0;
    return counters_.to_mqtt.add();
  }
  const nanolib::error why = how.error();
  if (why == too_large) return counters_.refused[std::to_underlying(sp_refusal::too_large)].add();
  const bool is_kept = settings_.qos != quality_of_service::at_most_once;  // and comes again
  if (is_kept || why == sdk::errors::closed || why.domain != nanolib::error_domain::sys)
    return counters_.mqtt_failed.add();
  largest_lost_ = std::max(largest_lost_, size);
  counters_.largest_lost.set(largest_lost_);
  counters_.mqtt_lost.add();
}

void stream_endpoint::on_published(std::size_t size, const nanolib::result<sdk::publish_outcome>& how) noexcept {
  count(size, how);
  --account_->messages;
  account_->bytes -= size;
  counters_.under_way.set(account_->messages);
  if (!account_->full || account_->messages > settings_.unacknowledged / 2) return;
  account_->full = false;
  source_->call_soon();
}

}  // namespace nanomq::bridge
