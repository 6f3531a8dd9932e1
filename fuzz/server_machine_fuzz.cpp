// The server machine behind a scripted CONNECT, fed with frames out of any bytes.
//
// The first byte chooses version and settings. Then come frames as on the wire; the owner does what the actions say as far
// as it changes the machine. Held: every view lies in the input or in the aliases, a QoS 2 identifier is delivered once
// until it is released, a client of 5.0 never has more of them than the Receive Maximum, time only moves the deadline on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "nanonng/mqtt/server_machine.hpp"

namespace {

using namespace nanonng::mqtt;

void require(bool holds) {
  if (!holds) std::abort();
}

buffer script(std::uint8_t choice) {
  connect_view packet;
  packet.version = static_cast<protocol_version>(3 + (choice & 3U) % 3);
  packet.clean_start = (choice & 4U) != 0;
  packet.client_id = "fuzz";
  packet.keep_alive_s = (choice & 8U) != 0 ? 10 : 0;
  property_writer block;
  if ((choice & 16U) != 0) block.two_byte(property_id::topic_alias_maximum, 3);
  if ((choice & 32U) != 0) block.four_byte(property_id::session_expiry_interval, 9);
  buffer out;
  encode_into(out, packet, block.block(), {});
  return out;
}

class owner {
 public:
  explicit owner(std::uint8_t choice) : is_scripted_((choice & 64U) != 0) {
    settings_.receive_maximum = 3;
    settings_.topic_alias_maximum = 4;
    settings_.maximum_keep_alive_s = (choice & 128U) != 0 ? 5 : 0;
    settings_.limits.maximum_packet_size = 4'096;
    settings_.maximum_connect_size = 512;
  }

  void run(std::uint8_t choice, bytes input) {
    const buffer connect = script(choice);
    if (is_scripted_) feed(connect);
    // A copy that ends where the input ends, so that the first byte read too far is seen.
    const std::unique_ptr<std::byte[]> copy(new std::byte[input.size()]);
    if (!input.empty()) std::memcpy(copy.get(), input.data(), input.size());
    feed({copy.get(), input.size()});
  }

 private:
  void feed(bytes input) {
    while (!over_) {
      const framing found = next_frame(input, machine_.maximum_packet_size());
      if (found.status == decode_status::need_more) return;
      now_ += nanolib::duration(10);
      const action what = found.status == decode_status::error ? machine_.reject(found.reason)
                                                               : machine_.receive(found.packet, now_, into_);
      act(what);
      input = input.subspan(found.status == decode_status::done ? found.packet.size : 0);
      require(machine_.keep_alive_deadline() > now_);
      require(delivered_.size() == unreleased_.size());
      if (machine_.is_v5()) require(unreleased_.size() <= settings_.receive_maximum);
    }
  }

  void act(const action& what) {
    require(what.what != action::kind::nothing);
    require((what.what == action::kind::fail) <= (is_error(what.reason) && !what.why.empty()));
    switch (what.what) {
      case action::kind::open:
        require(!machine_.is_open());
        if (machine_.authentication_method().size() % 2 == 1) return challenge();
        return accept();
      case action::kind::authenticate:
        require(!machine_.authentication_method().empty());
        if (into_.reason.props.authentication_data.size() % 3 == 2) return challenge();
        if (!machine_.is_open()) return accept();
        answer_.clear();
        require(machine_.authenticated(into_.reason.props.authentication_data, answer_) == !answer_.empty());
        return;
      case action::kind::deliver:
        return deliver();
      case action::kind::repeat:
        require(delivered_.contains(into_.publish.packet_identifier));
        return;
      case action::kind::release:
        require(delivered_.erase(into_.acknowledgement.packet_identifier) == (is_error(what.reason) ? 0U : 1U));
        return;
      case action::kind::end:
      case action::kind::fail:
        over_ = true;
        require(machine_.is_open() || machine_.how_to_part() != server_machine::parting::disconnect);
        return;
      default:
        require(machine_.is_open());
        return;
    }
  }

  void accept() {
    machine_.accept(into_.connect, unreleased_, now_);
    static_cast<void>(connack_properties(settings_, machine_, into_.connect, {}));
  }

  void challenge() {
    answer_.clear();
    require(machine_.challenge(into_.reason.props.authentication_data, answer_) == !answer_.empty());
  }

  void deliver() {
    const publish_view& packet = into_.publish;
    require(machine_.is_open() && !packet.topic.empty());
    // Reads every byte of what is handed on.
    volatile unsigned sum = 0;
    for (const char letter : packet.topic) sum = sum + static_cast<unsigned char>(letter);
    for (const std::byte byte : packet.payload) sum = sum + std::to_integer<unsigned>(byte);
    static_cast<void>(machine_.alias_for(packet.topic, packet.topic.size()));
    if (packet.qos != quality_of_service::exactly_once) return;
    require(delivered_.insert(packet.packet_identifier).second);
    if (packet.retain) {  // stands for a message that the broker refuses
      machine_.forget(packet.packet_identifier);
      delivered_.erase(packet.packet_identifier);
    }
  }

  bool is_scripted_;
  server_settings settings_;
  nanolib::identifier_set unreleased_;
  std::set<std::uint16_t> delivered_;
  incoming into_;
  buffer answer_;
  nanolib::instant now_{};
  server_machine machine_{settings_, now_};
  bool over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  owner(data[0]).run(data[0], std::as_bytes(std::span(data + 1, size - 1)));
  return 0;
}
