// A scripted MQTT server over a real socket, for tests of clients: expect this, answer that, hang up.
// Every expectation has a deadline and none of them sleeps. A failed expectation throws; the message names the line of the
// test.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>

#include "client_packet.hpp"
#include "mqtt_packets.hpp"
#include "raw_client.hpp"

namespace nanomq::support {

/// CONNACK as a server sends it.
struct connack_packet {
  bool session_present = false;
  unsigned code = 0;
  properties props = {};
  [[nodiscard]] octets encode(version v) const;
};

/// SUBACK or UNSUBACK.
struct suback_packet {
  unsigned id = 1;
  std::vector<unsigned> codes = {0};
  packet_kind kind = SUBACK;
  properties props = {};
  [[nodiscard]] octets encode(version v) const;
};

[[nodiscard]] octets pingresp();

/// The server's end of one connection. Thread: externally synchronised.
class raw_peer {
 public:
  using location = std::source_location;
  static constexpr std::chrono::seconds deadline{100};

  raw_peer(int socket, version v) : socket_(socket), version_(v) {}
  raw_peer(raw_peer&& other) noexcept;
  raw_peer& operator=(raw_peer&& other) noexcept;
  ~raw_peer();

  void send(const octets& bytes, location where = location::current());
  template <typename Packet>
    requires requires(const Packet& packet) { packet.encode(version::v5); }
  void send(const Packet& packet) {
    send(packet.encode(version_));
  }

  /// The next packet. Errors: throws at the deadline and at the end of the connection.
  client_packet next(location where = location::current());
  /// The next packet, of that kind; PINGREQs before it are answered.
  client_packet expect(packet_kind kind, location where = location::current());
  /// CONNECT, and the CONNACK for it.
  client_packet welcome(const connack_packet& with = {}, location where = location::current());
  /// SUBSCRIBE, and the SUBACK that grants what was asked for.
  client_packet grant(location where = location::current());
  /// The client ends the connection; what comes before is ignored.
  void expect_close(location where = location::current());
  /// Closes the connection; with RST if asked.
  void close(bool reset = false);

 private:
  std::optional<client_packet> read_packet(location where);

  int socket_;
  version version_;
  octets buffer_;
};

/// Listens on a port of its own on 127.0.0.1.
class raw_server {
 public:
  explicit raw_server(version v = version::v5);
  ~raw_server();
  raw_server(const raw_server&) = delete;
  raw_server& operator=(const raw_server&) = delete;

  /// The next connection. Errors: throws at the deadline.
  raw_peer accept(std::source_location where = std::source_location::current());
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "mqtt://127.0.0.1:port"
  [[nodiscard]] std::string url() const;
  /// Stops listening: connections are refused from now on.
  void close();

 private:
  int socket_;
  std::uint16_t port_ = 0;
  version version_;
};

}  // namespace nanomq::support
