#include "client.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace nanomq::bench {
namespace {

constexpr std::uint8_t first_refusal = 0x80;
constexpr std::size_t output_worth_keeping = std::size_t{1} << 20U;

}  // namespace

client::client(const client_options& options, client_events& events) : options_(options), events_(events) {}

client::~client() {
  if (!closed()) ::close(options_.descriptor);
}

void client::connect(std::string_view client_identifier) {
  append_connect(output_, options_.version, client_identifier);
}

void client::subscribe(std::span<const std::string> filters, std::uint8_t qos) {
  append_subscribe(output_, options_.version, next_packet_identifier(), filters, qos);
}

void client::publish(const publish_template& packet, const stamp& what) {
  if (packet.qos() == 0) {
    packet.append_to(output_, 0, what);
    return;
  }
  ++unacknowledged_;
  packet.append_to(output_, next_packet_identifier(), what);
}

void client::disconnect() { append_disconnect(output_); }

void client::receive(std::span<const std::byte> bytes) {
  if (partial_.empty()) {
    const auto rest = take_packets(bytes);
    if (!closed()) partial_.assign(rest.begin(), rest.end());
    return;
  }
  partial_.insert(partial_.end(), bytes.begin(), bytes.end());
  const std::size_t rest = take_packets(partial_).size();
  partial_.erase(partial_.begin(), partial_.end() - static_cast<std::ptrdiff_t>(rest));
  if (partial_.empty()) byte_buffer{}.swap(partial_);  // thousands of idle clients own no buffers
}

std::span<const std::byte> client::take_packets(std::span<const std::byte> stream) {
  frame packet;
  while (!closed()) {
    const framing state = next_frame(stream, packet);
    if (state == framing::partial) return stream;
    if (state == framing::malformed) {
      fail("the broker sent a malformed length");
      break;
    }
    handle(packet);
    stream = stream.subspan(packet.size);
  }
  return {};
}

void client::handle(const frame& packet) {
  switch (packet.type()) {
    case packet_type::connack:
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
      return handle_acknowledgement(packet);
    case packet_type::publish:
      return handle_publish(packet);
    case packet_type::suback:
      if (const auto result = read_suback(packet, options_.version)) return events_.on_subscribed(*this, *result);
      return fail("the broker sent a malformed SUBACK");
    case packet_type::disconnect:
      return fail("the broker sent DISCONNECT");
    case packet_type::connect:
    case packet_type::subscribe:
      break;
  }
  fail("the broker sent a packet that no broker sends here");
}

void client::handle_publish(const frame& packet) {
  const auto message = read_publish(packet, options_.version);
  if (!message || message->qos > 2) return fail("the broker sent a malformed PUBLISH");
  if (message->qos == 1) append_acknowledgement(output_, packet_type::puback, message->packet_identifier);
  if (message->qos == 2) append_acknowledgement(output_, packet_type::pubrec, message->packet_identifier);
  events_.on_message(*this, *message);
}

void client::handle_acknowledgement(const frame& packet) {
  const auto answer = read_acknowledgement(packet);
  if (!answer) return fail("the broker sent a malformed acknowledgement");
  if (packet.type() == packet_type::connack) {
    return answer->reason == 0 ? events_.on_ready(*this) : fail("the broker refused CONNECT");
  }
  if (answer->reason >= first_refusal) return fail("the broker refused PUBLISH");
  if (packet.type() == packet_type::pubrec) {
    append_acknowledgement(output_, packet_type::pubrel, answer->packet_identifier);
  } else if (packet.type() == packet_type::pubrel) {
    append_acknowledgement(output_, packet_type::pubcomp, answer->packet_identifier);
  } else {
    finish_exchange();
  }
}

void client::finish_exchange() {
  if (unacknowledged_ == 0) return fail("the broker acknowledged what was not sent");
  --unacknowledged_;
  events_.on_acknowledged(*this);
}

bool client::flush() {
  while (!closed() && written_ < output_.size()) {
    const ssize_t done =
        ::send(options_.descriptor, output_.data() + written_, output_.size() - written_, MSG_NOSIGNAL);
    if (done < 0) {
      if (errno == EAGAIN || errno == ENOTCONN) return false;
      if (errno == EINTR) continue;
      fail("writing to the broker failed");
      return true;
    }
    written_ += static_cast<std::size_t>(done);
  }
  written_ = 0;
  if (output_.capacity() > output_worth_keeping) {
    byte_buffer{}.swap(output_);
  } else {
    output_.clear();
  }
  return true;
}

void client::fail(std::string_view what) {
  if (closed()) return;
  ::close(options_.descriptor);
  options_.descriptor = -1;
  events_.on_fault(*this, what);
}

std::uint16_t client::next_packet_identifier() noexcept {
  if (++packet_identifier_ == 0) packet_identifier_ = 1;
  return packet_identifier_;
}

}  // namespace nanomq::bench
