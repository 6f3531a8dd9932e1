#include "cmd_pub.hpp"

#include <unistd.h>

#include <utility>

#include "client_exit_status.hpp"
#include "nanolib/topic/topic.hpp"
#include "nanomq/tools/client_settings.hpp"
#include "tool_program.hpp"

namespace nanomq::program {
namespace {

using source = tools::publish_job::source;
using tools::publish_job;

void set_topic(publish_job& into, std::string_view word, const std::string& option) {
  const auto fault = nanolib::check_topic_name(word);
  if (fault == nanolib::topic_fault::not_utf8) throw usage_error("Malformed UTF-8 in " + option + " argument.");
  if (fault != nanolib::topic_fault::none) {
    throw usage_error("Invalid publish topic '" + std::string(word) + "', does it contain '+' or '#'?");
  }
  into.topic = word;
}

void set_source(publish_job& into, source from, std::string_view payload = {}) {
  if (into.from != source::none) throw usage_error("Only one type of message can be sent at once.");
  into.from = from;
  into.payload = payload;
}

void set_qos(publish_job& into, std::string_view word) {
  const auto number = whole_number(word);
  if (!number || *number < 0 || *number > 2) throw usage_error("Invalid QoS given: " + std::string(word));
  into.qos = static_cast<nanonng::mqtt::quality_of_service>(*number);
}

void set_repeat(publish_job& into, std::string_view word, long long least) {
  const auto number = whole_number(word);
  if (!number || *number < least || *number > 0xFFFF'FFFF) throw usage_error("--repeat argument must be >0.");
  into.repeat = static_cast<std::uint32_t>(*number);
}

void set_delay(publish_job& into, std::string_view word, double unit_ms) {
  const auto number = decimal_number(word);
  if (!number || *number < 0 || *number > 1e9) throw usage_error("--repeat-delay argument must be >=0.0.");
  into.repeat_delay = nanolib::duration(static_cast<nanolib::duration::rep>(*number * unit_ms));
}

void set_clients(pub_command& into, std::string_view word) {
  const auto number = whole_number(word);
  if (!number || *number < 1 || *number > 1'000'000) throw usage_error("--count argument must be 1 to 1000000.");
  into.clients = static_cast<std::uint32_t>(*number);
}

void add_message_options(option_table& table, publish_job& into) {
  table.group("Message");
  table.value({"-t", "--topic"}, "TOPIC", "topic", "Publish there",
              [&into](auto word) { set_topic(into, word, "-t"); });
  table
      .value({"-m", "--message"}, "TEXT", "message", "This text",
             [&into](auto word) { set_source(into, source::text, word); })
      .also({"--msg"});
  table
      .value({"-f", "--file"}, "FILE", "file", "The contents of this file",
             [&into](auto word) { set_source(into, source::file, word); })
      .completes(completion::file);
  table.toggle({"-l", "--stdin-line"}, "Each line of the standard input as a message",
               [&into] { set_source(into, source::lines); });
  table.toggle({"-s", "--stdin-file"}, "All of the standard input as one message",
               [&into] { set_source(into, source::input); });
  table.toggle({"-n", "--null-message"}, "An empty message; with -r it removes a retained one",
               [&into] { set_source(into, source::empty); });
  table
      .value({"-q", "--qos"}, "QOS", "QoS", "The quality of service (default: 0)",
             [&into](auto word) { set_qos(into, word); })
      .words({"0", "1", "2"});
  table.toggle({"-r", "--retain"}, "The broker keeps the message for later subscribers", into.retain);
  table.value({"--repeat"}, "N", "count", "Publish it so often (not with -l)",
              [&into](auto word) { set_repeat(into, word, 1); });
  table.value({"--repeat-delay"}, "SECONDS", "time", "Wait so long after each, fractions are possible",
              [&into](auto word) { set_delay(into, word, 1000); });
  table.group("NanoMQ's names");
  table.value({"--limit"}, "N", "count", "The same as --repeat; 0: without end",
              [&into](auto word) { set_repeat(into, word, 0); });
  table.value({"--interval"}, "MS", "time", "The same as --repeat-delay, in milliseconds",
              [&into](auto word) { set_delay(into, word, 1); });
}

std::vector<verb_example> examples() {
  return {
      {"nanomq pub -t sensors/temperature -m 32 -q 1", "One message, acknowledged by the broker"},
      {"nanomq pub -L mqtt://user:pass@broker.example/switches/kitchen -m on -r", "One that the broker keeps"},
      {"read_meter | nanomq pub -t sensors/meter -l", "A message for each line of another program"},
      {"nanomq pub -t jobs -f job.json -D publish content-type application/json",
       "The contents of a file, with a property (MQTT 5)"},
      {"nanomq pub -t sensors/temperature -n -r", "Removes what the broker keeps there"},
  };
}

std::vector<verb_section> sections() {
  return {
      {"OPTIONS FILES",
       {"Options may stand in a file, one a line with its value behind it; a line that begins with # is a comment. "
        "They "
        "are read from $XDG_CONFIG_HOME/mosquitto_pub and then $XDG_CONFIG_HOME/nanomq_pub (without that variable: "
        "from "
        "$HOME/.config), or from the file that -o names instead. The command line overrides them."}},
      {"MOSQUITTO AND NANOMQ",
       {"Every option of mosquitto_pub means here what it means there. Of NanoMQ's options those are understood that "
        "don't "
        "collide: --url, --identifier, --user, --password, --msg, --limit, --interval, --count, --clean_session, "
        "--will-msg and "
        "the "
        "long names of properties such as --user_property; -L, -I, -n and -s are mosquitto's. The word start "
        "behind "
        "the verb is ignored."},
       {},
       true},
  };
}

}  // namespace

verb_page pub_page(pub_command& into) {
  verb_page page;
  page.name = "pub";
  page.summary = "publish MQTT messages";
  page.synopsis = {"[options] -t TOPIC -m TEXT | -f FILE | -l | -s | -n"};
  page.description = {
      "Publishes one message, the same one several times, or one for each line of the standard input, and ends once "
      "the "
      "broker has acknowledged them.",
      "The first connection has to succeed. If it is lost later, -l connects again and goes on; everything else ends."};
  page.examples = examples();
  page.sections = sections();
  page.exit_status = client_exit_status();
  page.see_also = {"nanomq 1", "nanomq-sub 1"};
  add_message_options(page.options, into.job);
  page.options.value({"-C", "--count"}, "N", "count", "Do it as so many clients, one after the other (not with -l, -s)",
                     [&into](auto word) { set_clients(into, word); });
  add_server_options(page.options, into.job.connection,
                     [&into](std::string_view topic) { set_topic(into.job, topic, "-L topic"); });
  add_session_options(page.options, into.job.connection);
  add_will_options(page.options, into.job.connection);
  add_tls_options(page.options, into.job.connection);
  add_diagnostics_options(page.options, into.messages);
  return page;
}

int run_pub(option_table::word_span words) {
  pub_command command;
  const auto page = pub_page(command);
  try {
    read_command_line(page.options, page.name, words);
  } catch (const usage_error& wrong) {
    return refuse_usage(page.name, wrong.what());
  }
  if (const auto fault = tools::check(command.job); !fault.empty()) return refuse_usage(page.name, fault);
  if (command.clients > 1 && (command.job.from == source::lines || command.job.from == source::input)) {
    return refuse_usage(page.name, "--count cannot be combined with -l or -s: the input comes once.");
  }
  command.job.debug = command.messages.debug;
  standard_output output(command.messages.quiet);
  return run_tool(after_signal::die, [&](tools::run_control& control) {
    int status = tools::exit_status::ok;
    for (std::uint32_t i = 0; i < command.clients && status == tools::exit_status::ok; ++i) {
      if (control.stop_requested() != 0) break;
      status = tools::run_publisher(command.job, STDIN_FILENO, control, output);
    }
    return status;
  });
}

}  // namespace nanomq::program
