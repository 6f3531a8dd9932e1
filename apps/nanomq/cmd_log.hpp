// nanomq broker log and nanomq broker trace: what a running broker writes down.
#pragma once

#include <CLI/CLI.hpp>

#include "exit_code.hpp"

namespace nanomq::program {

void add_log_verb(CLI::App& parent, exit_code& result);
void add_trace_verb(CLI::App& parent, exit_code& result);

}  // namespace nanomq::program
