#include "load_options.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace nanomq::program {
namespace {

using nanolib::quality_of_service;
using tools::load_kind;
using tools::load_pattern;
using tools::load_request;

constexpr double a_week_s = 7 * 24 * 3600;

[[noreturn]] void refuse(std::string_view option, std::string_view wants) {
  throw usage_error(std::string(option) + " wants " + std::string(wants) + ".");
}

/// A row that takes a whole number.
template <class Number>
cli_option_edit count_option(option_table& table, option_table::names names, std::string help, long long least,
                             long long most, Number& into) {
  const std::string first = names.front();
  return table.value(std::move(names), "N", "number", std::move(help), [first, least, most, &into](auto word) {
    const auto number = whole_number(word);
    if (!number || *number < least || *number > most)
      refuse(first, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    into = static_cast<Number>(*number);
  });
}

/// A row that takes a number with or without a fraction, not below 0.
cli_option_edit amount_option(option_table& table, option_table::names names, std::string unit, std::string help,
                              double most, std::function<void(double)> take) {
  const std::string first = names.front();
  return table.value(std::move(names), std::move(unit), "number", std::move(help),
                     [first, most, take = std::move(take)](auto word) {
                       const auto number = decimal_number(word);
                       if (!number || *number < 0 || *number > most) refuse(first, "a number that is not below 0");
                       take(*number);
                     });
}

/// A row that takes true or false behind it, or neither: the habit of Erlang's command lines.
cli_option_edit truth_option(option_table& table, option_table::names names, std::string help, bool& into) {
  const auto count = [](option_table::word_span words) {
    return std::size_t{!words.empty() && (words[0] == "true" || words[0] == "false") ? 1U : 0U};
  };
  return table.words(std::move(names), "[true|false]", std::move(help), count, [&into, count](auto words) {
    into = count(words) == 0 || words[0] == "true";
    return count(words);
  });
}

cli_option_edit qos_option(option_table& table, option_table::names names, std::string help,
                           std::function<void(quality_of_service)> take) {
  const std::string first = names.front();
  return table
      .value(std::move(names), "QOS", "QoS", std::move(help),
             [first, take = std::move(take)](auto word) {
               const auto number = whole_number(word);
               if (!number || *number < 0 || *number > 2) refuse(first, "0, 1 or 2");
               take(static_cast<quality_of_service>(*number));
             })
      .words({"0", "1", "2"});
}

bool publishes(load_kind kind) { return kind == load_kind::publish || kind == load_kind::roundtrip; }

void add_pace_options(option_table& table, load_request& into) {
  count_option(table, {"-n", "--startnumber"}, "The number of the first client (default: 0)", 0, 1'000'000'000,
               into.first_number);
  const bool at_once = into.kind == load_kind::roundtrip;
  amount_option(table, {"-i", "--interval"}, "MS",
                std::string("Milliseconds from one connect to the next (default: ") + (at_once ? "0)" : "10)"), 1e9,
                [&into](double ms) { into.connect_interval_ms = ms; });
  amount_option(table, {"-R", "--connrate"}, "N", "Instead: so many connects a second", 1e9,
                [&into](double rate) { into.connect_rate = rate; });
  table.toggle({"--reconnect"}, "Connect again, a second after a connection is lost or refused", into.reconnect);
  table.value({"--ifaddr"}, "ADDRESSES", "address",
              "Connect from these addresses in turn: 127.0.0.2,127.0.0.4-9. One address has some 28 000 ports",
              into.sources);
  count_option(table, {"--threads"}, "Event loops, each on a thread of its own (default: 1)", 1, 256, into.threads);
}

void add_message_options(option_table& table, load_request& into) {
  table.group("Messages");
  const bool subscribes = into.kind == load_kind::subscribe;
  table.value({"-t", "--topic"}, "TOPIC", "topic",
              subscribes
                  ? "Subscribe to this filter, with %i, %c, %u in it as for pub (default: nanomq/bench/%i)"
                  : "Publish there; %i is the client's number, %c its id, %u the user name, %s the message's number "
                    "(default: nanomq/bench/%i, in a roundtrip one of its own)",
              into.topic);
  qos_option(table, {"-q", "--qos"}, "The quality of service (default: 0)", [&into](auto qos) { into.qos = qos; });
  if (!publishes(into.kind)) return;
  count_option(table, {"-s", "--size"}, "Bytes of payload (default: 256); 16 and more can be accounted for", 0,
               268'000'000, into.size);
  if (into.kind == load_kind::publish) {
    table.value({"-m", "--message"}, "TEXT", "message",
                "This text instead, with %i, %c, %u, %s in it, and %t for the time in ms", into.text);
    table.value({"-f", "--file"}, "FILE", "file", "The contents of this file instead", into.file)
        .completes(completion::file);
    truth_option(table, {"-r", "--retain"}, "The broker keeps the messages", into.retain);
  } else {
    qos_option(table, {"--sub-qos"}, "The quality of service of the subscriptions (default: that of the messages)",
               [&into](auto qos) { into.subscribe_qos = qos; });
    table
        .value({"--pattern"}, "NAME", "pattern",
               "Who hears whom: pairs, fan-in (all to one) or fan-out (one to all) (default: pairs)",
               [&into](auto word) {
                 if (word == "pairs") {
                   into.pattern = load_pattern::pairs;
                 } else if (word == "fan-in") {
                   into.pattern = load_pattern::fan_in;
                 } else if (word == "fan-out") {
                   into.pattern = load_pattern::fan_out;
                 } else {
                   refuse("--pattern", "pairs, fan-in or fan-out");
                 }
               })
        .words({"pairs", "fan-in", "fan-out"});
  }
}

void add_rate_options(option_table& table, load_request& into) {
  table.group("Rate and end");
  if (publishes(into.kind)) {
    const bool fast = into.kind == load_kind::roundtrip;
    amount_option(
        table, {"-I", "--interval_of_msg"}, "MS",
        std::string("Milliseconds between two messages of a client; 0: as fast as the window lets it (default: ") +
            (fast ? "0)" : "1000)"),
        1e9, [&into](double ms) { into.message_interval_ms = ms; });
    amount_option(table, {"--rate"}, "N", "Instead: so many messages a second by all clients together", 1e9,
                  [&into](double rate) { into.rate = rate; });
    count_option(table, {"-F", "--inflight"},
                 "Messages of a client under way: not acknowledged, in a roundtrip also not delivered (default: 64)", 1,
                 65'535, into.window);
    if (!fast) {
      truth_option(table, {"-w", "--wait-before-publishing"}, "Publish when every client has connected",
                   into.wait_for_all);
    }
  }
  if (into.kind != load_kind::connect) {
    count_option(table, {"-L", "--limit"},
                 into.kind == load_kind::subscribe ? "End after so many messages (default: 0, no limit)"
                                                   : "End after so many messages in all (default: 0, no limit)",
                 0, std::numeric_limits<long long>::max(), into.limit);
    amount_option(table, {"--warm-up"}, "SECONDS", "Leave the beginning out of rates and times (default: 0)", a_week_s,
                  [&into](double seconds) { into.warm_up_s = seconds; });
  }
  amount_option(table, {"--duration"}, "SECONDS",
                into.kind == load_kind::connect ? "Hold the connections so long (default: until Ctrl-C)"
                                                : "End after that, warm-up not counted (default: at Ctrl-C)",
                a_week_s, [&into](double seconds) { into.duration_s = seconds; });
  if (publishes(into.kind)) {
    amount_option(table, {"--patience"}, "SECONDS",
                  "Give up what is missing when nothing has come for so long (default: 5)", a_week_s,
                  [&into](double seconds) { into.patience_s = seconds; });
  }
}

void add_output_options(option_table& table, load_command& into) {
  table.group("Output");
  table.toggle({"--json"}, "The summary as JSON, and nothing else on the standard output", into.json);
  table.toggle({"--quiet"}, "No progress, only the summary", into.quiet);
  table.value({"-o"}, "FILE", "options file", "Read options from there instead of the default files", [](auto) {})
      .completes(completion::file);
}

void add_connection_options(option_table& table, load_command& into) {
  auto& connection = into.request.connection;
  add_server_options(table, connection, [&into](auto topic) { into.request.topic = topic; });
  add_session_options(table, connection);
  add_will_options(table, connection);
  add_tls_options(table, connection);
}

/// A keep alive of 0 is none, and usual here.
void add_keep_alive(option_table& table, tools::connection_options& into) {
  count_option(table, {"-k", "--keepalive"}, "The keep alive in seconds; 0: none (default: 300)", 0, 65'535,
               into.keep_alive_s);
}

}  // namespace

void add_bench_options(option_table& table, load_command& into) {
  load_request& request = into.request;
  table.group("Clients");
  const bool roundtrip = request.kind == load_kind::roundtrip;
  count_option(
      table, {"-c", "--count"},
      roundtrip ? "Pairs; in a fan the clients on the side of the many (default: 10)" : "Clients (default: 200)", 1,
      1'000'000, request.clients);
  add_pace_options(table, request);
  table.value({"--prefix"}, "TEXT", "prefix", "Client ids are this, the verb and the client's number",
              request.connection.client_id_prefix);
  truth_option(table, {"-C", "--clean"}, "Begin with a clean session (default: true)",
               request.connection.clean_session);
  add_keep_alive(table, request.connection);
  if (request.kind != load_kind::connect) add_message_options(table, request);
  add_rate_options(table, request);
  add_output_options(table, into);
  table.group("");
  table.toggle({"-S", "--ssl"}, "", [&request] { request.connection.tls.by_url = true; });
  add_connection_options(table, into);
}

void add_conn_options(option_table& table, load_command& into) {
  load_request& request = into.request;
  table.group("Clients");
  count_option(table, {"-C", "--count"}, "Connections (default: 1)", 1, 1'000'000, request.clients);
  count_option(table, {"--startnumber"}, "The number of the first client (default: 0)", 0, 1'000'000'000,
               request.first_number);
  amount_option(table, {"--interval"}, "MS", "Milliseconds from one connect to the next (default: 10)", 1e9,
                [&request](double ms) { request.connect_interval_ms = ms; });
  amount_option(table, {"--rate"}, "N", "Instead: so many connects a second", 1e9,
                [&request](double rate) { request.connect_rate = rate; });
  amount_option(table, {"--ramp"}, "SECONDS", "Instead: all of them within so many seconds", a_week_s,
                [&request](double seconds) { request.connect_ramp_s = seconds; });
  table.toggle({"--reconnect"}, "Connect again, a second after a connection is lost or refused", request.reconnect);
  table.value({"--ifaddr"}, "ADDRESSES", "address",
              "Connect from these addresses in turn: 127.0.0.2,127.0.0.4-9. One address has some 28 000 ports",
              request.sources);
  count_option(table, {"--threads"}, "Event loops, each on a thread of its own (default: 1)", 1, 256, request.threads);
  add_keep_alive(table, request.connection);
  add_rate_options(table, request);
  add_output_options(table, into);
  add_connection_options(table, into);
}

}  // namespace nanomq::program
