// What the control socket of a running broker answers to. Every command is added here, with one function for each group
// of them; `nanomq broker …` and scripts ask.
#pragma once

#include "nanomq/admin/control_server.hpp"
#include "nanomq/broker/broker.hpp"
#include "nanomq/config/ban_file.hpp"
#include "program_log.hpp"
#include "reload.hpp"
#include "status_report.hpp"

namespace nanomq::program {

/// What the commands work on. All of it outlives the server.
struct control_subjects {
  broker::broker& broker;
  reload_desk& reloads;
  program_log& log;
  config::ban_file& bans;
  standing_facts facts;
};

/// Adds every command there is. Before the server starts.
void add_control_commands(admin::control_server& to, const control_subjects& with);

}  // namespace nanomq::program
