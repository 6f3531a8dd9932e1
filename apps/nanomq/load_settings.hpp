// From a command line to settings that a broker can be started or reloaded with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exit_code.hpp"
#include "nanomq/config/configuration.hpp"
#include "nanomq/config/settings.hpp"
#include "start_options.hpp"

namespace nanomq::program {

struct loaded_settings {
  config::configuration configuration;
  config::settings settings;  ///< with every listener that is meant, and paths from the root on
  std::vector<config::fault> faults;
  exit_code code = exit_code::ok;  ///< what a program says that ends with the faults
};

/// Reads file, environment and command line, and checks what can be checked without opening anything. Whoever may come in
/// from elsewhere is looked at only when there are no other faults: it may be that one of them was to say it.
[[nodiscard]] loaded_settings load_settings(const start_options& options);

/// Whether none of these is about what begins with `prefix`, or about a whole source, in which it may have been.
[[nodiscard]] bool config_is_sound(const std::vector<config::fault>& faults, std::string_view prefix) noexcept;

/// Where other machines can connect and nobody says who may; null: nowhere.
[[nodiscard]] const broker::listening* exposed_listener(const std::vector<broker::listening>& places,
                                                        const config::settings& settings);
/// What is said about a listener that other machines can reach while nothing keeps them out.
[[nodiscard]] std::string describe_exposed(const broker::listening& where);

}  // namespace nanomq::program
