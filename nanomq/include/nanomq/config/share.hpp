// Settings that may be a part of what the machine has: 25% instead of 256MB.
#pragma once

#include <cstdint>
#include <string>

#include "nanolib/base/result.hpp"
#include "nanomq/config/settings.hpp"

namespace nanomq::config {

/// What there is, in bytes. 0: nobody can tell.
struct machine_sizes {
  std::uint64_t memory = 0;      ///< that this process may have
  std::uint64_t store_disk = 0;  ///< of the file system in which the store is
};

/// Whether these settings have a share, so that machine_sizes are of use.
[[nodiscard]] bool has_shares(const settings& in) noexcept;

/// Makes each share a number of bytes, in the range of its option.
/// Errors: config (nobody can tell how much there is); `why` names the option.
[[nodiscard]] nanolib::result<void> resolve_shares(settings& in, const machine_sizes& of, std::string& why);

}  // namespace nanomq::config
