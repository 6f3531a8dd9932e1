// What start, restart, reload and check do first, and in the same way: read all that a broker is configured with, and
// find out what is wrong with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exit_code.hpp"
#include "load_settings.hpp"
#include "nanomq/access/worker_pool.hpp"
#include "nanomq/broker/access.hpp"
#include "nanomq/webhook/webhook.hpp"
#include "program_log.hpp"
#include "start_options.hpp"

namespace nanomq::program {

enum class purpose : std::uint8_t {
  use,   ///< the log is opened, when all else is good
  look,  ///< nothing is made or changed anywhere
};

/// Read and checked; nothing of it is in use yet. Where there are faults the rest is what could be read beside them.
struct preparation {
  config::configuration configuration;
  config::settings settings;                     ///< with every listener that is meant, and paths from the root on
  std::shared_ptr<access::worker_pool> workers;  ///< the ones that were given, or new ones
  std::shared_ptr<const broker::access> rights;  ///< null: everybody may do everything
  webhook::prepared events;
  log_outputs log;
  std::vector<std::string> warnings;
  std::vector<config::fault> faults;
  exit_code code = exit_code::ok;  ///< for a program that ends with the faults

  [[nodiscard]] bool is_good() const noexcept { return faults.empty(); }
  /// Whether what begins with this is as it was written, so that more about it can be found out.
  [[nodiscard]] bool is_sound(std::string_view prefix) const noexcept { return config_is_sound(faults, prefix); }
};

/// `workers`: null to make some, for a broker that does not run yet.
[[nodiscard]] preparation prepare(const start_options& options, std::shared_ptr<access::worker_pool> workers,
                                  purpose what_for);

}  // namespace nanomq::program
