#include "nanonng/net/poller.hpp"

#include <algorithm>
#include <climits>

#include "pollers.hpp"

namespace nanonng::net {

int timeout_for_wait(nanolib::duration timeout) noexcept {
  if (timeout.count() < 0) return -1;
  return static_cast<int>(std::min<nanolib::duration::rep>(timeout.count(), INT_MAX));
}

nanolib::result<std::unique_ptr<poller>> make_poller(poller_kind kind) noexcept {
  if (kind == poller_kind::poll) return make_poll_poller();
  auto made = make_epoll_poller();
  if (!made && kind == poller_kind::automatic) return make_poll_poller();
  return made;
}

}  // namespace nanonng::net
