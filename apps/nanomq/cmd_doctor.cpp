#include "cmd_doctor.hpp"
#include "nanomq/tools/connection_layers.hpp"

#include <netdb.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "client_options.hpp"
#include "nanolib/topic/topic.hpp"
#include "nanomq/tools/doctor.hpp"

namespace nanomq::program {
namespace {

constexpr int found_no_broker = 2;
constexpr int found_broken = 3;

std::atomic<bool> stopped{false};

extern "C" void stop_examination(int) { stopped.store(true); }

/// What there is to be examined. Throws: usage_error.
/// For the report.
std::string url_of(const tools::connection_options& connection, const nanonng::net::endpoint& where) {
  std::string url = where.url();
  if (!connection.unix_socket.empty()) return url;
  const char* const scheme = connection.websocket     ? (connection.wants_tls() ? "wss" : "ws")
                             : connection.wants_tls() ? "mqtts"
                                                      : "mqtt-tcp";
  url.replace(0, url.find("://"), scheme);
  if (connection.websocket) url += connection.websocket_path.empty() ? "/mqtt" : connection.websocket_path;
  return url;
}

tools::doctor_request request_for(const doctor_command& command) {
  const auto& connection = command.connection;
  if (auto wrong = tools::check(connection); !wrong.empty()) throw usage_error(wrong);
  if (!connection.proxy.empty()) throw usage_error("There are no proxies for the doctor.");
  using nanonng::net::endpoint;
  const bool local = !connection.unix_socket.empty();
  if (local && connection.unix_socket.size() > 107) throw usage_error("The path is too long for a Unix socket.");
  const endpoint where = local ? endpoint{endpoint::transport::unix_socket, connection.unix_socket, 0}
                               : endpoint{endpoint::transport::tcp, connection.host, connection.effective_port()};
  auto addresses = tools::resolve(where);
  if (!addresses) throw usage_error(connection.host + ": " + ::gai_strerror(addresses.error().code));
  auto layers = tools::make_layers(connection);
  if (!layers) throw usage_error(layers.error());
  tools::doctor_request request;
  request.layers = *std::move(layers);
  request.url = url_of(connection, where);
  request.addresses = std::move(*addresses);
  request.has_user_name = connection.user_name.has_value();
  request.user_name = connection.user_name.value_or("");
  request.has_password = connection.password.has_value();
  request.password = connection.password.value_or("");
  request.prefix = command.prefix;
  request.deep = command.deep;
  request.timeout = std::chrono::milliseconds{static_cast<std::int64_t>(command.timeout_s * 1000)};
  return request;
}

bool wants_colour() {
  const char* const no_colour = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') && terminal != nullptr &&
         std::strcmp(terminal, "dumb") != 0;
}

tools::doctor_report examine_until_stopped(const tools::doctor_request& request) {
  struct sigaction action{};
  action.sa_handler = stop_examination;
  for (const int each : {SIGINT, SIGTERM, SIGHUP}) (void)::sigaction(each, &action, nullptr);
  auto report = tools::examine(request, [] { return !stopped.load(); });
  for (const int each : {SIGINT, SIGTERM, SIGHUP}) (void)std::signal(each, SIG_DFL);
  return report;
}

void add_doctor_options(option_table& table, doctor_command& into) {
  table.group("Examination");
  table.toggle({"--deep"}, "Find the largest packet by trying, up to 16 MiB", into.deep);
  table.value({"--prefix"}, "TEXT", "prefix",
              "Topics begin with this (default: nanomq-doctor); access rules have to allow them", [&into](auto word) {
                if (word.size() > 100 || nanolib::check_topic_name(word) != nanolib::topic_fault::none) {
                  throw usage_error("The prefix must be a topic of at most 100 bytes, without + and #.");
                }
                into.prefix = word;
              });
  table.value({"--timeout"}, "SECONDS", "time", "How long to wait for each answer (default: 5)", [&into](auto word) {
    const auto number = decimal_number(word);
    if (!number || *number < 0.01 || *number > 600) throw usage_error("--timeout wants seconds from 0.01 to 600.");
    into.timeout_s = *number;
  });
  table.group("Output");
  table.toggle({"--json"}, "What was found as JSON", into.json);
  table.value({"-o"}, "FILE", "options file", "Read options from there instead of the default files", [](auto) {})
      .completes(completion::file);
  add_server_options(table, into.connection);
  table.group("Session");
  table.value({"-u", "--username"}, "NAME", "username", "Who connects", into.connection.user_name).also({"--user"});
  table.value({"-P", "--pw"}, "PASSWORD", "password", "With which password", into.connection.password)
      .also({"--password"});
  add_tls_options(table, into.connection);
}

/// A word that is no option is the URL, or a host with or without a port.
std::vector<std::string> with_url(const option_table& options, option_table::word_span words) {
  std::vector<std::string> out(words.begin(), words.end());
  const auto at = options.first_stray(words);
  if (at == out.size()) return out;
  if (out[at].find("://") == std::string::npos) out[at].insert(0, "mqtt://");
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(at), "--url");
  return out;
}

}  // namespace

verb_page doctor_page(doctor_command& into) {
  verb_page page;
  page.name = "doctor";
  page.summary = "find out what an MQTT broker can do and where its limits are";
  page.synopsis = {"[URL] [options]"};
  page.description = {
      "Connects with MQTT 3.1, 3.1.1 and 5.0 and tries what there is to be tried: quality of service, retained "
      "messages, "
      "wildcards, shared subscriptions, identifiers, aliases, kept sessions, wills, the longest client id and topic, "
      "the largest packet, the time of a round trip. What does not work stands there with its reason and, where "
      "something can be done, with that.",
      "Nothing is harmed: topics and client ids are the doctor's own, what is retained is removed, sessions are ended, "
      "sizes are bounded. Whoever subscribes to # on that broker sees the doctor's messages."};
  page.examples = {
      {"nanomq doctor", "The broker of this machine"},
      {"nanomq doctor mqtt://broker.example -u meter -P secret", "Another one, as a user that it knows"},
      {"nanomq doctor mqtt://broker.example --deep --json", "With the largest packet found by trying, for a script"},
  };
  page.sections = {{"STATES",
                    {},
                    {{"yes", "It works"},
                     {"no", "The broker does not have it or does not allow it; MQTT lets it"},
                     {"?", "It could not be found out"},
                     {"BROKEN", "It does not work as MQTT wants it"}}}};
  page.exit_status = {{"0", "Nothing is broken"},
                      {"1", "A wrong command line, or something that this build has not"},
                      {"2", "No connection: nobody listens there, or no version of MQTT was accepted"},
                      {"3", "Something does not work as MQTT wants it"}};
  page.see_also = {"nanomq 1", "nanomq-bench 1", "nanomq-conn 1"};
  add_doctor_options(page.options, into);
  return page;
}

int run_doctor(option_table::word_span words) {
  doctor_command command;
  const auto page = doctor_page(command);
  tools::doctor_request request;
  try {
    const auto all = with_url(page.options, words);
    read_command_line(page.options, page.name, std::vector<std::string_view>(all.begin(), all.end()));
    request = request_for(command);
  } catch (const usage_error& wrong) {
    return refuse_usage(page.name, wrong.what());
  }
  const auto report = examine_until_stopped(request);
  const std::string text = command.json ? json(report) + "\n" : table(report, wants_colour());
  (void)std::fputs(text.c_str(), stdout);
  (void)std::fflush(stdout);
  if (!report.connected) return found_no_broker;
  return report.has_broken() ? found_broken : 0;
}

}  // namespace nanomq::program
