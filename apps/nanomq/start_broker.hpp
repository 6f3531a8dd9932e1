// Runs a broker from its configuration to its end.
#pragma once

#include "start_options.hpp"

namespace nanomq::program {

/// `broker start`. Comes back when the broker has been stopped. Messages for people go to stderr, the banner to stdout.
[[nodiscard]] exit_code start_broker(start_options options);

/// `broker restart`: first everything is read and checked, so that a wrong configuration leaves the running broker alone;
/// then the broker of the pid file is stopped if there is one, and the new one takes its place, pid file included.
[[nodiscard]] exit_code restart_broker(start_options options);

/// One line on stderr, beginning with the program's name.
void complain(const std::string& text);

}  // namespace nanomq::program
