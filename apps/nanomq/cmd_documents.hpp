// `nanomq completion SHELL` and `nanomq man VERB`: what is written from the options themselves.
#pragma once

#include <CLI/CLI.hpp>

#include "exit_code.hpp"

namespace nanomq::program {

/// Adds the verbs to the program; the one that is called sets `result`. Completions know what else `program` has.
void add_document_commands(CLI::App& program, exit_code& result);

}  // namespace nanomq::program
