// File descriptors: how many this process may have, and what of them is for connections.
#pragma once

#include <sys/resource.h>

#include <cstdint>

namespace nanomq::program {

/// How many this process may have now. RLIM_INFINITY: nobody can tell.
[[nodiscard]] rlim_t descriptor_limit() noexcept;
/// The same, after asking for all that it can get.
[[nodiscard]] rlim_t raise_descriptor_limit() noexcept;

/// As many of the connections that are wanted as there are descriptors for. The last ones are kept back, for the store, the control
/// socket, reloads and logs: who fills the house does not lock its owner out.
[[nodiscard]] std::uint32_t room_for_connections(rlim_t descriptors, std::uint32_t wanted) noexcept;

}  // namespace nanomq::program
