// The client machine against a server of any bytes, and an owner with any wishes.
//
// The first byte chooses version and settings. Then come operations: a byte says which, its operands follow. Packets
// are framed by the fuzzer's bytes, or written by the script with operands where that gets further. Held: every view
// lies in the input or in the aliases; identifiers in use are never handed out; a token is completed once; a QoS 2
// message is delivered once until it is released or the session is gone; a server of 5.0 never has more open than the
// Receive Maximum allows; what the client sends, its own decoder reads; nothing is sent after the end.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "nanonng/mqtt/client_machine.hpp"

namespace {

using namespace nanonng::mqtt;
using kind = client_action::kind;

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Bytes>
void read_all(const Bytes& from) {
  volatile unsigned sum = 0;
  for (const auto each : from) sum = sum + static_cast<unsigned char>(each);
}

class owner {
 public:
  explicit owner(std::uint8_t choice) {
    options_.packet.version = static_cast<protocol_version>(3 + (choice & 3U) % 3);
    options_.packet.client_id = "fuzz";
    options_.packet.keep_alive_s = (choice & 4U) != 0 ? 10 : 0;
    if ((choice & 8U) != 0) options_.authentication_method = "m";
    settings_.manual_acknowledgement = (choice & 16U) != 0;
    settings_.sent_topic_aliases = (choice & 32U) != 0 ? 2 : 0;
    settings_.receive_maximum = 3;
    settings_.topic_alias_maximum = 4;
    settings_.maximum_inflight = (choice & 64U) != 0 ? 2 : 65'535;
    settings_.limits.maximum_packet_size = 4'096;
  }

  void run(std::span<const std::uint8_t> input) {
    rest_ = input;
    connect(true);
    while (!rest_.empty()) operate();
  }

 private:
  std::uint8_t take() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }

  void operate() {
    const std::uint8_t what = take();
    switch (what % 12) {
      case 0:
        return feed_raw(take());
      case 1:
        return connect((what & 128U) != 0);
      case 2:
        return publish(what);
      case 3:
        return subscribe(what);
      case 4:
        return resume(what);
      case 5:
        return acknowledge();
      case 6:
        return tick();
      case 7:
        return accept(what);
      case 8:
        return feed_acknowledgement();
      case 9:
        return feed_publish(what);
      case 10:
        return authenticate(what);
      default:
        return what < 16 ? disconnect() : write_answers();
    }
  }

  // ---- the owner ----

  void connect(bool clean) {
    if (machine_) machine_->disconnected();
    request_token token = 0;
    while (session_.take_lost_request(token)) require(requests_.erase(token) == 1);
    machine_.emplace(settings_, session_);
    counted_ = 0;
    over_ = false;
    options_.packet.clean_start = clean;
    buffer out;
    require(!machine_->connect(options_, now_, out).is_refusal());
    check_sent(out, packet_type::connect);
  }
  void publish(std::uint8_t what) {
    static constexpr std::string_view topics[] = {"a", "b/c", "d", "+", ""};
    outgoing_publish packet;
    packet.topic = topics[(what >> 2U) % 5];
    packet.qos = static_cast<quality_of_service>(take() % 4);
    packet.retain = (what & 64U) != 0;
    const permit allowed = machine_->publish(packet, ++last_token_);
    if (allowed.what != permit::kind::send) return;
    if (packet.qos != quality_of_service::at_most_once) {
      require(requests_.emplace(last_token_, allowed.packet_identifier).second);
      require(is_free(allowed.packet_identifier, last_token_));
    }
    send(packet, allowed);
  }
  void send(const outgoing_publish& packet, const permit& allowed) {
    require(!over_ && machine_->is_open());
    require(allowed.size.total <= machine_->limits().maximum_packet_size);
    buffer out(allowed.size.total);
    encode_head_into(out.data(), packet, allowed.size, machine_->version());
    check_sent(out, packet_type::publish);
  }
  void subscribe(std::uint8_t what) {
    static constexpr std::string_view filters[] = {"a/#", "$share/g/f", "f", "$share/"};
    const subscription_request entry{.filter = filters[what >> 6U], .no_local = (what & 32U) != 0};
    buffer out;
    const bool subscribes = (what & 16U) != 0;
    const permit allowed = subscribes ? machine_->subscribe({&entry, 1}, {}, ++last_token_, out)
                                      : machine_->unsubscribe({&entry.filter, 1}, {}, ++last_token_, out);
    require(out.empty() == (allowed.what != permit::kind::send));
    if (out.empty()) return;
    require(requests_.emplace(last_token_, allowed.packet_identifier).second);
    require(is_free(allowed.packet_identifier, last_token_));
    check_sent(out, subscribes ? packet_type::subscribe : packet_type::unsubscribe);
  }
  void resume(std::uint8_t what) {
    owed_publish owed;
    if (!machine_->next_owed(owed)) return;
    require(requests_.contains(owed.token) && requests_[owed.token] == owed.packet_identifier);
    if (owed.what == owed_publish::kind::completed) return complete(owed.token);
    if ((what & 128U) != 0) {
      machine_->give_up(owed);
      return complete(owed.token);
    }
    outgoing_publish packet;
    packet.topic = "again";
    const permit allowed = machine_->publish_again(packet, owed);
    if (allowed.what == permit::kind::refused) return complete(owed.token);
    require(allowed.what == permit::kind::send && packet.dup == owed.dup);
    send(packet, allowed);
  }
  void acknowledge() {
    if (receipts_.empty()) return;
    const auto chosen = receipts_.begin() + static_cast<std::ptrdiff_t>(take() % receipts_.size());
    const auto reason = static_cast<reason_code>(take());
    if (machine_->acknowledge(*chosen, reason)) receipts_.erase(chosen);
  }
  void tick() {
    now_ += nanolib::duration(take() * 100);
    const client_action action = machine_->tick(now_);
    require(action.what == kind::nothing || action.what == kind::fail);
    if (action.what == kind::fail) end(action);
    require(over_ || machine_->deadline() > now_);
  }
  void authenticate(std::uint8_t what) {
    buffer out;
    const verdict refusal =
        (what & 64U) != 0 ? machine_->authenticate({}, {}, out) : machine_->reauthenticate({}, {}, out);
    require(refusal.is_refusal() == out.empty());
    if (!out.empty()) check_sent(out, packet_type::auth);
  }
  void disconnect() {
    buffer out;
    if (machine_->disconnect(reason_code::success, {}, {}, out).is_refusal()) return require(out.empty());
    require(!over_);
    over_ = true;
  }
  void write_answers() {
    std::byte room[20];
    const std::size_t size = machine_->write_answers(std::span(room, take() % 21));
    require(size == 0 || !over_);
    bytes rest(room, size);
    while (!rest.empty()) {
      const framing found = next_frame(rest, 100);
      require(found.status == decode_status::done);
      count_answer(found.packet);
      rest = rest.subspan(found.packet.size);
    }
  }
  void count_answer(const frame& packet) {
    if (packet.type == packet_type::pingreq) return;
    acknowledgement_view view;
    require(decode(packet, machine_->version(), {}, view) == reason_code::success);
    const bool ends = packet.type == packet_type::puback || packet.type == packet_type::pubcomp ||
                      (packet.type == packet_type::pubrec && is_error(view.reason));
    if (ends && counted_ > 0) --counted_;
    if (packet.type == packet_type::pubrec && is_error(view.reason)) delivered_.erase(view.packet_identifier);
  }

  // ---- the server ----

  void feed_raw(std::size_t size) {
    size = std::min(size, rest_.size());
    feed(std::as_bytes(rest_.first(size)));
    rest_ = rest_.subspan(size);
  }
  void accept(std::uint8_t what) {
    property_writer block;
    if ((what & 16U) != 0) block.two_byte(property_id::receive_maximum, 1);
    if ((what & 32U) != 0) block.two_byte(property_id::topic_alias_maximum, 9);
    if ((what & 64U) != 0) block.four_byte(property_id::maximum_packet_size, 9);
    if (!options_.authentication_method.empty()) block.text(property_id::authentication_method, "m");
    buffer out;
    encode_connack_into(out, (what & 128U) != 0, reason_code::success, machine_->version(), block.block());
    feed(out);
  }
  void feed_acknowledgement() {
    buffer out;
    const auto type = static_cast<packet_type>(4 + take() % 4);
    const auto identifier = static_cast<std::uint16_t>(take() % 16);
    encode_acknowledgement_into(out, type, identifier, static_cast<reason_code>(take()), machine_->version(), {});
    feed(out);
  }
  void feed_publish(std::uint8_t what) {
    outgoing_publish packet;
    packet.topic = (what & 16U) != 0 ? "" : "in";
    packet.topic_alias = (what & 32U) != 0 ? 1 : 0;
    packet.qos = static_cast<quality_of_service>(take() % 3);
    packet.packet_identifier = static_cast<std::uint16_t>(take() % 16);
    buffer out;
    encode_publish_into(out, packet, machine_->version());
    feed(out);
  }
  void feed(bytes input) {
    // A copy that ends where the input ends, so that the first byte read too far is seen.
    const std::unique_ptr<std::byte[]> copy(new std::byte[input.size()]);
    if (!input.empty()) std::memcpy(copy.get(), input.data(), input.size());
    input = {copy.get(), input.size()};
    for (;;) {
      const framing found = next_frame(input, machine_->maximum_packet_size());
      if (found.status == decode_status::need_more) return;
      if (found.status == decode_status::error) return end(machine_->reject(found.reason));
      act(machine_->receive(found.packet, now_, into_), found.packet.type);
      input = input.subspan(found.packet.size);
    }
  }

  void act(const client_action& action, packet_type type) {
    require(!over_ || action.what == kind::ignored);
    switch (action.what) {
      case kind::opened:
        require(machine_->is_open());
        if (!keeps_session()) delivered_.clear();
        return;
      case kind::deliver:
        return deliver(action);
      case kind::repeat:
        return require(delivered_.contains(into_.publish.packet_identifier));
      case kind::recorded:
        return require(requests_.contains(action.token));
      case kind::completed:
      case kind::subscribed:
      case kind::unsubscribed:
        return complete(action.token);
      case kind::refused:
      case kind::ended:
      case kind::fail:
        return end(action);
      case kind::nothing:
        if (type == packet_type::pubrel) delivered_.erase(into_.acknowledgement.packet_identifier);
        return;
      default:
        return;
    }
  }
  /// 3.1 does not tell: its client goes by what it asked for.
  [[nodiscard]] bool keeps_session() const {
    return machine_->version() == protocol_version::v3_1 ? !options_.packet.clean_start : into_.connack.session_present;
  }
  void deliver(const client_action& action) {
    const publish_view& packet = into_.publish;
    require(machine_->is_open() && !packet.topic.empty());
    read_all(packet.topic);
    read_all(packet.payload);
    read_all(packet.props.raw);
    if (packet.qos == quality_of_service::at_most_once) return;
    require(++counted_ <= 3U || machine_->version() != protocol_version::v5);
    require((action.receipt != 0) == settings_.manual_acknowledgement);
    if (action.receipt != 0) receipts_.push_back(action.receipt);
    if (packet.qos == quality_of_service::exactly_once) require(delivered_.insert(packet.packet_identifier).second);
  }
  void complete(request_token token) { require(requests_.erase(token) == 1); }
  void end(const client_action& action) {
    over_ = true;
    require(!machine_->is_open() && !machine_->has_answers() && machine_->deadline() == nanolib::never);
    require(is_error(action.reason) || action.what != kind::fail);
    buffer out;
    machine_->part_into(action, out);
    if (!out.empty()) check_sent(out, packet_type::disconnect);
  }

  [[nodiscard]] bool is_free(std::uint16_t identifier, request_token user) const {
    return std::ranges::none_of(requests_,
                                [&](const auto& each) { return each.second == identifier && each.first != user; });
  }
  void check_sent(bytes out, packet_type type) const {
    const framing found = next_frame(out, 0xFFFFFFFF);
    require(found.status == decode_status::done && found.packet.type == type && found.packet.size == out.size());
    reason_code reason = reason_code::success;
    if (type == packet_type::connect) {
      connect_view view;
      reason = decode(found.packet, {}, view);
    } else if (type == packet_type::publish) {
      publish_view view;
      reason = decode(found.packet, machine_->version(), {}, view);
    } else if (type == packet_type::subscribe || type == packet_type::unsubscribe) {
      subscribe_view view;
      reason = decode(found.packet, machine_->version(), {}, view);
    } else {
      reason_view view;
      reason = decode(found.packet, machine_->version(), {}, view);
    }
    require(reason == reason_code::success);
  }

  client_settings settings_;
  connect_options options_;
  client_session session_;
  std::optional<client_machine> machine_;
  client_incoming into_;
  std::span<const std::uint8_t> rest_;
  std::map<request_token, std::uint16_t> requests_;
  std::set<std::uint16_t> delivered_;
  std::vector<receipt_number> receipts_;
  nanolib::instant now_{std::chrono::seconds(1'000)};
  request_token last_token_ = 0;
  std::uint32_t counted_ = 0;
  bool over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  owner(data[0]).run(std::span(data + 1, size - 1));
  return 0;
}
