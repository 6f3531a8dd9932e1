// nanomq convert: other brokers' configuration files, turned into ours.
#pragma once

#include <CLI/CLI.hpp>

#include "exit_code.hpp"

namespace nanomq::program {

/// Adds `convert FILE`.
void add_convert_command(CLI::App& program, exit_code& result);

}  // namespace nanomq::program
