// The control socket's commands about bans: add one, remove it, list all of them.
#pragma once

#include "nanomq/admin/control_server.hpp"
#include "nanomq/broker/broker.hpp"
#include "nanomq/config/ban_file.hpp"

namespace nanomq::program {

/// {"command":"ban_add","client_id":…,"user":…,"address":…,"for":"1h","until":…,"reason":…}, at least one of the first
/// three; {"command":"ban_remove", …the same three}; {"command":"ban_list","limit":…,"offset":…}. What is added or removed is in `file` before
/// the answer goes. `of` and `file` outlive the server. Before the server starts.
void add_ban_commands(admin::control_server& to, broker::broker& of, config::ban_file& file, nanolib::log& log);

}  // namespace nanomq::program
