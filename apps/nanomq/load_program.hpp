// A run of load as a process: descriptors, signals, progress, summary, exit status.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "load_options.hpp"

namespace nanomq::program {

/// What the exit status of conn and bench says.
enum class load_exit : int {
  clean = 0,   ///< everything went as it was asked for
  usage = 1,   ///< a wrong command line, or something that this build or this machine can't do
  failed = 2,  ///< connections failed or were lost, messages or filters were refused or not answered
  lost = 3,    ///< messages were lost, repeated, out of order or changed
};

[[nodiscard]] std::vector<std::pair<std::string, std::string>> load_exit_status();

/// Runs what `command` asks for; Ctrl-C ends it early and gives the summary all the same, a second one does not wait for
/// what is under way. `verb` is for messages. The answer: the exit status.
[[nodiscard]] int run_load(const load_command& command, std::string_view verb);

}  // namespace nanomq::program
