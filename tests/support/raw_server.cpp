#include "raw_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
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
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

}  // namespace

octets connack_packet::encode(version v) const {
  octets body;
  body.u8(session_present ? 1 : 0).u8(code);
  if (v == version::v5) body.raw(props.encoded());
  return framed(0x20, body);
}

octets suback_packet::encode(version v) const {
  octets body;
  body.u16(id);
  if (v == version::v5) body.raw(props.encoded());
  if (v == version::v5 || kind == SUBACK) {
    for (const unsigned each : codes) body.u8(each);
  }
  return framed(static_cast<unsigned>(kind) << 4U, body);
}

octets pingresp() { return {0xD0, 0x00}; }

// ---- one connection ----

raw_peer::raw_peer(raw_peer&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), version_(other.version_), buffer_(std::move(other.buffer_)) {}

raw_peer& raw_peer::operator=(raw_peer&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(version_, other.version_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

raw_peer::~raw_peer() { close(); }

void raw_peer::close(bool reset) {
  if (socket_ < 0) return;
  if (reset) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  ::close(std::exchange(socket_, -1));
}

void raw_peer::send(const octets& bytes, location where) {
  const auto until = steady_clock::now() + deadline;
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      if (!wait_for(socket_, POLLOUT, until)) fail(where, "the client stopped reading");
    } else if (errno != EINTR) {
      return;  // the client has hung up, and whoever wants to know that waits for it
    }
  }
}

std::optional<client_packet> raw_peer::read_packet(location where) {
  const auto until = steady_clock::now() + deadline;
  for (;;) {
    if (const auto length = packet_length(buffer_); length && *length <= buffer_.size()) {
      const octets packet = buffer_.first(*length);
      buffer_ = buffer_.from(*length);
      return parse_client_packet(packet, version_);
    }
    if (!wait_for(socket_, POLLIN, until)) fail(where, "nothing came before the deadline");
    std::array<std::uint8_t, 65'536> chunk;
    const ssize_t count = ::recv(socket_, chunk.data(), chunk.size(), 0);
    if (count <= 0) return std::nullopt;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) buffer_.u8(chunk[i]);
  }
}

client_packet raw_peer::next(location where) {
  auto packet = read_packet(where);
  if (!packet) fail(where, "the client closed the connection");
  return *std::move(packet);
}

client_packet raw_peer::expect(packet_kind kind, location where) {
  for (;;) {
    client_packet packet = next(where);
    if (packet.kind == kind) return packet;
    if (packet.kind != PINGREQ) {
      fail(where, "expected a packet of type " + std::to_string(kind) + ", got " + packet.described());
    }
    send(pingresp());
  }
}

client_packet raw_peer::welcome(const connack_packet& with, location where) {
  client_packet packet = expect(CONNECT, where);
  send(with);
  return packet;
}

client_packet raw_peer::grant(location where) {
  client_packet packet = expect(SUBSCRIBE, where);
  suback_packet answer{.id = packet.id, .codes = {}};
  for (const auto& each : packet.filters) answer.codes.push_back(each.options & 3U);
  send(answer);
  return packet;
}

void raw_peer::expect_close(location where) {
  while (read_packet(where)) continue;
}

// ---- listening ----

raw_server::raw_server(version v) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), version_(v) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  if (socket_ < 0 || ::bind(socket_, reinterpret_cast<const sockaddr*>(&name), size) != 0 ||
      ::listen(socket_, 64) != 0 || ::getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    throw expectation_failed("no port to listen on");
  }
  port_ = ntohs(name.sin_port);
}

raw_server::~raw_server() { close(); }

void raw_server::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

raw_peer raw_server::accept(std::source_location where) {
  if (!wait_for(socket_, POLLIN, steady_clock::now() + raw_peer::deadline)) fail(where, "nobody connected");
  const int made = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (made < 0) fail(where, "nobody connected after all");
  const int on = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {made, version_};
}

std::string raw_server::url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }

}  // namespace nanomq::support
