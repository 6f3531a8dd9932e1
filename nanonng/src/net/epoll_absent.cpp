// For systems without epoll.
#include <cerrno>

#include "pollers.hpp"

namespace nanonng::net {

nanolib::result<std::unique_ptr<poller>> make_epoll_poller() noexcept {
  return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOSYS});
}

}  // namespace nanonng::net
