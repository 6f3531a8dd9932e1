// What the program's exit status means. The same table is in the help, the man pages and docs/manual/broker.md.
#pragma once

namespace nanomq::program {

enum class exit_code : int {
  ok = 0,
  failure = 1,          ///< something went wrong while it ran
  usage = 2,            ///< a wrong command line or configuration
  not_running = 3,      ///< stop, status: there is no broker
  already_running = 4,  ///< another broker has the pid file, or somebody listens there already
  unsafe = 5,           ///< other machines could connect without authentication, and nothing says that they may
};

/// For the foot of every help text.
inline constexpr const char* exit_code_help =
    "Exit status: 0 ok, 1 runtime failure, 2 wrong command line or configuration, 3 not running,\n"
    "4 already running or address in use, 5 refused for safety (no authentication).";

}  // namespace nanomq::program
