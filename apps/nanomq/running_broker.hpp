// `broker stop`, `broker reload` and `broker status`: the broker that a pid file names.
#pragma once

#include <string>

#include "ask_broker.hpp"
#include "exit_code.hpp"

namespace nanomq::program {

/// The pid file that is meant: the one given, NANOMQ_PID_FILE, or the default one.
[[nodiscard]] std::string pid_file_meant(const std::string& given);

/// SIGTERM, and at most ten seconds until it is gone. Says what happened on stdout, or on stderr when it failed.
[[nodiscard]] exit_code stop_broker(const std::string& pid_file);

/// The same, but a broker that does not run is what was wanted: 0, and nothing is said.
[[nodiscard]] exit_code stop_if_running(const std::string& pid_file);

/// Asks over the control socket; without one SIGHUP, and at most ten seconds until the broker has said what came of it. 0: what
/// could change has; 1: all of it but an SP endpoint; 2: refused.
[[nodiscard]] exit_code reload_broker(const broker_address& which, bool as_json);

/// What it is doing, on stdout: what it answers over the control socket, or what its pid file says where there is none.
/// 0: it runs; 3: it does not.
[[nodiscard]] exit_code show_status(const broker_address& which, bool as_json);

}  // namespace nanomq::program
