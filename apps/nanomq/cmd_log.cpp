#include "cmd_log.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ask_broker.hpp"
#include "nanolib/base/json_writer.hpp"
#include "nanomq/config/value.hpp"
#include "pid_file.hpp"
#include "running_broker.hpp"
#include "start_broker.hpp"
#include "start_options.hpp"

namespace nanomq::program {
namespace {

using config::value_type;

struct log_words {
  broker_address which;
  std::vector<std::string> levels;
  bool as_json = false;
};

struct trace_words {
  broker_address which;
  std::string name;
  std::string client_id;
  std::string topic;
  std::string address;
  std::string file;
  std::string length = "10m";
  std::string size = "16MB";
  std::uint32_t payload = 0;
  bool as_json = false;
};

void add_common(CLI::App& verb, broker_address& which, bool& as_json) {
  verb.add_option("--pid-file", which.pid_file, "The pid file of the broker (default: " + default_pid_file() + ")")
      ->type_name("FILE");
  verb.add_option("--control", which.control, "Its control socket, instead of the one that the pid file names")
      ->type_name("PATH");
  verb.add_flag("--json", as_json, "Show the broker's answer as JSON");
  verb.footer(exit_code_help);
}

exit_code set_levels(const log_words& words) {
  std::string request;
  nanolib::json_writer json(request);
  json.begin_object();
  json.text("command", "log");
  json.key("levels");
  json.begin_array();
  for (const auto& word : words.levels) json.text(word);
  json.end_array();
  json.end_object();
  return ask_broker(words.which, request, words.as_json);
}

// A duration or a size as a configuration has it.
bool parse(value_type type, const std::string& text, std::uint64_t& into) {
  std::string why;
  const auto parsed = config::parse_value(type, {0, std::uint64_t{1} << 50U}, {false, {text}}, why);
  if (parsed) {
    into = std::get<std::uint64_t>(*parsed);
  } else {
    complain(why);
  }
  return parsed.has_value();
}

exit_code start_trace(const trace_words& words) {
  std::uint64_t ms = 0;
  std::uint64_t size = 0;
  if (!parse(value_type::duration, words.length, ms) || !parse(value_type::size, words.size, size)) {
    return exit_code::usage;
  }
  auto file = words.file;
  if (file.empty()) {
    const auto now = nanolib::system_clock().wall_now().time_since_epoch().count();
    file = "nanomq-trace-" + std::to_string(now) + ".log";
  }
  std::string why;
  if (!make_absolute(file, why)) {
    complain(why);
    return exit_code::failure;
  }
  std::string request;
  nanolib::json_writer json(request);
  json.begin_object();
  json.text("command", "trace_start");
  for (const auto& [key, text] : {std::pair{"name", &words.name}, std::pair{"client", &words.client_id},
                                  std::pair{"topic", &words.topic}, std::pair{"address", &words.address}}) {
    if (!text->empty()) json.text(key, *text);
  }
  json.text("file", file);
  json.number("seconds", static_cast<std::int64_t>(ms / 1000));
  json.number("size", static_cast<std::int64_t>(size));
  json.number("payload", words.payload);
  json.end_object();
  return ask_broker(words.which, request, words.as_json);
}

exit_code stop_trace(const trace_words& words) {
  std::string request;
  nanolib::json_writer json(request);
  json.begin_object();
  json.text("command", "trace_stop");
  json.text("name", words.name);
  json.end_object();
  return ask_broker(words.which, request, words.as_json);
}

void add_start(CLI::App& parent, exit_code& result) {
  auto words = std::make_shared<trace_words>();
  auto& verb = *parent.add_subcommand(
      "start",
      "Write the packets of some clients into a file. Where several of --client, --topic and --address are "
      "given, all have to fit");
  verb.add_option("--client", words->client_id, "The client with this client id")->type_name("ID");
  verb.add_option("--topic", words->topic,
                  "PUBLISH with such a topic, and SUBSCRIBE and UNSUBSCRIBE with this filter or one that it matches")
      ->type_name("FILTER");
  verb.add_option("--address", words->address, "Clients from there: an address, a network such as 10.0.0.0/8, or unix")
      ->type_name("NET");
  verb.add_option("--name", words->name, "What the trace is called (default: trace-1 and so on)")->type_name("NAME");
  verb.add_option("--file", words->file,
                  "A new file, which the broker makes, mode 0600 (default: nanomq-trace-TIME.log, here)")
      ->type_name("FILE");
  verb.add_option("--for", words->length, "How long, at most 7d (default: 10m)")->type_name("TIME");
  verb.add_option("--size", words->size, "How large the file may become (default: 16MB)")->type_name("SIZE");
  verb.add_option("--payload", words->payload, "Show so many bytes of each payload, at most 4096 (default: none)")
      ->type_name("N");
  add_common(verb, words->which, words->as_json);
  verb.footer("Example: nanomq trace start --client sensor-7 --for 5m --file /tmp/sensor-7.log\n\n" +
              std::string(exit_code_help));
  verb.callback([words, &result] { result = start_trace(*words); });
}

}  // namespace

void add_log_verb(CLI::App& parent, exit_code& result) {
  auto words = std::make_shared<log_words>();
  auto& verb = *parent.add_subcommand(
      "log", "Show the levels of the broker's log, or change them until it is stopped or others are configured");
  verb.add_option("level", words->levels,
                  "LEVEL for all components, or COMPONENT=LEVEL. Levels: trace, debug, info, warn, error, fatal, off. "
                  "Components: broker, net, tls, access, store, bridge, http, config, program")
      ->type_name("LEVEL|COMPONENT=LEVEL");
  add_common(verb, words->which, words->as_json);
  verb.footer("Example: nanomq broker log info tls=debug\n\n" + std::string(exit_code_help));
  verb.callback([words, &result] { result = set_levels(*words); });
}

void add_trace_verb(CLI::App& parent, exit_code& result) {
  auto& trace = *parent.add_subcommand("trace", "Write the packets of a client, a topic or a network into a file");
  trace.require_subcommand(1);
  trace.footer(exit_code_help);
  add_start(trace, result);
  auto stopped = std::make_shared<trace_words>();
  auto& stop = *trace.add_subcommand("stop", "End a trace");
  stop.add_option("name", stopped->name, "Its name, as trace list shows it")->type_name("NAME")->required();
  add_common(stop, stopped->which, stopped->as_json);
  stop.callback([stopped, &result] { result = stop_trace(*stopped); });
  auto listed = std::make_shared<trace_words>();
  auto& list = *trace.add_subcommand("list", "Show the traces that there are");
  add_common(list, listed->which, listed->as_json);
  list.callback(
      [listed, &result] { result = ask_broker(listed->which, R"({"command":"trace_list"})", listed->as_json); });
}

}  // namespace nanomq::program
