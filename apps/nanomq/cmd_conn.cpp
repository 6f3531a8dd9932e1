#include "cmd_conn.hpp"

#include "load_program.hpp"

namespace nanomq::program {

verb_page conn_page(conn_command& into) {
  verb_page page;
  page.name = "conn";
  page.summary = "open MQTT connections and hold them";
  page.synopsis = {"[options]"};
  page.description = {
      "Connects as many clients as were asked for, at a pace, and holds the connections until Ctrl-C or for a time. "
      "Once a second it tells how many there are; at the end how long connecting took, and how often it failed for "
      "which reason.",
      "The limit of open files is raised as far as the system lets it."};
  page.examples = {
      {"nanomq conn -h broker.example", "One connection, to see whether and how it is accepted"},
      {"nanomq conn -C 10000 --rate 500 --duration 60", "Ten thousand, five hundred a second, held for a minute"},
      {"nanomq conn -C 100000 --interval 0 --ifaddr 127.0.0.2-9 --threads 2",
       "A hundred thousand on this machine as fast as they are accepted, from eight addresses"},
      {"nanomq conn -C 500 -i meter-%i -c -k 30 --reconnect", "Sessions that are kept, with identifiers of their own"},
  };
  page.sections = {
      {"MOSQUITTO AND NANOMQ",
       {"The options of connection, session, will and TLS are those of nanomq pub. Of NanoMQ's conn there are -C and "
        "--count, --interval, -i, -u, -P, -k, -V and --url."}}};
  page.exit_status = load_exit_status();
  page.see_also = {"nanomq 1", "nanomq-bench 1", "nanomq-doctor 1"};
  add_conn_options(page.options, into);
  return page;
}

int run_conn(option_table::word_span words) {
  conn_command command;
  const auto page = conn_page(command);
  try {
    read_command_line(page.options, page.name, words);
  } catch (const usage_error& wrong) {
    return refuse_usage(page.name, wrong.what());
  }
  return run_load(command, page.name);
}

}  // namespace nanomq::program
