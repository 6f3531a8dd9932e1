#include "cmd_bench.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "load_program.hpp"

namespace nanomq::program {
namespace {

verb_page page_below(const char* name, const char* summary, std::vector<std::string> description,
                     std::vector<verb_example> examples, load_command& into) {
  verb_page page;
  page.name = std::string("bench ") + name;
  page.summary = summary;
  page.synopsis = {"[options]"};
  page.description = std::move(description);
  page.examples = std::move(examples);
  page.exit_status = load_exit_status();
  page.see_also = {"nanomq 1", "nanomq-conn 1", "nanomq-doctor 1"};
  add_bench_options(page.options, into);
  return page;
}

verb_page pub_page_below(load_command& into) {
  return page_below(
      "pub", "many clients that publish",
      {"Each client publishes a message every -I milliseconds, from the moment when it has connected on. Times are "
       "counted from when a message was due, not from when it could be sent. With -I 0 everybody sends as fast as the "
       "broker takes it."},
      {{"nanomq bench pub -c 100 -I 10 -t bench/%i -s 256", "10 000 messages a second by a hundred clients"},
       {"nanomq bench pub -c 10 -I 0 -q 1 -F 64 --duration 10", "As many as the broker acknowledges in ten seconds"},
       {"nanomq bench pub -c 50 -m '{\"id\":\"%c\",\"n\":%s,\"at\":%t}'", "Payloads that look like real ones"}},
      into);
}

verb_page sub_page_below(load_command& into) {
  return page_below(
      "sub", "many clients that subscribe",
      {"Each client subscribes once. Messages of nanomq bench pub are followed: what is missing, comes "
       "twice or in the wrong order is counted, and how long each was on its way; between machines that is "
       "as right as their clocks. Other messages are counted only."},
      {{"nanomq bench sub -c 100 -t bench/%i", "A topic for each"},
       {"nanomq bench sub -c 1 -t 'bench/#' -q 1 -L 100000 --json", "Everything to one, until it has enough"}},
      into);
}

verb_page conn_page_below(load_command& into) {
  return page_below("conn", "many clients that connect", {"The same as nanomq conn, with emqtt-bench's options."},
                    {{"nanomq bench conn -c 50000 -i 1 --ifaddr 127.0.0.2-4", "A thousand connects a second"}}, into);
}

verb_page roundtrip_page_below(load_command& into) {
  return page_below(
      "roundtrip", "publishers and subscribers, and every message accounted for",
      {"Publishers and subscribers are in one process, so that each message is held against what was sent: it has to "
       "come once, in order, whole, and to nobody else. Without a rate as many messages are under way as -F says; the "
       "times are then those of a full pipe. With a rate they are counted from when a message was due, so that a "
       "broker "
       "that stands still for a while is not spared what it kept from being sent.",
       "It begins when everybody has connected and subscribed, and not at all when somebody could not."},
      {{"nanomq bench roundtrip --duration 10", "Ten pairs, as fast as 64 messages each under way let them"},
       {"nanomq bench roundtrip -c 500 --rate 20000 --duration 30 --warm-up 3",
        "Latencies at 20 000 messages a second"},
       {"nanomq bench roundtrip --pattern fan-out -c 1000 -q 1 -L 10000 --json",
        "One publisher, a thousand subscribers"}},
      into);
}

load_command& command_of(bench_command& all, std::string_view verb) {
  if (verb == "pub") return all.pub;
  if (verb == "sub") return all.sub;
  return verb == "conn" ? all.conn : all.roundtrip;
}

}  // namespace

verb_page bench_page(bench_command& into) {
  verb_page page;
  page.name = "bench";
  page.summary = "load an MQTT broker and account for every message";
  page.synopsis = {"pub|sub|conn|roundtrip [options]"};
  page.description = {
      "Very many clients on one thread, or on as many as --threads says. Once a second a line tells totals and rates; "
      "the summary at the end tells throughput, what was lost, repeated or reordered, percentiles of latencies, and "
      "failures by their reason. Ctrl-C ends the run and gives the summary; a second one does not wait for what is "
      "under "
      "way."};
  page.verbs.push_back(pub_page_below(into.pub));
  page.verbs.push_back(sub_page_below(into.sub));
  page.verbs.push_back(conn_page_below(into.conn));
  page.verbs.push_back(roundtrip_page_below(into.roundtrip));
  for (const verb_page& below : page.verbs) page.examples.push_back(below.examples.front());
  page.sections = {
      {"EMQTT-BENCH AND NANOMQ",
       {"The options of pub, sub and conn are those of emqtt-bench and of NanoMQ's bench as far as there is something "
        "behind them here, -c -n -i -I -t -s -m -q -r -C -x -k -L -R -F -w -V -u -P -S --ifaddr --prefix, and the "
        "lines of "
        "progress look alike. Where emqtt-bench and mosquitto disagree about a letter, emqtt-bench wins under this "
        "verb; mosquitto's long names stay. -F is 64 and not 1, and the version is MQTT 3.1.1 unless -V says 3 or "
        "5."}}};
  page.exit_status = load_exit_status();
  page.see_also = {"nanomq 1", "nanomq-conn 1", "nanomq-doctor 1"};
  return page;
}

int run_bench(option_table::word_span words) {
  bench_command all;
  const auto page = bench_page(all);
  const std::string name = "bench " + std::string(words.empty() ? "" : words.front());
  const auto below = std::ranges::find(page.verbs, name, &verb_page::name);
  if (below == page.verbs.end()) return refuse_usage("bench", "pub, sub, conn or roundtrip has to follow.");
  try {
    read_command_line(below->options, "bench_" + std::string(words.front()), words.subspan(1));
  } catch (const usage_error& wrong) {
    return refuse_usage(below->name, wrong.what());
  }
  return run_load(command_of(all, words.front()), below->name);
}

}  // namespace nanomq::program
