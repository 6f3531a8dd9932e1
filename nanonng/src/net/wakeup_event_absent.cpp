// For systems without eventfd.
#include <cerrno>

#include "wakeup.hpp"

namespace nanonng::net {

nanolib::result<std::unique_ptr<wakeup>> make_event_wakeup() noexcept {
  return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOSYS});
}

}  // namespace nanonng::net
