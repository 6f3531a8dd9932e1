#include "control_commands.hpp"

namespace nanomq::program {
namespace {

using admin::control_reply;
using admin::control_request;

void add_reload(admin::control_server& to, const control_subjects& with) {
  to.add("reload", {}, [&desk = with.reloads](const control_request&, control_reply& reply) {
    const auto report = desk.reload();
    if (report.refused) return reply.refuse(report.lines.empty() ? "" : report.lines.front(), 2);
    auto& json = reply.members();
    json.key("lines");
    json.begin_array();
    for (const auto& line : report.lines) {
      json.text(line);
      reply.say(line);
    }
    json.end_array();
  });
}

}  // namespace

void add_control_commands(admin::control_server& to, const control_subjects& with) { add_reload(to, with); }

}  // namespace nanomq::program
