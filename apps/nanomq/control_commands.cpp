#include "control_commands.hpp"

#include "control_bans.hpp"

#include <unistd.h>

#include <cstdint>
#include <string>

#include "client_report.hpp"
#include "control_log.hpp"
#include "control_trace.hpp"
#include "nanomq/tools/process_figures.hpp"
#include "short_text.hpp"

namespace nanomq::program {
namespace {

using admin::control_reply;
using admin::control_request;

void add_reload(admin::control_server& to, const control_subjects& with) {
  to.add("reload", {}, [&desk = with.reloads](const control_request&, control_reply& reply) {
    const auto report = desk.reload();
    if (report.refused) {
      const auto more = report.lines.size() > 1
                            ? " (and " + count_text(report.lines.size() - 1, "mistake", "mistakes") +
                                  " more: nanomq broker check tells all)"
                            : std::string();
      return reply.refuse("not reloaded: " + (report.lines.empty() ? "" : report.lines.front()) + more, 2);
    }
    if (report.incomplete) {
      std::string all;
      for (const auto& line : report.lines) all += (all.empty() ? "" : "; ") + line;
      return reply.refuse("reloaded, but not all of it: " + all, 1);
    }
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

// With "form":"text" the answer has lines for people in the place of its members.
bool wants_text(const control_request& request) { return request.text("form") == "text"; }

void add_status(admin::control_server& to, const control_subjects& with) {
  to.add("status", {"form"}, [with](const control_request& request, control_reply& reply) {
    auto facts = with.facts;
    facts.bridges = with.reloads.endpoints();
    const status_report now{.figures = with.broker.figures(),
                            .facts = std::move(facts),
                            .resident_bytes = tools::resident_bytes(::getpid()),
                            .reload = with.reloads.last(),
                            .now = nanolib::system_clock().wall_now()};
    wants_text(request) ? reply.say_lines(status_text(now)) : write_status(reply.members(), now);
  });
}

void add_clients(admin::control_server& to, const control_subjects& with) {
  constexpr std::int64_t most_rows = 10'000;
  to.add("clients", {"client", "limit", "all", "form"},
         [&broker = with.broker](const control_request& request, control_reply& reply) {
           const auto limit = request.number("limit").value_or(100);
           if (limit < 1 || limit > most_rows) return reply.refuse("limit is between 1 and 10000", 2);
           const auto list = broker.clients({.client_id = std::string(request.text("client").value_or("")),
                                             .limit = static_cast<std::size_t>(limit),
                                             .absent = request.truth("all")});
           // Who asks for one wants to know whether there is one.
           if (const auto one = request.text("client"); one && !one->empty() && list.rows.empty() && list.complete) {
             return reply.refuse("there is no client " + escaped_text(*one));
           }
           wants_text(request) ? reply.say_lines(clients_text(list)) : write_clients(reply.members(), list);
         });
  to.add("disconnect", {"client"}, [&broker = with.broker](const control_request& request, control_reply& reply) {
    const auto id = request.text("client");
    if (!id || id->empty()) return reply.refuse("which client? \"client\" is missing", 2);
    const std::string client = escaped_text(*id);
    switch (broker.dismiss(std::string(*id))) {
      case broker::dismissal::done:
        return reply.say("disconnected: " + client);
      case broker::dismissal::unknown:
        return reply.refuse("there is no client " + client);
      case broker::dismissal::absent:
        return reply.refuse(client + " is not connected; its session waits for it");
      case broker::dismissal::local:
        return reply.refuse(client + " is a part of the broker; it goes with its configuration");
      case broker::dismissal::no_answer:
        return reply.refuse("the broker has not answered in time");
    }
  });
}

}  // namespace

void add_control_commands(admin::control_server& to, const control_subjects& with) {
  add_status(to, with);
  add_clients(to, with);
  add_reload(to, with);
  add_ban_commands(to, with.broker, with.bans, with.log);
  add_log_command(to, with.log);
  add_trace_commands(to, with.broker.traces(), with.log);
}

}  // namespace nanomq::program
