// `nanomq broker ban`: who may not come in.
#pragma once

#include <CLI/CLI.hpp>

#include "exit_code.hpp"

namespace nanomq::program {

/// Adds the verb below `parent`.
void add_ban_command(CLI::App& parent, exit_code& result);

}  // namespace nanomq::program
