#include "raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace nanomq::support {
namespace {

using std::chrono::steady_clock;

[[noreturn]] void fail(const std::source_location& where, const std::string& what) {
  std::string file = where.file_name();
  file.erase(0, file.rfind('/') + 1);
  throw expectation_failed(file + ":" + std::to_string(where.line()) + ": " + what);
}

bool wait_for(int socket, short events, steady_clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    pollfd entry{.fd = socket, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, left.count() < 0 ? 0 : static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return false;
  }
}

}  // namespace

raw_client::raw_client(const address& where, version v)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), version_(v) {
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(where.port);
  if (socket_ < 0 || ::inet_pton(AF_INET, where.host.c_str(), &peer.sin_addr) != 1 ||
      ::connect(socket_, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
    const std::string reason = std::strerror(errno);
    if (socket_ >= 0) ::close(socket_);
    throw expectation_failed("no connection to " + where.host + ":" + std::to_string(where.port) + ": " + reason);
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

raw_client::~raw_client() {
  if (socket_ >= 0) ::close(socket_);
}

raw_client::raw_client(raw_client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      version_(other.version_),
      buffer_(std::move(other.buffer_)),
      early_(std::move(other.early_)),
      last_id_(other.last_id_),
      limit_(other.limit_) {}

raw_client& raw_client::operator=(raw_client&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(version_, other.version_);
  std::swap(buffer_, other.buffer_);
  std::swap(early_, other.early_);
  std::swap(last_id_, other.last_id_);
  std::swap(limit_, other.limit_);
  return *this;
}

void raw_client::send(const octets& bytes) {
  const auto until = steady_clock::now() + limit_;
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      if (!wait_for(socket_, POLLOUT, until)) throw expectation_failed("the broker stopped reading");
    } else if (errno != EINTR) {
      return;
    }
  }
}

std::size_t raw_client::try_send(const octets& bytes) {
  const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

received_packet raw_client::connect(const connect_packet& packet, location where) {
  send(packet);
  received_packet answer = expect(CONNACK, where);
  if (answer.code != 0) fail(where, "CONNECT was refused: " + answer.described());
  return answer;
}

received_packet raw_client::subscribe(const std::string& filter, unsigned options, const properties& props,
                                      location where) {
  const unsigned id = fresh_id();
  send(subscribe_packet{.id = id, .filters = {{filter, options}}, .props = props});
  received_packet answer = answer_of(SUBACK, where);
  if (answer.id != id || answer.codes != std::vector<unsigned>{options & 3U})
    fail(where, "SUBSCRIBE to " + filter + " was answered " + answer.described());
  return answer;
}

void raw_client::publish(const publish_packet& packet, location where) {
  publish_packet numbered = packet;
  if (numbered.qos != 0 && numbered.id == 0) numbered.id = fresh_id();
  send(numbered);
  const auto require = [&](packet_kind kind) {
    const received_packet answer = answer_of(kind, where);
    if (answer.id != numbered.id || answer.code >= 0x80) fail(where, "PUBLISH was answered " + answer.described());
  };
  if (numbered.qos == 1) require(PUBACK);
  if (numbered.qos == 2) {
    require(PUBREC);
    send(acknowledgement{.kind = PUBREL, .id = numbered.id, .code = 0, .props = {}});
    require(PUBCOMP);
  }
}

void raw_client::disconnect(location where) {
  send(disconnect_packet{});
  expect_close(where);
}

void raw_client::drop(bool reset) {
  if (reset) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  ::close(std::exchange(socket_, -1));
}

bool raw_client::fill(steady_clock::time_point until, location where) {
  if (!wait_for(socket_, POLLIN, until)) fail(where, "nothing came before the deadline");
  std::array<std::uint8_t, 65'536> chunk;
  const ssize_t count = ::recv(socket_, chunk.data(), chunk.size(), 0);
  if (count <= 0) return false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) buffer_.u8(chunk[i]);
  return true;
}

received_packet raw_client::answer_of(packet_kind kind, location where) {
  for (;;) {
    auto packet = read_packet(where);
    if (!packet) fail(where, "the broker closed the connection");
    if (packet->kind == kind) return *std::move(packet);
    if (packet->kind != PUBLISH)
      fail(where, "expected a packet of type " + std::to_string(kind) + ", got " + packet->described());
    early_.push_back(*std::move(packet));
  }
}

std::optional<received_packet> raw_client::next_or_close(location where) {
  if (early_.empty()) return read_packet(where);
  received_packet first = std::move(early_.front());
  early_.pop_front();
  return first;
}

std::optional<received_packet> raw_client::read_packet(location where) {
  const auto until = steady_clock::now() + limit_;
  for (;;) {
    const auto length = packet_length(buffer_);
    if (length && buffer_.size() >= *length) {
      const octets whole = buffer_.first(*length);
      buffer_ = buffer_.from(*length);
      try {
        return parse_packet(whole, version_);
      } catch (const std::runtime_error& error) {
        fail(where, error.what());
      }
    }
    if (!fill(until, where)) {
      if (!buffer_.empty()) fail(where, "the connection ended inside a packet: " + buffer_.hex());
      return std::nullopt;
    }
  }
}

received_packet raw_client::next(location where) {
  auto packet = next_or_close(where);
  if (!packet) fail(where, "the broker closed the connection");
  return *std::move(packet);
}

received_packet raw_client::expect(packet_kind kind, location where) {
  received_packet packet = next(where);
  if (packet.kind != kind)
    fail(where, "expected a packet of type " + std::to_string(kind) + ", got " + packet.described());
  return packet;
}

received_packet raw_client::expect(packet_kind kind, unsigned id, unsigned code, location where) {
  received_packet packet = expect(kind, where);
  if (packet.id != id || packet.code != code)
    fail(where, "expected id " + std::to_string(id) + " code " + octets{static_cast<int>(code)}.hex() + ", got " +
                    packet.described());
  return packet;
}

received_packet raw_client::expect_publish(const std::string& topic, const std::string& payload, location where) {
  received_packet packet = expect(PUBLISH, where);
  if (packet.topic != topic || packet.payload != payload)
    fail(where,
         "expected topic " + topic.substr(0, 64) + " payload " + payload.substr(0, 64) + ", got " + packet.described());
  return packet;
}

void raw_client::expect_bytes(const octets& bytes, location where) {
  const auto until = steady_clock::now() + limit_;
  while (buffer_.size() < bytes.size())
    if (!fill(until, where)) fail(where, "the broker closed the connection");
  const octets got = buffer_.first(bytes.size());
  if (got != bytes) fail(where, "expected bytes " + bytes.hex() + "got " + got.hex());
  buffer_ = buffer_.from(bytes.size());
}

void raw_client::expect_close(location where) {
  if (const auto packet = next_or_close(where))
    fail(where, "expected the connection to end, got " + packet->described());
}

std::size_t raw_client::drain_until_close(location where) {
  std::size_t count = 0;
  while (next_or_close(where)) ++count;
  return count;
}

void raw_client::expect_disconnect(unsigned code, location where) {
  if (version_ == version::v5) {
    const received_packet packet = expect(DISCONNECT, where);
    if (packet.code != code)
      fail(where, "expected DISCONNECT with " + octets{static_cast<int>(code)}.hex() + "got " + packet.described());
    if (packet.props.has(property::session_expiry_interval)) fail(where, "session expiry in a server's DISCONNECT");
  }
  expect_close(where);
}

unsigned raw_client::expect_disconnect_with_any(std::initializer_list<unsigned> codes, location where) {
  unsigned code = 0;
  if (version_ == version::v5) {
    const received_packet packet = expect(DISCONNECT, where);
    code = packet.code;
    if (std::ranges::find(codes, code) == codes.end()) fail(where, "an unexpected reason: " + packet.described());
  }
  expect_close(where);
  return code;
}

void raw_client::expect_rejection(std::initializer_list<unsigned> codes, location where) {
  const auto packet = next_or_close(where);
  if (!packet) return;
  if (packet->kind != CONNACK || packet->code == 0) fail(where, "expected a refusal, got " + packet->described());
  if (version_ == version::v5 && std::ranges::find(codes, packet->code) == codes.end())
    fail(where, "refused for an unexpected reason: " + packet->described());
  expect_close(where);
}

octets raw_client::read_until_close(location where) {
  const auto until = steady_clock::now() + limit_;
  while (fill(until, where)) {
  }
  return std::exchange(buffer_, {});
}

received_packet raw_client::expect_refusal(unsigned code, location where) {
  received_packet packet = expect(CONNACK, where);
  if (packet.code != code)
    fail(where, "expected CONNACK with " + octets{static_cast<int>(code)}.hex() + "got " + packet.described());
  expect_close(where);
  return packet;
}

void raw_client::expect_silence(location where) {
  send(pingreq());
  expect(PINGRESP, where);
}

bool raw_client::wait_readable(std::chrono::milliseconds limit) {
  return !early_.empty() || !buffer_.empty() || wait_for(socket_, POLLIN, steady_clock::now() + limit);
}

void raw_client::shrink_receive_buffer(int size) { ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size); }

}  // namespace nanomq::support
