// Connects to a broker and finds out what it can do and where its limits are.
//
// Nothing is harmed: topics are under a prefix of their own, what is retained is removed again, sessions are ended, sizes
// are bounded. What is found stands in a list, in the order of the examination; what could not be found out, too.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "nanomq/tools/histogram.hpp"
#include "nanomq/tools/load_dialer.hpp"
#include "nanonng/net/client_layers.hpp"

namespace nanomq::tools {

struct doctor_request {
  std::string url;  ///< for the report
  std::vector<socket_address> addresses;
  nanonng::net::client_layers layers{};  ///< TLS and WebSocket over every connection
  std::string user_name;
  std::string password;
  bool has_user_name = false;
  bool has_password = false;
  std::string prefix = "nanomq-doctor";  ///< of topics and client ids
  bool deep = false;                     ///< find the largest packet by trying
  std::chrono::milliseconds timeout{5'000};
};

struct finding {
  enum class kind : std::uint8_t {
    yes,      ///< it works
    no,       ///< the broker says that it does not have it, or does not do it; MQTT allows that
    limit,    ///< a number
    unknown,  ///< it could not be found out
    broken,   ///< it does not work as MQTT wants it
    denied,   ///< this client may not, so nobody knows
  };
  std::string group;  ///< "Messages"
  std::string name;   ///< "QoS 2"
  kind state = kind::unknown;
  std::string value;   ///< "2 097 152 bytes"
  std::string remark;  ///< the reason, and what to do about it
};

struct doctor_report {
  std::string url;
  bool connected = false;
  std::vector<finding> findings;
  histogram round_trips;  ///< of single QoS 0 messages, one after the other

  [[nodiscard]] bool has_broken() const noexcept;
};

/// Asked between the steps whether to go on.
using still_wanted = std::function<bool()>;

/// Shape: some hundred packets; a second or two where the broker answers, `timeout` for each answer that does not come.
[[nodiscard]] doctor_report examine(const doctor_request& request, const still_wanted& goes_on);

/// A table for a person. `colour`: states in colours.
[[nodiscard]] std::string table(const doctor_report& report, bool colour);
/// The same as one JSON object.
[[nodiscard]] std::string json(const doctor_report& report);

}  // namespace nanomq::tools
