// One MQTT connection of the load: its output, its half-read packet, and its side of the QoS 1 and 2 exchanges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "publish_template.hpp"
#include "wire.hpp"

namespace nanomq::bench {

class client;

/// Hears what happens to the clients of a loop.
class client_events {
 public:
  client_events() = default;
  client_events(const client_events&) = delete;
  client_events& operator=(const client_events&) = delete;
  virtual ~client_events() = default;

  /// CONNACK said yes.
  virtual void on_ready(client& which) = 0;
  virtual void on_subscribed(client& which, const received_suback& result) = 0;
  virtual void on_message(client& which, const received_publish& message) = 0;
  /// A message that this client published above QoS 0 is done with.
  virtual void on_acknowledged(client& which) = 0;
  /// Something that a correct broker does not do; the client is of no further use. `what` is static text.
  virtual void on_fault(client& which, std::string_view what) = 0;
};

struct client_options {
  int descriptor = -1;  ///< a non-blocking stream socket, perhaps still connecting; owned from here on
  std::uint32_t index = 0;
  protocol version = protocol::mqtt_3_1_1;
};

/// Thread: loop-confined (load_loop).
class client {
 public:
  client(const client_options& options, client_events& events);
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client();

  void connect(std::string_view client_identifier);
  void subscribe(std::span<const std::string> filters, std::uint8_t qos);
  void publish(const publish_template& packet, const stamp& what);
  void disconnect();

  /// Takes a piece of the input stream.
  void receive(std::span<const std::byte> bytes);
  /// Writes what it can. False: the rest waits for the socket.
  [[nodiscard]] bool flush();
  /// Closes the socket and reports the fault, once.
  void fail(std::string_view what);

  [[nodiscard]] int descriptor() const noexcept { return options_.descriptor; }
  [[nodiscard]] std::uint32_t index() const noexcept { return options_.index; }
  [[nodiscard]] bool closed() const noexcept { return options_.descriptor < 0; }
  [[nodiscard]] std::size_t unsent() const noexcept { return output_.size() - written_; }
  [[nodiscard]] std::uint32_t unacknowledged() const noexcept { return unacknowledged_; }

 private:
  friend class load_loop;

  [[nodiscard]] std::span<const std::byte> take_packets(std::span<const std::byte> stream);
  void handle(const frame& packet);
  void handle_publish(const frame& packet);
  void handle_acknowledgement(const frame& packet);
  void finish_exchange();
  [[nodiscard]] std::uint16_t next_packet_identifier() noexcept;

  client_options options_;
  client_events& events_;
  byte_buffer output_;
  std::size_t written_ = 0;
  byte_buffer partial_;
  std::uint32_t unacknowledged_ = 0;
  std::uint16_t packet_identifier_ = 0;
  bool waits_for_room_ = false;  // load_loop: EPOLLOUT is asked for
  bool dirty_ = false;           // load_loop: stands in the list of those to be flushed
};

}  // namespace nanomq::bench
