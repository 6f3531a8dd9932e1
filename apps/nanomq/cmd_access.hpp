// nanomq passwd and nanomq acl: files of passwords are changed, files of rules explained.
#pragma once

#include <CLI/CLI.hpp>

#include "exit_code.hpp"

namespace nanomq::program {

/// Adds `passwd FILE …` and `acl explain FILE …`.
void add_access_commands(CLI::App& program, exit_code& result);

}  // namespace nanomq::program
