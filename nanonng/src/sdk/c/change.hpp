// How options of a client that has not been started are changed.
#pragma once

#include <utility>

#include "handles.hpp"

namespace nanonng::sdk::c {

/// `change(options, entry)` returns a code.
template <class Change>
[[nodiscard]] int change_entry(nmqtt_client which, Change change) noexcept {
  const client_entry_ptr found = find_handle(which);
  return found ? found->configure(std::move(change)) : NNG_ECLOSED;
}

/// The same for changes that cannot fail.
template <class Change>
[[nodiscard]] int change(nmqtt_client which, bool allowed, Change how) noexcept {
  return change_entry(which, [allowed, how = std::move(how)](client_options& options, client_entry&) -> int {
    if (!allowed) return NNG_EINVAL;
    how(options);
    return 0;
  });
}

}  // namespace nanonng::sdk::c
