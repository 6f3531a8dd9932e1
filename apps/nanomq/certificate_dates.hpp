// How long the certificates of listeners are good.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "nanomq/config/settings.hpp"

namespace nanomq::program {

/// Something about a date, as a line ready to be shown.
struct certificate_date {
  std::string line;
  bool keeps_out = false;  ///< nobody who checks it, or is checked with it, gets in
};

/// Certificates, authorities and lists of revoked certificates that have ended, are not good yet or end within 30 days. What
/// cannot be read is left out: whoever opens the listener says it.
[[nodiscard]] std::vector<certificate_date> certificate_dates(const std::vector<broker::listener_options>& listeners,
                                                              std::chrono::sys_seconds now);

}  // namespace nanomq::program
