#include "cmd_sub.hpp"

#include <chrono>
#include <utility>

#include "client_exit_status.hpp"
#include "nanolib/topic/topic.hpp"
#include "tool_program.hpp"

namespace nanomq::program {
namespace {

using nanonng::sdk::retain_handling;
using tools::subscribe_job;

void add_filter(std::vector<std::string>& into, std::string_view word, const char* option, const char* kind) {
  const auto parsed = nanolib::parse_topic_filter(word);
  if (!parsed && parsed.error() == nanolib::topic_fault::not_utf8) {
    throw usage_error(std::string("Malformed UTF-8 in ") + option + " argument.");
  }
  if (!parsed) {
    throw usage_error("Invalid " + std::string(kind) + " topic '" + std::string(word) +
                      "', are all '+' and '#' wildcards correct?");
  }
  into.emplace_back(word);
}

void set_qos(subscribe_job& into, std::string_view word) {
  const auto number = whole_number(word);
  if (!number || *number < 0 || *number > 2) throw usage_error("Invalid QoS given: " + std::string(word));
  into.qos = static_cast<nanonng::mqtt::quality_of_service>(*number);
}

void set_count(subscribe_job& into, std::string_view word) {
  const auto number = whole_number(word);
  if (!number || *number < 1) throw usage_error("Invalid message count \"" + std::string(word) + "\".");
  into.count = static_cast<std::uint64_t>(*number);
}

void set_timeout(subscribe_job& into, std::string_view word) {
  const auto number = whole_number(word);
  if (!number || *number < 1 || *number > 1'000'000'000) {
    throw usage_error("Invalid timeout \"" + std::string(word) + "\".");
  }
  into.timeout = std::chrono::seconds(*number);
}

void set_percentage(subscribe_job& into, std::string_view word) {
  const auto number = decimal_number(word);
  if (!number || *number < 0.1 || *number > 100) {
    throw usage_error("--random-filter chance must be between 0.1-100.0");
  }
  into.print.percentage = *number;
}

void set_retain_handling(subscribe_job& into, std::string_view word) {
  if (word == "always") {
    into.retained = retain_handling::send;
  } else if (word == "new") {
    into.retained = retain_handling::send_if_new;
  } else if (word == "never") {
    into.retained = retain_handling::do_not_send;
  } else {
    throw usage_error("Unknown value '" + std::string(word) + "' for --retain-handling.");
  }
}

void set_format(subscribe_job& into, std::string_view word) {
  auto format = tools::message_format::parse(word);
  if (!format) throw usage_error(format.error());
  into.print.format = std::move(*format);
}

void add_subscription_options(option_table& table, subscribe_job& into) {
  table.group("Subscription");
  table
      .value({"-t", "--topic"}, "FILTER", "topic", "Subscribe to this topic filter",
             [&into](auto word) { add_filter(into.filters, word, "-t", "subscription"); })
      .repeatable();
  table
      .value({"-q", "--qos"}, "QOS", "QoS", "The highest quality of service to get messages with (default: 0)",
             [&into](auto word) { set_qos(into, word); })
      .words({"0", "1", "2"});
  table
      .value({"-U", "--unsubscribe"}, "FILTER", "unsubscribe topic", "End this subscription of the session",
             [&into](auto word) { add_filter(into.unsubscribe, word, "-U", "unsubscribe"); })
      .repeatable();
  table
      .value({"--retain-handling"}, "WHEN", "option",
             "Which retained messages come at once: always, new (if the subscription is), never (MQTT 5)",
             [&into](auto word) { set_retain_handling(into, word); })
      .words({"always", "new", "never"})
      .lacking("--retain-handling argument given but no option specified.");
  table.toggle({"--retain-as-published"}, "Keep the retain flag as the publisher set it (MQTT 5)",
               into.retain_as_published);
}

void add_choice_options(option_table& table, subscribe_job& into) {
  table.group("Which messages");
  table
      .value({"-T", "--filter-out"}, "FILTER", "topic filter", "Leave out topics that match",
             [&into](auto word) { add_filter(into.filter_out, word, "-T", "filter"); })
      .repeatable();
  table.toggle({"-R"}, "Leave out retained messages", into.no_retained);
  table.toggle({"--retained-only"}, "Only retained messages; ends with the first other one", into.retained_only);
  table.toggle({"--remove-retained"}, "Remove the retained messages that come from the broker", into.remove_retained);
  table.value({"--random-filter"}, "PERCENT", "chance", "Only so many of them, at random",
              [&into](auto word) { set_percentage(into, word); });
  table.value({"-C"}, "N", "count", "End after so many messages", [&into](auto word) { set_count(into, word); });
  table.value({"-W"}, "SECONDS", "timeout", "End after so long, with exit status 27",
              [&into](auto word) { set_timeout(into, word); });
  table.toggle({"-E"}, "End once the broker has acknowledged the subscriptions", into.exit_after_subscribe);
}

void add_output_options(option_table& table, subscribe_job& into) {
  table.group("Output");
  table.toggle({"-v", "--verbose"}, "Topic and payload, with a blank between them", into.print.verbose);
  table.value({"-F"}, "FORMAT", "format",
              "What -F says: %t topic, %p payload, %j JSON, @H:@M:@S time, …; see the manual",
              [&into](auto word) { set_format(into, word); });
  table.toggle({"--json"}, "One JSON object a line; bytes that are not text as payload_base64", into.print.json);
  table.toggle({"--pretty"}, "JSON over several lines", into.print.indented);
  table.toggle({"-N"}, "No line end behind messages", [&into] { into.print.line_end = false; });
  table.toggle({"-w", "--watch"}, "Each topic on a line of its own of the terminal", into.print.watch);
  table.toggle({"--message-rate"}, "How many messages came in each second, instead of them", into.message_rate);
}

verb_section format_section() {
  verb_section section{
      "OUTPUT FORMAT",
      {"Without -v, -F and --json the payload alone is printed, and nothing for an empty one. In the format of -F "
       "three "
       "characters begin something that is replaced: % a part of the message, @ a part of the time, and a backslash a "
       "character that is hard to type.",
       "Between % and the letter may stand: - to align left, 0 to pad numbers and payloads with zeros, the least "
       "width, and "
       "behind a dot the greatest width (of %C, %I, %R and %t), the digits of %f and %d, or the length of groups of %x "
       "and "
       "%X with the character between them, as in %.2:x. The width of %p is also its greatest."},
      {}};
  section.terms = {
      {"%t", "The topic"},
      {"%p", "The payload"},
      {"%x, %X", "The payload in hexadecimal digits, lower or upper case"},
      {"%f, %d", "A payload that is a float or a double (IEEE 754), as a number"},
      {"%l", "The length of the payload"},
      {"%q, %r, %m", "The quality of service, the retain flag as 0 or 1, the packet identifier"},
      {"%A, %C, %D, %E, %F, %R, %S",
       "Topic alias, content type, correlation data, message expiry interval, payload format indicator, response "
       "topic, "
       "subscription identifier (MQTT 5)"},
      {"%P", "The user properties as name:value, with blanks between them"},
      {"%j", "All of it as JSON, the payload as a string"},
      {"%J", "All of it as JSON, the payload being JSON itself"},
      {"%I, %U", "The time: 2016-08-10T09:47:38+0100, or seconds since 1970 with a fraction"},
      {"@X", "What strftime(3) makes of %X; @N the nanoseconds; @@ an @"},
      {"\\0 \\a \\e \\n \\r \\t \\v",
       "NUL, bell, escape, line end, carriage return, tabulators; two backslashes are one"},
      {"%%", "A percent sign"},
  };
  return section;
}

std::vector<verb_example> examples() {
  return {
      {"nanomq sub -t 'sensors/#' -v", "Everything below sensors, with its topic"},
      {"nanomq sub -t sensors/temperature -C 1 -W 10", "The next message, or exit status 27 after ten seconds"},
      {"nanomq sub -t '#' --json | jq -r '.topic + \" \" + .payload'", "Messages for another program"},
      {"nanomq sub -t '#' -F '@Y-@m-@dT@H:@M:@S@z : %t : %x'", "Time, topic, and payload in hexadecimal digits"},
      {"nanomq sub -c -i logger -q 1 -t 'log/#' >> log", "What came while it was away, too: the session is kept"},
      {"nanomq sub -t 'old/#' --remove-retained --retained-only", "Removes what the broker keeps there"},
  };
}

std::vector<verb_section> sections() {
  return {
      format_section(),
      {"OPTIONS FILES",
       {"Options may stand in a file, one a line with its value behind it; a line that begins with # is a comment. "
        "They "
        "are read from $XDG_CONFIG_HOME/mosquitto_sub and then $XDG_CONFIG_HOME/nanomq_sub (without that variable: "
        "from "
        "$HOME/.config), or from the file that -o names instead. The command line overrides them."}},
      {"MOSQUITTO AND NANOMQ",
       {"Every option of mosquitto_sub means here what it means there. Of NanoMQ's options those are understood that "
        "don't "
        "collide: --url, --identifier, --user, --password, --clean_session, --will-msg and the long names of "
        "properties; "
        "-L, -I, -n, -C, -h and -s are not NanoMQ's. The word start behind the verb is ignored."},
       {},
       true},
  };
}

}  // namespace

verb_page sub_page(sub_command& into) {
  verb_page page;
  page.name = "sub";
  page.summary = "subscribe to MQTT topics and print what comes";
  page.synopsis = {"[options] -t FILTER..."};
  page.description = {
      "Subscribes, and prints each message that comes until it is told to end: by -C, -W, -E, --retained-only, by a "
      "signal, "
      "or because nobody reads its output any more. Messages are written at once when there are few and in batches "
      "when "
      "there are many.",
      "The first connection has to succeed. If it is lost later it is made again, and the subscriptions with it. A "
      "message "
      "with QoS 1 or 2 is acknowledged once it has been written: what was not printed comes again."};
  page.examples = examples();
  page.sections = sections();
  page.exit_status = client_exit_status();
  page.exit_status.insert(page.exit_status.begin() + 4, {"27", "-W: the time was over"});
  page.see_also = {"nanomq 1", "nanomq-pub 1", "strftime 3"};
  add_subscription_options(page.options, into.job);
  add_choice_options(page.options, into.job);
  add_output_options(page.options, into.job);
  add_server_options(page.options, into.job.connection, [&into](std::string_view topic) {
    add_filter(into.job.filters, topic, "-L topic", "subscription");
  });
  add_session_options(page.options, into.job.connection);
  add_will_options(page.options, into.job.connection);
  add_tls_options(page.options, into.job.connection);
  add_diagnostics_options(page.options, into.messages);
  return page;
}

int run_sub(option_table::word_span words) {
  sub_command command;
  const auto page = sub_page(command);
  try {
    read_command_line(page.options, page.name, words);
  } catch (const usage_error& wrong) {
    return refuse_usage(page.name, wrong.what());
  }
  auto& job = command.job;
  if (const auto fault = tools::check(job); !fault.empty()) return refuse_usage(page.name, fault);
  // A retained message that is to be removed has to come.
  if (job.no_retained && !job.remove_retained) job.retained = retain_handling::do_not_send;
  job.debug = command.messages.debug;
  standard_output output(command.messages.quiet);
  return run_tool(after_signal::exit,
                  [&](tools::run_control& control) { return tools::run_subscriber(std::move(job), control, output); });
}

}  // namespace nanomq::program
