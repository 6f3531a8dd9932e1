// `nanomq broker check`: everything that can be found out about a configuration without starting a broker with it.
#pragma once

#include <string>
#include <vector>

#include "exit_code.hpp"
#include "preparation.hpp"
#include "start_options.hpp"

namespace nanomq::program {

struct check_wishes {
  bool as_json = false;
  bool strict = false;  ///< warnings count as errors for the exit status
};

/// Reads and checks what a start would, and looks at addresses, certificates and directories besides. Shows what it comes to
/// on stdout. 0: a broker would start; 2, or 5 where a start would be refused for safety: it would not.
[[nodiscard]] exit_code check_broker(start_options options, const check_wishes& how);

/// What would keep a start from it that prepare() cannot know: addresses, directories, files. A running broker of the same
/// configuration is none.
[[nodiscard]] std::vector<std::string> find_obstacles(const preparation& what);

}  // namespace nanomq::program
