// The verbs that run the broker: `nanomq broker start|stop|restart|status`, and `nanomq start|stop|restart|status`.
#pragma once

#include <CLI/CLI.hpp>

#include "exit_code.hpp"

namespace nanomq::program {

/// Adds the verbs to the program; the one that is called sets `result`.
void add_broker_commands(CLI::App& program, exit_code& result);

}  // namespace nanomq::program
