// Where a broker's control socket is, and how the verbs find it and ask.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exit_code.hpp"
#include "nanolib/base/log.hpp"
#include "nanomq/admin/control_client.hpp"
#include "nanomq/admin/control_server.hpp"
#include "nanomq/config/settings.hpp"
#include "pid_file.hpp"

namespace nanomq::program {

/// The path that `control.socket` comes to; empty: none. "auto" is beside the pid file: nanomq.sock for nanomq.pid.
[[nodiscard]] std::string control_path(const config::settings& settings, const std::optional<pid_file>& file);

/// Starts the server there. A socket that was asked for and cannot be had is a failure, and said; of one beside the pid file
/// `trouble` tells, which is said and logged as well, and `path` is empty afterwards.
[[nodiscard]] exit_code open_control(admin::control_server& server, const config::settings& settings, std::string& path,
                                     nanolib::log& log, std::string& trouble);

}  // namespace nanomq::program
