// What somebody should know about settings that can be used as they are.
#pragma once

#include <string>
#include <vector>

#include "nanomq/config/configuration.hpp"
#include "nanomq/config/settings.hpp"

namespace nanomq::program {

/// What is written and has no effect: keys, variables, settings that need others. A line each, ready to be shown.
[[nodiscard]] std::vector<std::string> ineffective_settings(const config::configuration& written,
                                                            const config::settings& settings);

/// Limits of which one makes another meaningless, and those that this process cannot keep. A line each, with the place of
/// the setting where it has been set.
[[nodiscard]] std::vector<std::string> contradicting_limits(const config::configuration& written,
                                                            const config::settings& settings);

}  // namespace nanomq::program
