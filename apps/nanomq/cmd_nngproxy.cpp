#include "cmd_nngproxy.hpp"

#include <chrono>
#include <utility>

#include "nng_words.hpp"
#include "tool_program.hpp"

namespace nanomq::program {
namespace {

using bridge::proxy_job;
using bridge::sp_framing;
using nanonng::mqtt::protocol_version;

constexpr std::uint32_t usual_session_expiry_s = 300;
constexpr std::chrono::seconds usual_report_interval{10};

void set_qos(proxy_job& into, std::string_view word) {
  const auto number = whole_number(word);
  if (!number || *number < 0 || *number > 2) throw usage_error("Invalid QoS given: " + std::string(word));
  into.qos = static_cast<nanonng::mqtt::quality_of_service>(*number);
}

void set_frame(proxy_job& into, std::string_view word) {
  if (word != "payload" && word != "topic") throw usage_error("--frame takes payload or topic.");
  into.mapping.framing = word == "topic" ? sp_framing::topic : sp_framing::payload;
}

void set_delimiter(proxy_job& into, std::string_view word) {
  auto found = bridge::read_delimiter(word);
  if (!found) throw usage_error("--delimiter: \\0, \\t, \\n, \\r, \\xHH and \\\\ are understood.");
  into.mapping.delimiter = *std::move(found);
}

// Given without a word in it, it would mean the same as not given.
std::string some_topic(std::string_view option, std::string_view word) {
  if (word.empty()) throw usage_error(std::string(option) + " takes a topic, or a template of one.");
  return std::string(word);
}

long long number_between(std::string_view option, std::string_view word, long long least, long long most) {
  const auto number = whole_number(word);
  if (!number || *number < least || *number > most) {
    throw usage_error(std::string(option) + " takes a number from " + std::to_string(least) + " to " +
                      std::to_string(most) + ".");
  }
  return *number;
}

void set_url(proxy_job& into, std::string_view word) {
  std::string topic;
  const auto fault = tools::read_url(word, into.connection, topic);
  if (!fault.empty()) throw usage_error(fault);
  if (!topic.empty()) into.mapping.filters.push_back(std::move(topic));
}

// How many words an option takes whose word may be missing.
template <class Fits>
auto optional_word(Fits fits) {
  return [fits](option_table::word_span words) -> std::size_t { return !words.empty() && fits(words[0]) ? 1 : 0; };
}
bool is_number(std::string_view word) { return whole_number(word).has_value(); }
bool is_no_option(std::string_view word) { return !word.starts_with('-'); }
bool is_truth(std::string_view word) { return word == "true" || word == "false"; }

void add_sp_options(option_table& table, proxy_job& into) {
  table.group("SP");
  table
      .value({"-l", "--listen"}, "URL", "URL",
             "Wait for peers there: tcp://host:port, ipc:///path, ws://host:port/path, tls+tcp, wss",
             [&into](auto word) { into.listen.emplace_back(word); })
      .repeatable();
  table
      .value({"-d", "--dial"}, "URL", "URL", "Go to a peer there, and again whenever it is lost",
             [&into](auto word) { into.dial.emplace_back(word); })
      .repeatable();
  table.value({"--redial"}, "SECONDS", "time", "The longest pause before it goes to a peer again (default: 5)",
              [&into](auto word) {
                into.redial_max_backoff = std::chrono::seconds(number_between("--redial", word, 1, 86'400));
              });
  table
      .value({"--frame"}, "WHAT", "frame",
             "What an SP message is: the payload, or topic, delimiter and payload (default: payload)",
             [&into](auto word) { set_frame(into, word); })
      .words({"payload", "topic"});
  table.value({"--delimiter"}, "TEXT", "delimiter",
              "What stands between them; \\0 and \\xHH are understood (default: /)",
              [&into](auto word) { set_delimiter(into, word); });
  table
      .value({"--subscribe"}, "PREFIX", "prefix",
             "sub0: take messages that begin with it (default: with --frame topic what -t says, else all)",
             [&into](auto word) { into.subscribe.emplace_back(word); })
      .repeatable();
  table.value({"--sp-cafile"}, "FILE", "file", "tls+tcp and wss: trusted CA certificates (PEM)", into.tls.ca)
      .completes(completion::file);
  table
      .value({"--sp-certkey"}, "FILE", "file", "tls+tcp and wss: certificate and key in one file (PEM)",
             into.tls.certificate_key)
      .completes(completion::file);
}

void add_topic_options(option_table& table, proxy_job& into) {
  auto& mapping = into.mapping;
  table.group("Topics");
  table
      .value({"-t", "--topic"}, "TOPIC", "topic",
             "MQTT to SP: subscribe to it. SP to MQTT: publish to the first, or with --frame topic to those that match",
             [&mapping](auto word) { mapping.filters.emplace_back(word); })
      .repeatable();
  table.value({"--to"}, "TEMPLATE", "template",
              "SP to MQTT: publish to this topic; {topic}, {1} and {2-} are the topic in the message and its levels",
              [&mapping](auto word) { mapping.to = some_topic("--to", word); });
  table.value({"--sp-topic"}, "TEMPLATE", "template", "MQTT to SP: the topic to put into the message, likewise",
              [&mapping](auto word) { mapping.sp_topic = some_topic("--sp-topic", word); });
  table.value({"--mqtt-prefix"}, "TEXT", "prefix", "What topics begin with in MQTT and not in SP", mapping.mqtt_prefix);
  table.value({"--mqtt-suffix"}, "TEXT", "suffix", "What they end with in MQTT and not in SP", mapping.mqtt_suffix);
  table.value({"--sp-prefix"}, "TEXT", "prefix", "What topics begin with in SP and not in MQTT", mapping.sp_prefix);
  table.value({"--sp-suffix"}, "TEXT", "suffix", "What they end with in SP and not in MQTT", mapping.sp_suffix);
}

void add_message_options(option_table& table, proxy_job& into) {
  table.group("Messages");
  table
      .value({"-q", "--qos"}, "QOS", "QoS", "The quality of service to publish and to subscribe with (default: 0)",
             [&into](auto word) { set_qos(into, word); })
      .words({"0", "1", "2"});
  table.toggle({"-r", "--retain"}, "Have the broker keep what is published", into.retain);
  table.value({"--max-size"}, "BYTES", "size", "Pass nothing larger on (default: 16 MiB)", [&into](auto word) {
    into.mapping.maximum_payload = static_cast<std::size_t>(number_between("--max-size", word, 1, 64LL << 20U));
  });
  table.toggle({"-R", "--no-retained"}, "MQTT to SP: not what the broker has kept from before",
               [&into] { into.takes_retained = false; });
  table.value(
      {"--timeout"}, "SECONDS", "timeout", "How long a question waits for its answer (default: 10)",
      [&into](auto word) { into.answer_limit = std::chrono::seconds(number_between("--timeout", word, 1, 86'400)); });
  table.value({"--outstanding"}, "N", "number", "Questions under way at a time (default: 64)", [&into](auto word) {
    into.questions = static_cast<std::size_t>(number_between("--outstanding", word, 1, 4'096));
  });
}

void add_report_options(option_table& table, proxy_job& into) {
  table.group("Reports");
  table.words({"--stats"}, "[SECONDS]", "A line of counters every so many seconds and at the end (default: 10)",
              optional_word(is_number), [&into](option_table::word_span words) -> std::size_t {
                const bool given = !words.empty() && is_number(words[0]);
                into.statistics = true;
                into.statistics_interval = given ? std::chrono::seconds(number_between("--stats", words[0], 1, 86'400))
                                                 : usual_report_interval;
                return given ? 1 : 0;
              });
  table.toggle({"-v", "--verbose"}, "Tell when the broker and SP peers come and go", into.verbose);
}

// NanoMQ's spellings, which mean something else in mosquitto's.
void add_nanomq_options(option_table& table, proxy_job& into) {
  auto& connection = into.connection;
  table.group("Connection");
  table.value({"--mqtt_url", "--url"}, "URL", "URL", "Where the broker is: mqtt-tcp://host:port, mqtt://, mqtts://, …",
              [&into](auto word) { set_url(into, word); });
  // NanoMQ's -L is a number without an effect.
  table.value(
      {"-L"}, "URL", "URL",
      "All at once: mqtt://[user[:password]@]host[:port][/topic]; also mqtts, ws, wss, mqtt-tcp, and unix:///path",
      [&into](auto word) {
        if (!is_number(word)) set_url(into, word);
      });
  table.group("Session");
  table.value({"-p", "--password"}, "PASSWORD", "password", "With which password", connection.password);
  table.value({"-I", "--identifier"}, "ID", "id", "The client id (default: a random one)", connection.client_id);
  table.words({"-c", "--clean_session"}, "BOOL",
              "false: go on with the session of this client id, and have it kept (default: true)",
              optional_word(is_truth), [&connection](option_table::word_span words) -> std::size_t {
                const bool given = !words.empty() && is_truth(words[0]);
                connection.clean_session = given && words[0] == "true";
                if (!connection.clean_session) connection.session_expiry_s.reset();
                return given ? 1 : 0;
              });
  table
      .words({"-V", "--protocol-version"}, "[VERSION]",
             "mqttv5, mqttv311 or mqttv31, or 5, 311, 31 (default: mqttv5); 4 and 3 are 311 and 31",
             optional_word(is_no_option),
             [&connection](option_table::word_span words) -> std::size_t {
               if (words.empty() || !is_no_option(words[0])) return 0;
               set_protocol_version(connection, words[0]);
               return 1;
             })
      .words({"mqttv5", "mqttv311", "mqttv31"});
  table.group("");
  // Without an effect there, too.
  const auto ignored = [](option_table::word_span words) -> std::size_t {
    return !words.empty() && is_number(words[0]) ? 1 : 0;
  };
  table.words({"-n", "--parallel", "-C", "--count"}, "N", "", optional_word(is_number), ignored);
  table.value({"-m", "--msg", "-f", "--file", "--interval", "--limit"}, "WORD", "value", "", [](auto) {});
  table.toggle({"-s"}, "", connection.tls.use_system_certificates);
}

std::vector<verb_example> examples() {
  return {
      {"nanomq nngproxy sub0 --mqtt_url mqtt-tcp://localhost:1883 --listen tcp://127.0.0.1:10000 -t nng-mqtt -q 1",
       "What pub0 sockets send to port 10000 is published to nng-mqtt"},
      {"nanomq nngproxy push0 -d ipc:///tmp/work -t 'jobs/#' -q 1",
       "Jobs go to whoever pulls, and are acknowledged when somebody has taken them"},
      {"nanomq nngproxy pair0 -l ipc:///tmp/neuron.ipc -t neuron/in --to neuron/out",
       "Neuron or eKuiper at a pair socket: what it sends is in neuron/out, what it gets from neuron/in"},
      {"nanomq nngproxy bus0 -l tcp://*:7000 --frame topic --delimiter '\\0' -t 'plant/#'",
       "Topics survive: each message carries its own"},
      {"nanomq nngproxy rep0 -l tcp://*:7001 -t service/time", "SP requesters are answered by an MQTT 5 responder"},
  };
}

std::vector<verb_section> sections() {
  verb_section protocols{"PROTOCOLS",
                         {"The word names the SP socket that the proxy opens; its peers have the other one. Names of "
                          "version 0 need no digit."},
                         {}};
  protocols.terms = {
      {"pub0", "MQTT to SP: every sub0 that listens gets what -t subscribes to"},
      {"sub0", "SP to MQTT: what pub0 peers send is published"},
      {"push0", "MQTT to SP: each message goes to one pull0 peer"},
      {"pull0", "SP to MQTT: what push0 peers send is published"},
      {"pair0, pair1", "Both ways, with one peer"},
      {"bus0", "Both ways, with any number"},
      {"rep0, respondent0", "SP asks, MQTT 5 answers: a question is published as a request, its response goes back"},
      {"req0, surveyor0",
       "MQTT 5 asks, SP answers: a request goes to a peer (or to all), what it answers is its response"},
  };
  verb_section delivery{
      "DELIVERY",
      {"With QoS 1 and 2 a message from MQTT is acknowledged when the SP socket has taken it: for push0 and the pairs "
       "that is when a peer's connection has, for pub0 and bus0 at once, whether somebody listens or not. Towards "
       "pull0, "
       "pair0 and pair1 nothing is dropped: when the broker does not take messages fast enough, the peers have to "
       "wait. "
       "sub0 and bus0 drop the oldest then, and count them.",
       "What cannot be passed on (too large, no topic, a topic that is not permitted) is counted and dropped. Nothing "
       "that is published comes back to SP: MQTT 5 has a word for that, and before it the proxy holds back one copy of "
       "each message that it has published to a topic that it subscribes to."},
      {}};
  return {
      protocols,
      delivery,
      {"SIGNALS",
       {"SIGINT and SIGTERM end it, with exit status 0, and a line on standard error when messages were not delivered. "
        "SIGUSR1 prints a "
        "line of counters."},
       {}},
      {"MOSQUITTO AND NANOMQ",
       {"NanoMQ's command lines for pub0, sub0, pair0 and pair1 mean what they mean there; -p is the password, -I "
        "the client id, -d an address. Names of options may be shortened, and values stand behind an equals sign, a "
        "colon or a letter, as there. MQTT 5 is spoken unless -V names another version. What has no effect there "
        "has none here: -n, -C, -m, -f, -L with a number, -V alone. -i is the client id, as in mosquitto."},
       {},
       true}};
}

}  // namespace

nngproxy_command::nngproxy_command() {
  job.connection.host = "127.0.0.1";
  job.connection.version = protocol_version::v5;
  job.connection.session_expiry_s = usual_session_expiry_s;
}

verb_page nngproxy_page(nngproxy_command& into) {
  verb_page page;
  page.name = "nngproxy";
  page.summary = "carry messages between SP sockets and an MQTT broker";
  page.synopsis = {"PROTOCOL [options] -l URL -t TOPIC...", "PROTOCOL [options] -d URL -t TOPIC..."};
  page.description = {
      "Opens an SP socket (nanomsg, nng), connects to a broker, and passes messages on between them until a signal "
      "ends "
      "it. Whatever goes away on either side is waited for and gone to again."};
  page.examples = examples();
  page.sections = sections();
  page.exit_status = {{"0", "A signal has ended it"},
                      {"1", "A wrong command line, or an address that it cannot listen at"}};
  page.see_also = {"nanomq 1", "nanomq-pub 1", "nanomq-sub 1"};
  auto& job = into.job;
  add_sp_options(page.options, job);
  add_topic_options(page.options, job);
  add_message_options(page.options, job);
  add_report_options(page.options, job);
  add_nanomq_options(page.options, job);
  add_server_options(page.options, job.connection,
                     [&job](std::string_view topic) { job.mapping.filters.emplace_back(topic); });
  add_session_options(page.options, job.connection);
  add_will_options(page.options, job.connection);
  add_tls_options(page.options, job.connection);
  add_diagnostics_options(page.options, into.messages);
  return page;
}

int run_nngproxy(option_table::word_span words) {
  nngproxy_command command;
  const auto page = nngproxy_page(command);
  try {
    if (words.empty() || words.front().starts_with('-')) {
      throw usage_error(
          "The SP protocol is missing: pub0, sub0, push0, pull0, pair0, pair1, bus0, req0, rep0, "
          "surveyor0 or respondent0.");
    }
    const auto protocol = nanonng::net::sp_protocol_named(words.front());
    if (!protocol) throw usage_error("Unknown SP protocol '" + std::string(words.front()) + "'.");
    command.job.protocol = *protocol;
    const auto whole = nng_words(page.options, words.subspan(1));
    const std::vector<std::string_view> views(whole.begin(), whole.end());
    if (page.options.mentions("-h", views) && page.options.values_of("-h", views).empty()) {  // NanoMQ's --help
      show_help(page);
      return 0;
    }
    read_command_line(page.options, page.name, views);
  } catch (const usage_error& wrong) {
    return refuse_usage(page.name, wrong.what());
  }
  auto& job = command.job;
  if (job.connection.version != protocol_version::v5) job.connection.session_expiry_s.reset();
  if (const auto fault = bridge::check(job); !fault.empty()) return refuse_usage(page.name, fault);
  job.verbose = job.verbose || command.messages.debug;
  standard_output output(command.messages.quiet);
  return run_tool(
      after_signal::exit, [&](tools::run_control& control) { return bridge::run_proxy(job, control, output); },
      report_signal::usr1);
}

}  // namespace nanomq::program
