// Systems where threads of a process share its priority.
#include "nanonng/net/thread.hpp"

namespace nanonng::net {

void yield_to_others() noexcept {}

}  // namespace nanonng::net
