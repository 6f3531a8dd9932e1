// For systems without timerfd.
#include <cerrno>

#include "nanomq/tools/precise_timer.hpp"

namespace nanomq::tools {

nanolib::result<std::unique_ptr<precise_timer>> make_precise_timer(nanonng::net::event_loop&) {
  return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOSYS});
}

}  // namespace nanomq::tools
