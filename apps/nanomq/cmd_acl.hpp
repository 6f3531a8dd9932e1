// nanomq acl: what rules, and all that a configuration says about rights, come to for one client.
#pragma once

#include <CLI/CLI.hpp>

#include "exit_code.hpp"

namespace nanomq::program {

/// Adds `acl explain …`.
void add_acl_command(CLI::App& program, exit_code& result);

}  // namespace nanomq::program
