// From a command line to settings that a broker can be started or reloaded with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exit_code.hpp"
#include "nanomq/config/configuration.hpp"
#include "nanomq/config/settings.hpp"
#include "start_options.hpp"

namespace nanomq::program {

struct loaded_settings {
  config::configuration configuration;
  config::settings settings;  ///< with every listener that is meant, and paths from the root on
};

/// Reads file, environment and command line, and checks what can be checked without opening anything.
/// None: `code` says why for a program, `why` for a person.
[[nodiscard]] std::optional<loaded_settings> load_settings(const start_options& options, exit_code& code,
                                                           std::string& why);

/// Where other machines can connect and nobody says who may; null: nowhere.
[[nodiscard]] const broker::listening* exposed_listener(const std::vector<broker::listening>& places,
                                                        const config::settings& settings);
/// What is said about a listener that other machines can reach while nothing keeps them out.
[[nodiscard]] std::string describe_exposed(const broker::listening& where);

}  // namespace nanomq::program
