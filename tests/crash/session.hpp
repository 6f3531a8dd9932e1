// One MQTT session as a correct client keeps it, over any number of connections: what is under way in both directions,
// packet identifiers, and the QoS 2 exchanges on both sides. Bytes in, bytes out; the sockets are client_loop's.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanonng/mqtt/decoder.hpp"
#include "nanonng/mqtt/encoder.hpp"
#include "stamp.hpp"
#include "subscription_history.hpp"

namespace nanomq::crash {

namespace mqtt = nanonng::mqtt;

class session;

/// A PUBLISH from the broker; views into the input.
struct arrival {
  std::string_view topic;
  std::uint8_t qos = 0;
  bool retain = false;
  std::span<const std::uint32_t> identifiers;
  nanolib::bytes payload;
};

/// Hears what happens to sessions. A session may be used from inside, but not ended.
class session_events {
 public:
  session_events() = default;
  session_events(const session_events&) = delete;
  session_events& operator=(const session_events&) = delete;
  virtual ~session_events() = default;

  /// CONNACK said yes; what was under way has been sent again already.
  virtual void on_connected(session& which, bool session_present) = 0;
  virtual void on_acknowledged(session& which, const stamp& what) = 0;
  virtual void on_refused(session& which, const stamp& what, mqtt::reason_code why) = 0;
  /// The broker has forgotten the session; the message went out as a new one.
  virtual void on_republished(session& which, const stamp& what) = 0;
  virtual void on_message(session& which, const arrival& message) = 0;
  /// SUBACK or UNSUBACK for the request with this packet identifier. UNSUBACK of 3.1.1: success.
  virtual void on_request_done(session& which, std::uint16_t request, mqtt::reason_code result) = 0;
  /// Something that a correct broker does not do; the connection is of no further use.
  virtual void on_violation(session& which, std::string_view what) = 0;
  /// DISCONNECT, or a CONNACK that said no.
  virtual void on_dismissed(session& which, mqtt::reason_code why) = 0;
  /// client_loop: the connection has gone, and the session is ended. Expected: after finish(), or one of the two above.
  virtual void on_closed(session& which, bool expected) = 0;
};

struct will_settings {
  std::string topic;
  std::vector<std::byte> payload;
  std::uint8_t qos = 1;
  std::uint32_t delay_s = 0;
};

struct session_settings {
  std::string client_id;
  mqtt::protocol_version version = mqtt::protocol_version::v5;
  std::uint32_t expiry_s = 86'400;    ///< MQTT 5; before that a session that is not clean has no end
  std::uint16_t window = 20;          ///< messages under way to the broker
  std::uint16_t receive_maximum = 0;  ///< messages under way from it; 0: does not say
  std::size_t index = 0;              ///< whatever tells it from others in session_events
};

/// What the client does with what comes.
enum class answering : std::uint8_t {
  promptly,
  silent,  ///< takes it, but does not acknowledge anything
  deaf,    ///< does not even look at it, as if it had never arrived
};

/// Thread: one.
class session {
 public:
  session(session_settings settings, session_events& events);

  /// A connection begins: CONNECT is the first in the output.
  void begin(bool clean_start);
  /// The connection is gone. What was under way waits for the next.
  void end();
  /// Takes a piece of the input stream.
  void receive(nanolib::bytes piece);

  /// Room for one more message under way.
  [[nodiscard]] bool has_room() const noexcept { return connected_ && under_way_.size() < limit_; }
  [[nodiscard]] bool connected() const noexcept { return connected_; }
  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_.size(); }
  /// Above QoS 0 has_room() must hold.
  void publish(const stamp& what, const mqtt::outgoing_publish& message);
  /// Returns the packet identifier.
  std::uint16_t subscribe(std::string_view filter, const subscription_options& options);
  std::uint16_t unsubscribe(std::string_view filter);
  void disconnect();

  void set_answering(answering how) noexcept { answering_ = how; }
  void set_will(std::optional<will_settings> will) { will_ = std::move(will); }

  [[nodiscard]] const session_settings& settings() const noexcept { return settings_; }
  [[nodiscard]] mqtt::buffer& output() noexcept { return output_; }

 private:
  friend class client_loop;

  enum class progress : std::uint8_t { published, released };
  struct exchange {
    std::uint16_t identifier = 0;
    std::uint8_t qos = 1;
    progress state = progress::published;
    stamp what;
    mqtt::buffer packet;
  };

  void handle(const mqtt::frame& packet);
  void handle_connack(const mqtt::frame& packet);
  void send_again(bool session_present);
  void handle_publish(const mqtt::frame& packet);
  void handle_acknowledgement(const mqtt::frame& packet);
  void advance(std::deque<exchange>::iterator which, const mqtt::acknowledgement_view& answer, mqtt::packet_type type);
  void handle_request_answer(const mqtt::frame& packet);
  void handle_disconnect(const mqtt::frame& packet);
  void answer(mqtt::packet_type type, std::uint16_t identifier);
  void violation(std::string_view what);
  [[nodiscard]] std::uint16_t take_identifier() noexcept;

  session_settings settings_;
  session_events& events_;
  std::optional<will_settings> will_;
  mqtt::buffer output_;
  mqtt::buffer partial_;
  std::deque<exchange> under_way_;                       // in the order of their PUBLISH
  std::map<std::uint16_t, mqtt::packet_type> requests_;  // SUBSCRIBE and UNSUBSCRIBE
  std::bitset<65'536> used_;                             // identifiers of both
  std::bitset<65'536> received_;                         // QoS 2 from the broker, not yet released
  std::uint16_t identifier_ = 0;
  std::size_t limit_ = 0;
  bool connected_ = false;
  bool broken_ = false;  // a violation: nothing more is read from this connection
  answering answering_ = answering::promptly;

  // client_loop's.
  int descriptor_ = -1;
  std::size_t written_ = 0;
  bool waits_for_room_ = false;
  bool closing_ = false;  // DISCONNECT is under way: that the broker closes is no surprise
};

}  // namespace nanomq::crash
