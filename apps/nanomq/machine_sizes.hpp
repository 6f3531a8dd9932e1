// How much memory and disk there is for a broker, for settings that are a share of it.
#pragma once

#include "nanomq/config/settings.hpp"
#include "nanomq/config/share.hpp"

namespace nanomq::program {

/// The memory that the process may have: the machine's, or less where its control group says so. The disk: the file system
/// of store.dir, or of the nearest directory above it that exists.
[[nodiscard]] config::machine_sizes find_machine_sizes(const config::settings& with);

}  // namespace nanomq::program
