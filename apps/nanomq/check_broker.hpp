// `nanomq broker check`: everything that can be found out about a configuration without starting a broker with it.
#pragma once

#include "exit_code.hpp"
#include "start_options.hpp"

namespace nanomq::program {

struct check_wishes {
  bool as_json = false;
  bool strict = false;  ///< warnings count as errors for the exit status
};

/// Reads and checks what a start would, and looks at addresses, certificates and directories besides. Shows what it comes to
/// on stdout. 0: a broker would start; 2, or 5 where a start would be refused for safety: it would not.
[[nodiscard]] exit_code check_broker(start_options options, const check_wishes& how);

}  // namespace nanomq::program
