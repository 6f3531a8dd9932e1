// nanomq store: looks into the directory where a broker keeps what must survive.
#pragma once

#include <CLI/CLI.hpp>

#include "exit_code.hpp"

namespace nanomq::program {

/// Adds `store info | dump | check | compact DIR`.
void add_store_commands(CLI::App& program, exit_code& result);

}  // namespace nanomq::program
