// Files that nobody but the broker should read.
#pragma once

#include <string>
#include <vector>

#include "nanomq/config/settings.hpp"

namespace nanomq::program {

/// A line for each file of keys or passwords that other users of this machine may read, with what to do about it.
[[nodiscard]] std::vector<std::string> readable_secrets(const nanomq::config::settings& from);

}  // namespace nanomq::program
