// The exit statuses that the client verbs share with mosquitto's, as rows of their pages.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nanomq::program {

using exit_rows = std::vector<std::pair<std::string, std::string>>;

/// For pub and sub.
[[nodiscard]] inline exit_rows client_exit_status() {
  return {
      {"0", "Done"},
      {"1",
       "A wrong command line, a file that cannot be read, or nobody listens there; with MQTT 3.1 and 3.1.1 also: the "
       "broker does not know the protocol version"},
      {"2 to 5",
       "MQTT 3.1 and 3.1.1: the broker refused the client id, is not available, knows no such user name and "
       "password, or does not authorize it"},
      {"7", "The connection was lost"},
      {"128 to 162",
       "MQTT 5: the reason code with which the broker refused the connection; 134 is bad user name or password, "
       "135 not authorized"},
  };
}

}  // namespace nanomq::program
