#include "client_verbs.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "cmd_bench.hpp"
#include "cmd_cert.hpp"
#include "cmd_conn.hpp"
#include "cmd_doctor.hpp"
#include "cmd_nngcat.hpp"
#include "cmd_nngproxy.hpp"
#include "cmd_pub.hpp"
#include "cmd_sub.hpp"

namespace nanomq::program {
namespace {

template <class Command, verb_page (*Page)(Command&)>
verb_page unbound() {
  Command nobody_s;
  return Page(nobody_s);
}

constexpr std::array verbs{
    client_verb{"pub", "Publish messages, as mosquitto_pub does", run_pub, unbound<pub_command, pub_page>},
    client_verb{"sub", "Subscribe and print messages, as mosquitto_sub does", run_sub, unbound<sub_command, sub_page>},
    client_verb{"conn", "Open connections and hold them", run_conn, unbound<conn_command, conn_page>},
    client_verb{"bench", "Load a broker: bench pub, sub, conn, roundtrip", run_bench,
                unbound<bench_command, bench_page>},
    client_verb{"doctor", "Find out what a broker can do and where its limits are", run_doctor,
                unbound<doctor_command, doctor_page>},
    client_verb{"cert", "Make certificates for TLS: cert ca, server, client, show", run_cert,
                unbound<cert_command, cert_page>},
    client_verb{"nngproxy", "Carry messages between SP (nanomsg, nng) sockets and a broker", run_nngproxy,
                unbound<nngproxy_command, nngproxy_page>},
    client_verb{"nngcat", "Send and receive messages of SP, as nngcat of nng does", run_nngcat,
                unbound<nngcat_command, nngcat_page>},
};

}  // namespace

std::span<const client_verb> client_verbs() noexcept { return verbs; }

std::optional<int> run_client_verb(option_table::word_span words) {
  if (words.empty()) return std::nullopt;
  const auto verb = std::ranges::find(verbs, words.front(), &client_verb::name);
  if (verb == verbs.end()) return std::nullopt;
  words = words.subspan(1);
  // NanoMQ's old form.
  if (!words.empty() && words.front() == "start") words = words.subspan(1);
  const auto whole = verb->page();
  const auto below = std::ranges::find_if(whole.verbs, [&](const verb_page& one) {
    return !words.empty() && one.name == whole.name + " " + std::string(words.front());
  });
  const auto& page = below == whole.verbs.end() ? whole : *below;
  if (page.options.mentions("--version", words)) {
    (void)std::puts("nanomq " NANOMQ_VERSION);
    return 0;
  }
  if (page.options.mentions("--help", words)) {
    show_help(page);
    return 0;
  }
  return verb->run(words);
}

}  // namespace nanomq::program
