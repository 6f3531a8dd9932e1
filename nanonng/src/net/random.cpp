#include "random.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>

namespace nanonng::net {

bool fill_random(std::span<std::byte> into) noexcept {
  constexpr std::size_t most = 256;  // what getentropy() gives at once
  for (; !into.empty(); into = into.subspan(std::min(most, into.size()))) {
    if (::getentropy(into.data(), std::min(most, into.size())) != 0) return false;
  }
  return true;
}

}  // namespace nanonng::net
