// How options of a client that has not been started are changed.
#pragma once

#include <string_view>
#include <utility>

#include "handles.hpp"
#include "nanolib/base/bytes.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanonng::sdk::c {

/// What MQTT takes as a string.
[[nodiscard]] inline bool is_text(const char* text) noexcept {
  const std::string_view all = text_of(text);
  return text != nullptr && all.size() <= 65'535 && nanolib::is_valid_utf8(nanolib::as_bytes(all));
}

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
