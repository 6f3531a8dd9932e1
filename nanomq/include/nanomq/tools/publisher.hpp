// What `nanomq pub` does: one message, the same one several times, or one for each line that comes in.
#pragma once

#include <cstdint>
#include <string>

#include "nanolib/base/time.hpp"
#include "nanomq/tools/connection_options.hpp"
#include "nanomq/tools/tool_run.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanomq::tools {

struct publish_job {
  enum class source : std::uint8_t {
    none,
    text,   ///< `payload`
    file,   ///< the contents of the file that `payload` names
    input,  ///< everything that comes in, as one message
    lines,  ///< each line that comes in
    empty,  ///< no payload
  };

  connection_options connection;
  std::string topic;
  source from = source::none;
  std::string payload;
  nanonng::mqtt::quality_of_service qos{};
  bool retain = false;
  std::uint32_t repeat = 1;  ///< 0: without end
  nanolib::duration repeat_delay{0};
  bool debug = false;
};

/// What is wrong with the job as a whole, in words for a person; empty: nothing.
[[nodiscard]] std::string check(const publish_job& job);

/// Does it, and comes back with the exit status. `input` is the descriptor that lines and input come from. A stop that was
/// requested ends it early, with DISCONNECT, and with exit_status::ok: the caller knows of the stop.
///
/// As with mosquitto_pub the first connection has to succeed, and only lines outlive the loss of one: they wait until there
/// is another.
[[nodiscard]] int run_publisher(publish_job job, int input, run_control& control, tool_output& output);

}  // namespace nanomq::tools
