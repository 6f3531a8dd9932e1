// What a run of load is to do. Nothing here does anything.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "nanolib/message/message.hpp"
#include "nanomq/tools/load_dialer.hpp"
#include "nanomq/tools/name_pattern.hpp"
#include "nanomq/tools/publish_template.hpp"
#include "nanonng/mqtt/client_options.hpp"
#include "nanonng/mqtt/types.hpp"
#include "nanonng/net/client_layers.hpp"

namespace nanomq::tools {

enum class load_kind : std::uint8_t {
  publish,    ///< every client publishes
  subscribe,  ///< every client subscribes
  connect,    ///< every client connects and stays
  roundtrip,  ///< publishers and subscribers, and every message is accounted for
};

/// Who hears whom in a roundtrip.
enum class load_pattern : std::uint8_t {
  pairs,    ///< publisher i to subscriber i, a topic for each pair
  fan_in,   ///< all publishers to one subscriber
  fan_out,  ///< one publisher to all subscribers
};

/// Who the clients say they are.
struct load_identity {
  struct will {
    std::string topic;
    std::string payload;
    nanolib::quality_of_service qos = nanolib::quality_of_service::at_most_once;
    bool retain = false;
    std::vector<std::byte> properties;  ///< a well-formed block; MQTT 5
  };

  nanonng::mqtt::protocol_version version = nanonng::mqtt::protocol_version::v5;
  /// With %i for the client's number. Publishers and subscribers of a roundtrip have "-pub" and "-sub" after it.
  name_pattern client_identifier{"nanomq-bench-%i"};
  std::optional<name_pattern> user_name;
  std::optional<std::string> password;
  std::optional<will> last_will;
  bool clean_start = true;
  std::uint16_t keep_alive_s = 60;
  std::uint32_t session_expiry_s = 0;
  std::uint16_t receive_maximum = 65'535;
  std::vector<std::byte> user_properties;  ///< of CONNECT: a well-formed block; MQTT 5
  std::chrono::milliseconds connect_timeout{10'000};
};

/// What is published.
struct load_message {
  name_pattern topic{"nanomq/bench/%i"};
  /// Text that may differ from message to message, instead of `payload`.
  std::optional<name_pattern> text;
  shared_payload payload = make_filler(256);
  bool stamped = true;  ///< the payload may be written over with a stamp: it is long enough and means nothing
  nanolib::quality_of_service qos = nanolib::quality_of_service::at_most_once;
  bool retain = false;
  std::vector<std::byte> properties;  ///< a well-formed block; MQTT 5
};

struct load_plan {
  load_kind kind = load_kind::publish;

  socket_address target;
  nanonng::net::client_layers layers;   ///< TLS and WebSocket over every connection
  std::vector<socket_address> sources;  ///< taken in turn; none: the system chooses

  load_identity who;
  std::uint32_t clients = 200;     ///< in a roundtrip: of each kind in pairs, else of the kind that is many
  std::uint64_t first_number = 0;  ///< of the first client
  std::chrono::nanoseconds connect_interval{std::chrono::milliseconds{10}};
  std::uint32_t most_connecting = 128;
  bool reconnect = false;
  std::chrono::milliseconds reconnect_delay{1'000};
  bool wait_for_all = false;  ///< publish when every client has connected or failed; in a roundtrip always

  load_pattern pattern = load_pattern::pairs;
  load_message message;
  nanolib::quality_of_service subscribe_qos = nanolib::quality_of_service::at_most_once;
  std::vector<std::byte> subscribe_properties;  ///< a well-formed block; MQTT 5
  /// Between two messages of one client; 0: as fast as the window allows.
  std::chrono::nanoseconds message_interval{std::chrono::seconds{1}};
  std::uint32_t window = 64;  ///< messages of one client under way: unacknowledged, in a roundtrip also undelivered
  std::uint64_t limit = 0;    ///< messages in all, sent or for subscribers received; 0: no limit

  std::chrono::nanoseconds warm_up{0};
  std::chrono::nanoseconds duration{0};  ///< after the warm-up; 0: until it is stopped
  /// How long nothing may arrive before what is missing is given up.
  std::chrono::milliseconds patience{5'000};
  unsigned threads = 1;

  [[nodiscard]] std::uint32_t publishers() const noexcept;
  [[nodiscard]] std::uint32_t subscribers() const noexcept;
  /// Connections in all.
  [[nodiscard]] std::uint32_t connections() const noexcept;
  /// How many threads have something to do.
  [[nodiscard]] unsigned useful_threads() const noexcept;
};

/// Errors: a sentence about what does not go together.
[[nodiscard]] std::expected<void, std::string> check(const load_plan& plan);

}  // namespace nanomq::tools
