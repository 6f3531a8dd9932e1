// What a client tells traces, while there are any.
#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

using nanonng::mqtt::action;

traced_packet client::traced(bool is_sent) const noexcept {
  return {.is_sent = is_sent,
          .client_id = session_ != nullptr ? std::string_view(session_->client_id) : std::string_view(),
          .address = origin_.address,
          .version = machine_.version(),
          .packet = {}};
}

// A CONNECT is told when it has been decided about: until then it may be looked at several times, on two shards.
void client::trace_in(const nanonng::mqtt::frame& packet, const action& what) noexcept {
  if (what.what == action::kind::open) return;
  if (is_talking() && conversation_->has_ended) return;  // it is read once more, to be answered
  traced_packet told = traced(false);
  told.packet = packet;
  if (what.what == action::kind::deliver || what.what == action::kind::repeat) told.publish = &at_.scratch().publish;
  at_.shared().traces.note(told);
}

void client::trace_connect(reason_code refused) noexcept {
  traced_packet told = traced(false);
  told.connect = &at_.scratch().connect;
  told.refused = refused;
  at_.shared().traces.note(told);
}

void client::trace_out(nanolib::bytes packet) noexcept {
  const auto found = nanonng::mqtt::next_frame(packet, 0xFFFFFFFF);
  if (found.status != nanonng::mqtt::decode_status::done) return;
  traced_packet told = traced(true);
  told.packet = found.packet;
  at_.shared().traces.note(told);
}

void client::trace_out(const nanonng::mqtt::outgoing_publish& packet, std::string_view topic,
                       std::size_t size) noexcept {
  nanonng::mqtt::publish_view view;
  view.dup = packet.dup;
  view.retain = packet.retain;
  view.qos = packet.qos;
  view.packet_identifier = packet.packet_identifier;
  view.topic = topic;
  view.props.raw = packet.properties;
  view.payload = packet.payload;
  traced_packet told = traced(true);
  told.publish = &view;
  told.packet.size = size;
  at_.shared().traces.note(told);
}

}  // namespace nanomq::broker
