#include "cmd_broker.hpp"

#include <cstdint>
#include <memory>

#include "ask_broker.hpp"
#include "check_broker.hpp"
#include "cmd_ban.hpp"
#include "cmd_log.hpp"
#include "pid_file.hpp"
#include "running_broker.hpp"
#include "start_broker.hpp"

namespace nanomq::program {
namespace {

void add_pid_file(CLI::App& verb, std::string& into) {
  verb.add_option("--pid-file", into, "The pid file of the broker (default: " + default_pid_file() + ")")
      ->type_name("FILE");
}

// NanoMQ's spellings, understood but not shown.
void add_hidden(CLI::App& verb, const std::string& name, std::string& into) { verb.add_option(name, into)->group(""); }

void add_start_options(CLI::App& verb, start_options& into) {
  verb.add_flag("-d,--daemon", into.daemon, "Go into the background once the broker listens");
  verb.add_option(
          "--url", into.urls,
          "Listen here; repeatable. HOST:PORT, [IPV6]:PORT, mqtt-tcp://HOST:PORT (or nmq-tcp://, mqtt://, tcp://) or "
          "unix:///PATH; mqtts:// (or tls+nmq-tcp://) for TLS, ws://HOST:PORT/PATH (nmq-ws://) and wss:// for "
          "WebSockets. HOST * is every address, the port is 1883, 8883, 8083 or 8086 where none is given, port 0 is "
          "any "
          "free one. "
          "Without --url and configuration: 127.0.0.1:1883 and [::1]:1883")
      ->type_name("URL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb.add_option("--conf", into.conf, "Configuration file")->type_name("FILE");
  verb.add_option("--set", into.assignments, "A setting, as in a configuration file; repeatable")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb.add_option("--shards", into.shards, "Event loops (0: one per core)")->type_name("N");
  verb.add_option("--poller", into.poller, "How they wait: auto, epoll or poll")->type_name("NAME");
  verb.add_flag("--allow-anonymous", into.allow_anonymous, "Admit anybody, from other machines too");
  verb.add_option("--cert", into.certificate, "TLS: the certificate (listeners.ssl.certfile)")->type_name("FILE");
  verb.add_option("--key", into.key, "TLS: its private key (listeners.ssl.keyfile)")->type_name("FILE");
  verb.add_option("--cacert", into.ca_file, "TLS: the authorities of client certificates (listeners.ssl.cacertfile)")
      ->type_name("FILE");
  verb.add_flag("--verify", into.verify_peer, "TLS: ask clients for a certificate (listeners.ssl.verify_peer)");
  verb.add_flag("--fail", into.fail_if_no_peer_cert,
                "TLS: and refuse those without (listeners.ssl.fail_if_no_peer_cert)");
  add_pid_file(verb, into.pid_file);
  verb.add_option("--log-level", into.log_level, "trace, debug, info, warn, error, fatal or off")->type_name("LEVEL");
  verb.add_option("--log-file", into.log_file,
                  "Log to this file instead of to stderr: log.to = [file], log.file = FILE")
      ->type_name("FILE");
  verb.add_flag("--syslog", into.to_syslog, "Log to syslog: log.to = [syslog]")->excludes("--log-file");
  add_hidden(verb, "-E", into.certificate);
  add_hidden(verb, "--keypass", into.key_password);
  add_hidden(verb, "--log_level", into.log_level);
  add_hidden(verb, "--log_file", into.log_file);
  // =sample and =reference make etc/nanomq.conf and docs/config.md.
  verb.add_flag(
      "--print-config", into.print,
      "Show every setting, its value and where that is from; start nothing. =sample: a configuration file with every "
      "default; =reference: all of them as a table");
  verb.footer("Example: nanomq broker start -d --url 127.0.0.1:1884 --log-file /tmp/nanomq.log\n\n" +
              std::string(exit_code_help));
}

CLI::App& add_verb(CLI::App& parent, const std::string& name, const std::string& help) {
  auto* verb = parent.add_subcommand(name, help);
  verb->footer(exit_code_help);
  return *verb;
}

// What the verbs that ask a running broker have in common, and what each of them takes.
struct question {
  broker_address which;
  bool as_json = false;
  bool all = false;
  std::int64_t limit = 100;
  std::string client;
};

CLI::App& add_question(CLI::App& parent, const std::string& name, const std::string& help, question& into) {
  auto& verb = add_verb(parent, name, help);
  add_pid_file(verb, into.which.pid_file);
  verb.add_option("--control", into.which.control, "Its control socket (default: the one that the pid file names)")
      ->type_name("SOCKET");
  verb.add_flag("--json", into.as_json, "Show one JSON object on one line");
  return verb;
}

void add_status(CLI::App& parent, exit_code& result) {
  auto asked = std::make_shared<question>();
  auto& status = add_question(
      parent, "status", "Tell whether the broker runs, where it listens, who is there and how busy it is", *asked);
  status.callback([asked, &result] { result = show_status(asked->which, asked->as_json); });
}

// NanoMQ knows no such verbs, so that they have no short spelling.
void add_questions(CLI::App& parent, exit_code& result) {
  auto asked = std::make_shared<question>();
  auto& clients = add_question(parent, "clients", "List who is connected", *asked);
  clients.add_option("--limit", asked->limit, "Rows at the most (default: 100)")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000));
  clients.add_flag("--all", asked->all, "Also sessions whose clients are away");
  clients.add_option("CLIENTID", asked->client, "This one alone")->type_name("");
  clients.callback([asked, &result] {
    auto request = request_text("clients");
    request.number("limit", asked->limit).truth("all", asked->all);
    if (!asked->client.empty()) request.text("client", asked->client);
    if (!asked->as_json) request.text("form", "text");
    result = ask_broker(asked->which, request.take(), asked->as_json);
  });

  auto& disconnect = add_question(
      parent, "disconnect", "Disconnect a client. Its session stays, and nothing keeps it from coming back", *asked);
  disconnect.add_option("CLIENTID", asked->client, "Which one")->required()->type_name("");
  disconnect.callback([asked, &result] {
    result = ask_broker(asked->which, request_text("disconnect").text("client", asked->client).take(), asked->as_json);
  });
}

void add_check(CLI::App& parent, exit_code& result) {
  struct asked {
    start_options options;
    check_wishes how;
  };
  auto what = std::make_shared<asked>();
  auto& check = add_verb(
      parent, "check",
      "Tell whether a broker would start with a configuration, where it would listen, who may enter there and do what. "
      "Reads certificates, users and rules, tries the addresses; starts nothing");
  check.add_option("--conf", what->options.conf, "Configuration file")->type_name("FILE");
  check.add_option("--set", what->options.assignments, "A setting, as in a configuration file; repeatable")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  check.add_flag("--strict", what->how.strict, "Warnings count as errors");
  check.add_flag("--json", what->how.as_json, "Show one JSON object on one line");
  check.callback([what, &result] { result = check_broker(what->options, what->how); });
}

void add_verbs(CLI::App& parent, exit_code& result) {
  auto options = std::make_shared<start_options>();
  auto& start = add_verb(parent, "start", "Start the broker, in the foreground unless told otherwise");
  add_start_options(start, *options);
  start.callback([options, &result] { result = start_broker(*options); });

  auto meant = std::make_shared<std::string>();
  auto& stop = add_verb(parent, "stop", "Stop the broker that the pid file names");
  add_pid_file(stop, *meant);
  stop.callback([meant, &result] { result = stop_broker(pid_file_meant(*meant)); });

  auto asked = std::make_shared<question>();
  auto& reload = add_question(
      parent, "reload",
      "Have the broker read its configuration and certificates again. All is checked first: when something is wrong, "
      "nothing changes, and the exit status is 2. Shows what has changed and what needs a restart",
      *asked);
  reload.callback([asked, &result] { result = reload_broker(asked->which, asked->as_json); });

  add_status(parent, result);

  auto& restart =
      add_verb(parent, "restart",
               "Stop the broker if it runs, then start one with the options given now: those of the old one "
               "are forgotten. A wrong configuration is refused before anything is stopped");
  add_start_options(restart, *options);
  restart.callback([options, &result] { result = restart_broker(*options); });
}

}  // namespace

void add_broker_commands(CLI::App& program, exit_code& result) {
  auto* broker = program.add_subcommand(
      "broker", "Run the MQTT broker: start, stop, restart, reload, check, status, clients, disconnect, ban");
  broker->footer(exit_code_help);
  broker->require_subcommand(1);
  add_verbs(*broker, result);
  add_check(*broker, result);
  add_questions(*broker, result);
  add_ban_command(*broker, result);
  add_log_verb(*broker, result);
  add_trace_verb(*broker, result);
  // NanoMQ's short spelling.
  add_verbs(program, result);
  add_trace_verb(program, result);
}

}  // namespace nanomq::program
