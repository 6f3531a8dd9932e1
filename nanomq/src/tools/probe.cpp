#include "probe.hpp"

#include <utility>

#include "nanonng/mqtt/encoder.hpp"

namespace nanomq::tools {

using nanolib::quality_of_service;
using nanonng::mqtt::property_id;
using nanonng::mqtt::reason_code;
using std::chrono::milliseconds;

bool probe_room::wait(const std::function<bool()>& condition, milliseconds longest) const {
  const auto deadline = std::chrono::steady_clock::now() + longest;
  for (;;) {
    if (condition()) return true;
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    loop->turn(std::min(left, milliseconds{100}));
  }
}

probe::probe(const probe_room& room, probe_identity who)
    : room_(room),
      who_(std::move(who)),
      context_{.loop = *room.loop, .handler = *this, .settings = {}, .layers = room.layers} {
  context_.settings.limits.maximum_packet_size = 268'435'460;
  context_.settings.connect_timeout = room.timeout;
  context_.settings.sent_topic_aliases = 8;
  client_ = std::make_unique<load_client>(context_, 0);
}

std::expected<void, failure> probe::open() {
  nanonng::mqtt::connect_options options;
  options.packet.version = who_.version;
  options.packet.clean_start = who_.clean_start;
  options.packet.keep_alive_s = who_.keep_alive_s;
  options.packet.client_id = who_.client_id;
  options.session_expiry_s = who_.session_expiry_s;
  options.packet.has_user_name = who_.user_name.has_value();
  options.packet.user_name = who_.user_name ? *who_.user_name : std::string_view{};
  options.packet.has_password = who_.password.has_value();
  if (who_.password) options.packet.password = nanolib::as_bytes(*who_.password);
  options.packet.has_will = !who_.will_topic.empty();
  options.packet.will.topic = who_.will_topic;
  options.packet.will.payload = nanolib::as_bytes(who_.will_topic);
  down_.reset();
  const auto begun = client_->connect(room_.target, nullptr, options);
  if (!begun) return begun;
  room_.wait([this] { return is_open() || down_.has_value(); }, 2 * room_.timeout);
  if (is_open()) return {};
  if (down_) return std::unexpected(*down_);
  client_->drop();
  return std::unexpected(failure{.what = failure::kind::connack_timeout});
}

bool probe::wait_for_answer(const std::function<bool()>& condition, const char* what) {
  fault_.clear();
  if (room_.wait([&] { return condition() || down_.has_value(); }) && condition()) return true;
  fault_ = down_ ? describe(*down_) : std::string{"no "} + what + " in time";
  return false;
}

std::optional<reason_code> probe::subscribe(const nanonng::mqtt::subscription_request& request,
                                            std::uint32_t identifier) {
  nanonng::mqtt::property_writer block;
  if (identifier != 0) block.variable_byte(property_id::subscription_identifier, identifier);
  suback_.reset();
  if (!client_->subscribe({&request, 1}, 0, block.block())) {
    fault_ = client_->refusal().why;
    return std::nullopt;
  }
  return wait_for_answer([this] { return suback_.has_value(); }, "SUBACK") ? suback_ : std::nullopt;
}

std::optional<reason_code> probe::publish(std::string_view topic, std::string_view payload, quality_of_service qos,
                                          bool retain) {
  completed_.reset();
  const nanonng::mqtt::outgoing_publish packet{
      .topic = topic,
      .properties = {},
      .payload = nanolib::as_bytes(payload),
      .subscription_identifiers = {},
      .retain = retain,
      .qos = qos,
  };
  if (client_->publish(packet, 0) != load_client::sending::done) {
    fault_ = client_->is_open() ? std::string{client_->refusal().why} : down_ ? describe(*down_) : "not connected";
    return std::nullopt;
  }
  if (qos == quality_of_service::at_most_once) return reason_code::success;
  const char* const answer = qos == quality_of_service::at_least_once ? "PUBACK" : "PUBREC and PUBCOMP";
  return wait_for_answer([this] { return completed_.has_value(); }, answer) ? completed_ : std::nullopt;
}

std::optional<probe_message> probe::receive() { return receive(room_.timeout); }

std::optional<probe_message> probe::receive(milliseconds longest) {
  fault_.clear();
  room_.wait([this] { return !messages_.empty() || down_.has_value(); }, longest);
  if (messages_.empty()) {
    fault_ = down_ ? describe(*down_) : "it did not come back in time";
    return std::nullopt;
  }
  probe_message first = std::move(messages_.front());
  messages_.pop_front();
  return first;
}

void probe::on_open(load_client& which, const nanonng::mqtt::connack_view& connack) noexcept {
  const auto& props = connack.props;
  welcome_.session_present = connack.session_present;
  welcome_.names_keep_alive = props.has(property_id::server_keep_alive);
  if (welcome_.names_keep_alive) welcome_.server_keep_alive_s = props.server_keep_alive;
  if (props.has(property_id::assigned_client_identifier)) {
    welcome_.assigned_client_id = props.assigned_client_identifier;
  }
  welcome_.names_packet_size = props.has(property_id::maximum_packet_size);
  limits_ = which.limits();
}

void probe::on_subscribed(load_client&, nanonng::mqtt::request_token,
                          const nanonng::mqtt::suback_view& suback) noexcept {
  suback_ = suback.reasons.empty() ? reason_code::unspecified_error : static_cast<reason_code>(suback.reasons[0]);
  denied_ = denied_ || suback_ == reason_code::not_authorized;
}

void probe::on_message(load_client&, const nanonng::mqtt::publish_view& message, moment) noexcept {
  // A wrong broker, or a busy filter, does not fill the memory.
  constexpr std::size_t most_kept = 1'000;
  if (messages_.size() >= most_kept) return;
  const bool named = message.props.has(property_id::subscription_identifier);
  messages_.push_back({.topic = std::string{message.topic},
                       .payload = std::string{nanolib::as_text(message.payload)},
                       .qos = message.qos,
                       .retain = message.retain,
                       .subscription_identifier = named ? message.props.subscription_identifier : 0});
}

void probe::on_completed(load_client&, nanonng::mqtt::request_token, reason_code reason, moment) noexcept {
  completed_ = reason;
  denied_ = denied_ || reason == reason_code::not_authorized;
}

void probe::on_down(load_client&, const failure& why) noexcept { down_ = why; }

}  // namespace nanomq::tools
