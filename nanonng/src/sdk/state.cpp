// Names of states.
#include "nanonng/sdk/state.hpp"

namespace nanonng::sdk {

std::string_view name_of(client_state state) noexcept {
  switch (state) {
    case client_state::connecting:
      return "connecting";
    case client_state::online:
      return "online";
    case client_state::offline:
      return "offline";
    case client_state::closed:
      return "closed";
  }
  return "unknown";
}

}  // namespace nanonng::sdk
