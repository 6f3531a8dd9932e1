#include "descriptors.hpp"

#include <algorithm>

namespace nanomq::program {

rlim_t descriptor_limit() noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

rlim_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return RLIM_INFINITY;
  if (limit.rlim_cur != limit.rlim_max) {
    const auto before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  }
  return limit.rlim_cur;
}

std::uint32_t room_for_connections(rlim_t descriptors, std::uint32_t wanted) noexcept {
  if (descriptors == RLIM_INFINITY) return wanted;
  const rlim_t kept_back = std::clamp<rlim_t>(descriptors / 4, 8, 128);
  const rlim_t room = descriptors > kept_back ? descriptors - kept_back : 1;
  return room < wanted ? static_cast<std::uint32_t>(room) : wanted;
}

}  // namespace nanomq::program
