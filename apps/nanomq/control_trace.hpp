// The control socket's commands `trace_start`, `trace_stop` and `trace_list`.
#pragma once

#include "nanolib/base/log.hpp"
#include "nanomq/admin/control_server.hpp"
#include "nanomq/broker/packet_traces.hpp"

namespace nanomq::program {

/// Before the server starts. Times are in seconds, sizes in bytes. That one begins or was stopped is in the log.
void add_trace_commands(admin::control_server& to, broker::packet_traces& traces, nanolib::log& log);

}  // namespace nanomq::program
