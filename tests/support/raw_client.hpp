// A scripted MQTT client over a real socket, for black-box tests of a broker.
// Every expectation has a deadline and none of them sleeps. A failed expectation throws; the message names
// the line of the test, so GoogleTest reports it as that test's failure.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>

#include "mqtt_packets.hpp"
#include "received_packet.hpp"

namespace nanomq::support {

/// Where a broker listens.
struct address {
  std::string host;
  std::uint16_t port = 0;
};

/// What an unmet expectation throws.
class expectation_failed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One connection.
/// Thread: externally synchronised.
class raw_client {
 public:
  using location = std::source_location;
  static constexpr std::chrono::seconds default_deadline{100};

  /// Connects the socket; no CONNECT is sent. Errors: throws expectation_failed.
  raw_client(const address& where, version v);
  ~raw_client();
  raw_client(raw_client&& other) noexcept;
  raw_client& operator=(raw_client&& other) noexcept;

  /// Sends, whole; a connection that the peer has closed is no error here. Errors: throws if the peer reads nothing for the deadline.
  void send(const octets& bytes);
  template <typename Packet>
    requires requires(const Packet& packet) { packet.encode(version::v5); }
  void send(const Packet& packet) {
    send(packet.encode(version_));
  }
  /// Sends what the socket takes at once and tells how much that was: for peers that don't read.
  std::size_t try_send(const octets& bytes);

  /// CONNECT, and the CONNACK that accepts it.
  received_packet connect(const connect_packet& packet, location where = location::current());
  /// SUBSCRIBE, and the SUBACK whose codes are the requested QoS. Messages that come before it are kept for next().
  received_packet subscribe(const std::string& filter, unsigned options = 0, const properties& props = {},
                            location where = location::current());
  /// PUBLISH, and every acknowledgement that belongs to its QoS. Messages that come before them are kept for next().
  void publish(const publish_packet& packet, location where = location::current());
  /// DISCONNECT with code 0, and the close by the broker.
  void disconnect(location where = location::current());
  /// Closes the socket without DISCONNECT; with RST if asked.
  void drop(bool reset = false);

  /// The next packet. Errors: throws at the deadline, at a close, and when the packet breaks the standard.
  received_packet next(location where = location::current());
  /// The next packet, or nothing if the connection ended instead.
  std::optional<received_packet> next_or_close(location where = location::current());
  received_packet expect(packet_kind kind, location where = location::current());
  /// An acknowledgement of that kind with that identifier and code.
  received_packet expect(packet_kind kind, unsigned id, unsigned code = 0, location where = location::current());
  received_packet expect_publish(const std::string& topic, const std::string& payload,
                                 location where = location::current());
  /// The next bytes are these.
  void expect_bytes(const octets& bytes, location where = location::current());
  /// The connection ends and nothing comes before.
  void expect_close(location where = location::current());
  /// The connection ends, whatever came before; how many packets that were.
  std::size_t drain_until_close(location where = location::current());
  /// In 5.0 a DISCONNECT with that code and the end of the connection, in 3.x only the end.
  void expect_disconnect(unsigned code, location where = location::current());
  /// A CONNACK with that reason code (in 3.x: the return code) and the end of the connection.
  received_packet expect_refusal(unsigned code, location where = location::current());
  /// In 5.0 a DISCONNECT with one of these codes and the end of the connection, in 3.x only the end.
  unsigned expect_disconnect_with_any(std::initializer_list<unsigned> codes, location where = location::current());
  /// A CONNECT that is not accepted: the end of the connection, perhaps after a CONNACK that refuses.
  /// In 5.0 its code, if it comes, is one of these.
  void expect_rejection(std::initializer_list<unsigned> codes, location where = location::current());
  /// Every byte up to the end of the connection.
  octets read_until_close(location where = location::current());
  /// Nothing was waiting for this client: the answer to a PINGREQ is the next packet.
  void expect_silence(location where = location::current());
  /// The next byte or the end of the connection arrives before the deadline.
  [[nodiscard]] bool wait_readable(std::chrono::milliseconds limit);

  [[nodiscard]] version protocol() const { return version_; }
  /// A packet identifier that this client has not used yet.
  [[nodiscard]] unsigned fresh_id() { return last_id_ = last_id_ % 65'535 + 1; }
  void set_deadline(std::chrono::milliseconds limit) { limit_ = limit; }
  /// The receive buffer that the kernel keeps for this socket, small for slow readers.
  void shrink_receive_buffer(int size);

 private:
  std::optional<received_packet> read_packet(location where);
  received_packet answer_of(packet_kind kind, location where);
  bool fill(std::chrono::steady_clock::time_point until, location where);

  int socket_ = -1;
  version version_;
  octets buffer_;
  std::deque<received_packet> early_;  ///< messages that came while an answer was awaited
  unsigned last_id_ = 0;
  std::chrono::milliseconds limit_ = default_deadline;
};

}  // namespace nanomq::support
