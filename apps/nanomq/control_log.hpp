// The control socket's command `log`: which levels there are, others from now on, and what the log has dropped.
#pragma once

#include <span>
#include <string>

#include "nanomq/admin/control_server.hpp"
#include "program_log.hpp"

namespace nanomq::program {

/// Sets thresholds: "LEVEL" those of all components, "COMPONENT=LEVEL" one. All or none; false: `why` says which is wrong.
[[nodiscard]] bool change_levels(std::span<const std::string> words, nanolib::log& of, std::string& why);

/// {"command":"log","levels":["debug","tls=trace"]}; without levels it only tells. Before the server starts.
void add_log_command(admin::control_server& to, program_log& log);

}  // namespace nanomq::program
