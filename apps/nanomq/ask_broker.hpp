// Asks the broker that a pid file names, over its control socket, and shows the answer.
#pragma once

#include <string>

#include "exit_code.hpp"

namespace nanomq::program {

/// `request` is an object of JSON on one line. The answer's lines go to stdout (with `as_json` the whole object), a refusal
/// to stderr. 3: no broker runs, or it has no control socket.
[[nodiscard]] exit_code ask_broker(const std::string& pid_file, const std::string& request, bool as_json);

}  // namespace nanomq::program
