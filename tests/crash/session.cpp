#include "session.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace nanomq::crash {
namespace {

using mqtt::packet_type;
using mqtt::property_id;
using mqtt::protocol_version;
using mqtt::reason_code;

constexpr std::byte duplicate_flag{0x08};
constexpr std::uint32_t largest_packet = 268'435'455;
constexpr mqtt::decode_limits limits{.maximum_packet_size = largest_packet};

}  // namespace

session::session(session_settings settings, session_events& events) : settings_(std::move(settings)), events_(events) {}

void session::begin(bool clean_start) {
  end();
  mqtt::connect_view packet;
  packet.version = settings_.version;
  packet.clean_start = clean_start;
  packet.keep_alive_s = 3'600;
  packet.client_id = settings_.client_id;
  mqtt::property_writer properties;
  mqtt::property_writer will_properties;
  properties.four_byte(property_id::session_expiry_interval, settings_.expiry_s);
  if (settings_.receive_maximum != 0) properties.two_byte(property_id::receive_maximum, settings_.receive_maximum);
  if (will_) {
    packet.has_will = true;
    packet.will.topic = will_->topic;
    packet.will.payload = will_->payload;
    packet.will.qos = static_cast<mqtt::quality_of_service>(will_->qos);
    will_properties.four_byte(property_id::will_delay_interval, will_->delay_s);
  }
  encode_into(output_, packet, properties.block(), will_properties.block());
}

void session::end() {
  connected_ = false;
  broken_ = false;
  closing_ = false;
  answering_ = answering::promptly;
  output_.clear();
  partial_.clear();
  written_ = 0;
  for (const auto& [identifier, type] : requests_) used_.reset(identifier);
  requests_.clear();
}

void session::receive(nanolib::bytes piece) {
  partial_.insert(partial_.end(), piece.begin(), piece.end());
  nanolib::bytes rest{partial_};
  while (!broken_) {
    const mqtt::framing found = mqtt::next_frame(rest, largest_packet);
    if (found.status == mqtt::decode_status::need_more) break;
    if (found.status == mqtt::decode_status::error) return violation("a malformed packet");
    handle(found.packet);
    rest = rest.subspan(found.packet.size);
  }
  partial_.erase(partial_.begin(), partial_.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

void session::handle(const mqtt::frame& packet) {
  if (answering_ == answering::deaf) return;
  if (!connected_ && packet.type != packet_type::connack) return violation("a packet before CONNACK");
  switch (packet.type) {
    case packet_type::connack:
      return connected_ ? violation("a second CONNACK") : handle_connack(packet);
    case packet_type::publish:
      return handle_publish(packet);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
      return handle_acknowledgement(packet);
    case packet_type::suback:
    case packet_type::unsuback:
      return handle_request_answer(packet);
    case packet_type::disconnect:
      return handle_disconnect(packet);
    default:
      return violation("a packet that no broker sends here");
  }
}

void session::handle_connack(const mqtt::frame& packet) {
  mqtt::connack_view view;
  if (decode(packet, settings_.version, limits, view) != reason_code::success) return violation("a malformed CONNACK");
  if (view.reason != reason_code::success) {
    broken_ = true;
    return events_.on_dismissed(*this, view.reason);
  }
  connected_ = true;
  limit_ = settings_.window;
  if (view.props.has(property_id::receive_maximum)) limit_ = std::min<std::size_t>(limit_, view.props.receive_maximum);
  send_again(view.session_present);
  events_.on_connected(*this, view.session_present);
}

/// MQTT 5.0 §4.4: what is unacknowledged, in its order; without a session, as new messages.
void session::send_again(bool session_present) {
  if (!session_present) received_.reset();
  for (exchange& each : under_way_) {
    if (!session_present) {
      each.state = progress::published;
      each.packet.front() &= ~duplicate_flag;
      events_.on_republished(*this, each.what);
    }
    if (each.state == progress::released) {
      answer(packet_type::pubrel, each.identifier);
      continue;
    }
    if (session_present) each.packet.front() |= duplicate_flag;
    output_.insert(output_.end(), each.packet.begin(), each.packet.end());
  }
}

void session::publish(const stamp& what, const mqtt::outgoing_publish& message) {
  if (message.qos == mqtt::quality_of_service::at_most_once)
    return mqtt::encode_publish_into(output_, message, settings_.version);
  mqtt::outgoing_publish numbered = message;
  numbered.packet_identifier = take_identifier();
  exchange made;
  made.identifier = numbered.packet_identifier;
  made.qos = static_cast<std::uint8_t>(message.qos);
  made.what = what;
  mqtt::encode_publish_into(made.packet, numbered, settings_.version);
  output_.insert(output_.end(), made.packet.begin(), made.packet.end());
  under_way_.push_back(std::move(made));
}

std::uint16_t session::subscribe(std::string_view filter, const subscription_options& options) {
  const std::uint16_t identifier = take_identifier();
  requests_.emplace(identifier, packet_type::subscribe);
  mqtt::property_writer properties;
  if (options.identifier != 0) properties.variable_byte(property_id::subscription_identifier, options.identifier);
  mqtt::subscription_request entry;
  entry.filter = filter;
  entry.qos = static_cast<mqtt::quality_of_service>(options.qos);
  entry.no_local = options.no_local;
  entry.retain_as_published = options.retain_as_published;
  entry.retain_handling = options.retain_handling;
  encode_subscribe_into(output_, identifier, std::span{&entry, 1}, settings_.version, properties.block());
  return identifier;
}

std::uint16_t session::unsubscribe(std::string_view filter) {
  const std::uint16_t identifier = take_identifier();
  requests_.emplace(identifier, packet_type::unsubscribe);
  encode_unsubscribe_into(output_, identifier, std::span{&filter, 1}, settings_.version, {});
  return identifier;
}

void session::disconnect() {
  encode_reason_into(output_, packet_type::disconnect, reason_code::success, settings_.version, {});
}

void session::answer(packet_type type, std::uint16_t identifier) {
  if (answering_ != answering::promptly) return;
  encode_acknowledgement_into(output_, type, identifier, reason_code::success, settings_.version, {});
}

void session::violation(std::string_view what) {
  broken_ = true;
  events_.on_violation(*this, what);
}

/// At most `window` and a few requests are under way, so a free one is near.
std::uint16_t session::take_identifier() noexcept {
  do {
    ++identifier_;
  } while (identifier_ == 0 || used_.test(identifier_));
  used_.set(identifier_);
  return identifier_;
}

void session::handle_publish(const mqtt::frame& packet) {
  mqtt::publish_view view;
  if (decode(packet, settings_.version, limits, view) != reason_code::success) return violation("a malformed PUBLISH");
  const bool exactly_once = view.qos == mqtt::quality_of_service::exactly_once;
  const bool known = exactly_once && received_.test(view.packet_identifier);
  if (!known) {
    std::array<std::uint32_t, 8> identifiers{};
    std::size_t count = 0;
    mqtt::property_reader properties{view.props.raw};
    for (mqtt::property each; properties.next(each) && count < identifiers.size();) {
      if (each.id == property_id::subscription_identifier) identifiers[count++] = each.number;
    }
    if (exactly_once) received_.set(view.packet_identifier);
    events_.on_message(*this, {.topic = view.topic,
                               .qos = static_cast<std::uint8_t>(view.qos),
                               .retain = view.retain,
                               .identifiers = std::span{identifiers}.first(count),
                               .payload = view.payload});
  }
  if (exactly_once) {
    answer(packet_type::pubrec, view.packet_identifier);
  } else if (view.qos == mqtt::quality_of_service::at_least_once) {
    answer(packet_type::puback, view.packet_identifier);
  }
}

void session::handle_acknowledgement(const mqtt::frame& packet) {
  mqtt::acknowledgement_view view;
  if (decode(packet, settings_.version, limits, view) != reason_code::success)
    return violation("a malformed acknowledgement");
  if (packet.type == packet_type::pubrel) {
    received_.reset(view.packet_identifier);
    return answer(packet_type::pubcomp, view.packet_identifier);
  }
  const auto which = std::ranges::find(under_way_, view.packet_identifier, &exchange::identifier);
  if (which == under_way_.end()) return violation("an acknowledgement of nothing");
  advance(which, view, packet.type);
}

void session::advance(std::deque<exchange>::iterator which, const mqtt::acknowledgement_view& answered,
                      packet_type type) {
  const packet_type expected = which->qos == 1                       ? packet_type::puback
                               : which->state == progress::published ? packet_type::pubrec
                                                                     : packet_type::pubcomp;
  // A broker that resumes the session may repeat a PUBREC whose PUBREL it has not seen.
  const bool repeated = type == packet_type::pubrec && which->state == progress::released;
  if (type != expected && !repeated) return violation("an acknowledgement of the wrong kind");
  // PUBCOMP may say that the identifier is unknown: the exchange was over before the connection broke.
  if (type != packet_type::pubcomp && is_error(answered.reason)) {
    const stamp what = which->what;
    used_.reset(which->identifier);
    under_way_.erase(which);
    return events_.on_refused(*this, what, answered.reason);
  }
  if (type == packet_type::pubrec) {
    which->state = progress::released;
    return answer(packet_type::pubrel, which->identifier);
  }
  const stamp what = which->what;
  used_.reset(which->identifier);
  under_way_.erase(which);
  events_.on_acknowledged(*this, what);
}

void session::handle_request_answer(const mqtt::frame& packet) {
  mqtt::suback_view view;
  if (decode(packet, settings_.version, limits, view) != reason_code::success)
    return violation("a malformed SUBACK or UNSUBACK");
  const auto request = requests_.find(view.packet_identifier);
  const packet_type asked = packet.type == packet_type::suback ? packet_type::subscribe : packet_type::unsubscribe;
  if (request == requests_.end() || request->second != asked) return violation("an answer to no request");
  requests_.erase(request);
  used_.reset(view.packet_identifier);
  const auto result = view.reasons.empty() ? reason_code::success : static_cast<reason_code>(view.reasons.front());
  events_.on_request_done(*this, view.packet_identifier, result);
}

void session::handle_disconnect(const mqtt::frame& packet) {
  mqtt::reason_view view;
  if (decode(packet, settings_.version, limits, view) != reason_code::success)
    return violation("a malformed DISCONNECT");
  broken_ = true;
  events_.on_dismissed(*this, view.reason);
}

}  // namespace nanomq::crash
