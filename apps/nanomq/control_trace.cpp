#include "control_trace.hpp"

#include <algorithm>

#include "short_text.hpp"

namespace nanomq::program {
namespace {

using admin::control_reply;
using admin::control_request;
using broker::trace_request;
using broker::trace_status;
using nanolib::log_component;
using nanolib::log_level;

constexpr std::int64_t longest_s = 7 * 24 * 3600;
constexpr std::int64_t most_bytes = std::int64_t{1} << 40U;

void describe(const trace_status& one, control_reply& reply) {
  auto& json = reply.members();
  json.text("name", one.name);
  json.text("what", one.what);
  json.text("file", one.file);
  json.number("packets", static_cast<std::int64_t>(one.packets));
  json.number("bytes", static_cast<std::int64_t>(one.bytes));
  json.number("seconds_left", one.left.count() / 1000);
  reply.say(escaped_text(one.name) + ": " + escaped_text(one.what) + ", " +
            count_text(one.packets, "packet", "packets") + ", " + bytes_text(static_cast<double>(one.bytes)) + ", " +
            time_text(one.left.count() / 1000) + " left, " + escaped_text(one.file));
}

// A number that is there has to be in its range.
bool take(const control_request& request, std::string_view name, std::int64_t least, std::int64_t most,
          std::int64_t& into) {
  const auto found = request.number(name);
  if (!found) return true;
  into = *found;
  return *found >= least && *found <= most;
}

void start(broker::packet_traces& traces, nanolib::log& log, const control_request& request, control_reply& reply) {
  trace_request wanted;
  wanted.name = request.text("name").value_or("");
  wanted.client_id = request.text("client").value_or("");
  wanted.topic_filter = request.text("topic").value_or("");
  wanted.network = request.text("address").value_or("");
  wanted.file = request.text("file").value_or("");
  std::int64_t seconds = wanted.length.count() / 1000;
  std::int64_t bytes = static_cast<std::int64_t>(wanted.most_bytes);
  std::int64_t payload = 0;
  if (!take(request, "seconds", 1, longest_s, seconds)) return reply.refuse("a trace lasts 1s to 7d", 2);
  if (!take(request, "size", 4096, most_bytes, bytes)) return reply.refuse("its file has 4KB to 1024GB", 2);
  if (!take(request, "payload", 0, broker::packet_traces::most_payload_bytes, payload)) {
    return reply.refuse("0 to 4096 bytes of a payload can be shown", 2);
  }
  wanted.length = nanolib::duration(seconds * 1000);
  wanted.most_bytes = static_cast<std::uint64_t>(bytes);
  wanted.payload_bytes = static_cast<std::uint32_t>(payload);
  std::string why;
  const auto started = traces.start(wanted, why);
  if (!started) return reply.refuse(why, started.error().domain == nanolib::error_domain::config ? 2 : 1);
  log.event(log_component::program, log_level::warn, "trace_started",
            {{"name", started->name}, {"what", started->what}, {"file", started->file}, {"payload_bytes", payload}});
  describe(*started, reply);
}

void stop(broker::packet_traces& traces, nanolib::log& log, const control_request& request, control_reply& reply) {
  const auto name = request.text("name").value_or("");
  if (name.empty()) return reply.refuse("which trace? \"name\" is missing", 2);
  const auto stopped = traces.stop(name);
  if (!stopped) return reply.refuse("there is no trace " + escaped_text(name));
  log.event(log_component::program, log_level::warn, "trace_stopped",
            {{"name", stopped->name}, {"packets", stopped->packets}});
  describe(*stopped, reply);
}

void list(broker::packet_traces& traces, control_reply& reply) {
  const auto all = traces.list();
  auto& json = reply.members();
  json.key("traces");
  json.begin_array();
  for (const auto& one : all) {
    json.begin_object();
    describe(one, reply);
    json.end_object();
  }
  json.end_array();
  if (all.empty()) reply.say("no trace");
}

}  // namespace

void add_trace_commands(admin::control_server& to, broker::packet_traces& traces, nanolib::log& log) {
  to.add("trace_start", {"name", "client", "topic", "address", "file", "seconds", "size", "payload"},
         [&traces, &log](const control_request& request, control_reply& reply) { start(traces, log, request, reply); });
  to.add("trace_stop", {"name"},
         [&traces, &log](const control_request& request, control_reply& reply) { stop(traces, log, request, reply); });
  to.add("trace_list", {}, [&traces](const control_request&, control_reply& reply) { list(traces, reply); });
}

}  // namespace nanomq::program
