// nanomq passwd, which changes files of passwords, and nanomq acl.
#pragma once

#include <CLI/CLI.hpp>

#include "exit_code.hpp"

namespace nanomq::program {

/// Adds `passwd FILE …` and `acl explain …`.
void add_access_commands(CLI::App& program, exit_code& result);

}  // namespace nanomq::program
