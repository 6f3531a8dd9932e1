#include "broker/packet_text.hpp"

#include <algorithm>
#include <vector>

#include "nanolib/base/event_text.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanomq::broker {
namespace {

using nanolib::log_field;
using nanonng::mqtt::frame;
using nanonng::mqtt::packet_type;
using nanonng::mqtt::protocol_version;
using nanonng::mqtt::reason_code;

// Only what can be read without the settings of a connection: it has been checked already, or it is our own.
constexpr nanonng::mqtt::decode_limits no_limits{.maximum_packet_size = 268'435'460,
                                                 .maximum_user_properties = 1'000'000,
                                                 .maximum_properties_size = 268'435'455,
                                                 .maximum_filters = 1'000'000,
                                                 .maximum_topic_size = 65'535,
                                                 .maximum_topic_levels = 65'536};

std::string_view text_of(nanolib::bytes from) noexcept {
  return {reinterpret_cast<const char*>(from.data()), from.size()};
}

// As the standard writes them.
std::string capitals(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

class line {
 public:
  line(const traced_packet& what, std::uint32_t payload_bytes) : what_(what), payload_bytes_(payload_bytes) {
    fields_.emplace_back("client", what.connect != nullptr ? what.connect->client_id : what.client_id);
    fields_.emplace_back("address", what.address);
  }

  [[nodiscard]] std::string text(nanolib::wall_time when) {
    const packet_type type = what_.connect != nullptr   ? packet_type::connect
                             : what_.publish != nullptr ? packet_type::publish
                                                        : what_.packet.type;
    add_fields(type);
    if (what_.packet.size > 0) fields_.emplace_back("size", what_.packet.size);
    std::string out;
    nanolib::append_iso_time(out, when);
    out.append(what_.is_sent ? " out " : " in ");
    constexpr std::size_t longest_value = 1024;
    out += nanolib::event_text(capitals(nanonng::mqtt::name_of(type)), fields_,
                               std::max<std::size_t>(longest_value, payload_bytes_));
    return out + "\n";
  }

 private:
  void add_fields(packet_type type) {
    switch (type) {
      case packet_type::connect:
        return what_.connect != nullptr ? add_connect(*what_.connect) : void();
      case packet_type::publish:
        return what_.publish != nullptr ? add_publish(*what_.publish) : void();
      case packet_type::connack:
        return add_connack();
      case packet_type::puback:
      case packet_type::pubrec:
      case packet_type::pubrel:
      case packet_type::pubcomp:
        return add_acknowledgement();
      case packet_type::subscribe:
      case packet_type::unsubscribe:
        return add_subscribe(type == packet_type::subscribe);
      case packet_type::suback:
      case packet_type::unsuback:
        return add_suback();
      case packet_type::disconnect:
      case packet_type::auth:
        return add_reason();
      default:
        return;
    }
  }

  // Whether there was a password, and nothing of it.
  void add_connect(const nanonng::mqtt::connect_view& packet) {
    fields_.emplace_back("version", static_cast<int>(packet.version));
    fields_.emplace_back("clean_start", packet.clean_start);
    fields_.emplace_back("keep_alive", packet.keep_alive_s);
    if (packet.has_user_name) fields_.emplace_back("user", packet.user_name);
    fields_.emplace_back("password", packet.has_password);
    if (packet.has_will) {
      fields_.emplace_back("will_topic", packet.will.topic);
      fields_.emplace_back("will_qos", static_cast<int>(packet.will.qos));
      fields_.emplace_back("will_retain", packet.will.retain);
      fields_.emplace_back("will_size", packet.will.payload.size());
    }
    add_properties(packet.props.raw.size());
    if (what_.refused != reason_code::success) {
      fields_.emplace_back("refused", static_cast<int>(what_.refused));
      fields_.emplace_back("means", nanonng::mqtt::name_of(what_.refused));
    }
  }

  void add_connack() {
    nanonng::mqtt::connack_view packet;
    if (decode(what_.packet, what_.version, no_limits, packet) != reason_code::success) return;
    fields_.emplace_back("session_present", packet.session_present);
    add(packet.reason);
    add_properties(packet.props.raw.size());
  }

  void add_publish(const nanonng::mqtt::publish_view& packet) {
    if (packet.packet_identifier != 0) fields_.emplace_back("id", packet.packet_identifier);
    fields_.emplace_back("qos", static_cast<int>(packet.qos));
    fields_.emplace_back("retain", packet.retain);
    fields_.emplace_back("dup", packet.dup);
    fields_.emplace_back("topic", packet.topic);
    add_properties(packet.props.raw.size());
    fields_.emplace_back("payload_size", packet.payload.size());
    if (payload_bytes_ == 0) return;
    fields_.emplace_back("payload",
                         text_of(packet.payload.first(std::min<std::size_t>(payload_bytes_, packet.payload.size()))));
  }

  void add_acknowledgement() {
    nanonng::mqtt::acknowledgement_view packet;
    if (decode(what_.packet, what_.version, no_limits, packet) != reason_code::success) return;
    fields_.emplace_back("id", packet.packet_identifier);
    add(packet.reason);
    add_properties(packet.props.raw.size());
  }

  void add_subscribe(bool with_qos) {
    nanonng::mqtt::subscribe_view packet;
    if (decode(what_.packet, what_.version, no_limits, packet) != reason_code::success) return;
    fields_.emplace_back("id", packet.packet_identifier);
    add_properties(packet.props.raw.size());
    fields_.emplace_back("filters", packet.count);
    nanonng::mqtt::subscription_reader reader(packet);
    nanonng::mqtt::subscription_request one;
    constexpr std::uint32_t most_shown = 16;
    for (std::uint32_t i = 0; i < most_shown && reader.next(one); ++i) {
      fields_.emplace_back("filter", one.filter);
      if (with_qos) fields_.emplace_back("qos", static_cast<int>(one.qos));
    }
  }

  void add_suback() {
    nanonng::mqtt::suback_view packet;
    if (decode(what_.packet, what_.version, no_limits, packet) != reason_code::success) return;
    fields_.emplace_back("id", packet.packet_identifier);
    for (const std::byte one : packet.reasons)
      codes_ += (codes_.empty() ? "" : ",") + std::to_string(std::to_integer<int>(one));
    fields_.emplace_back("reasons", codes_);
  }

  void add_reason() {
    nanonng::mqtt::reason_view packet;
    if (decode(what_.packet, what_.version, no_limits, packet) != reason_code::success) return;
    add(packet.reason);
    add_properties(packet.props.raw.size());
  }

  void add(reason_code reason) {
    fields_.emplace_back("reason", static_cast<int>(reason));
    if (reason != reason_code::success) fields_.emplace_back("means", nanonng::mqtt::name_of(reason));
  }
  void add_properties(std::size_t size) {
    if (size > 0) fields_.emplace_back("properties", size);
  }

  const traced_packet& what_;
  std::uint32_t payload_bytes_;
  std::vector<log_field> fields_;
  std::string codes_;
};

}  // namespace

bool has_filter(const traced_packet& what, std::string_view filter) {
  const packet_type type = what.packet.type;
  nanonng::mqtt::subscribe_view packet;
  if (what.is_sent || (type != packet_type::subscribe && type != packet_type::unsubscribe) ||
      decode(what.packet, what.version, no_limits, packet) != reason_code::success) {
    return false;
  }
  nanonng::mqtt::subscription_reader reader(packet);
  nanonng::mqtt::subscription_request one;
  while (reader.next(one)) {
    const auto parsed = nanolib::parse_topic_filter(one.filter, {65'535, 65'536});
    if (parsed && (parsed->filter == filter || (!parsed->has_wildcard && nanolib::matches(filter, parsed->filter)))) {
      return true;
    }
  }
  return false;
}

std::string packet_text(const traced_packet& what, nanolib::wall_time when, std::uint32_t payload_bytes) {
  return line(what, payload_bytes).text(when);
}

}  // namespace nanomq::broker
