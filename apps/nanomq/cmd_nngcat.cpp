#include "cmd_nngcat.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "client_options.hpp"
#include "nng_words.hpp"
#include "tool_program.hpp"

namespace nanomq::program {
namespace {

using nanonng::net::sp_protocol;
using std::chrono::milliseconds;
using tools::body_format;
using tools::sp_cat_job;

constexpr const char* one_protocol = "Only one protocol may be specified.";
constexpr const char* one_source = "Data (--file, --data) may be specified only once.";

void set_protocol(nngcat_command& into, sp_protocol which) {
  if (into.job.protocol) throw usage_error(one_protocol);
  into.job.protocol = which;
}

void set_format(sp_cat_job& into, body_format how) {
  if (into.format) throw usage_error("Format may be specified only once.");
  into.format = how;
}

void add_protocol_options(option_table& table, nngcat_command& into) {
  struct row {
    const char* name;
    const char* other;
    sp_protocol which;
    const char* help;
  };
  static constexpr std::array rows{
      row{"--req0", "--req", sp_protocol::req0, "Asks one rep0, and prints the answer"},
      row{"--rep0", "--rep", sp_protocol::rep0, "Prints what it is asked, and answers with --data"},
      row{"--pub0", "--pub", sp_protocol::pub0, "Sends to every sub0 that is there"},
      row{"--sub0", "--sub", sp_protocol::sub0, "Prints what a pub0 sends"},
      row{"--push0", "--push", sp_protocol::push0, "Sends to one pull0, and waits for one"},
      row{"--pull0", "--pull", sp_protocol::pull0, "Prints what a push0 sends"},
      row{"--surveyor0", "--surveyor", sp_protocol::surveyor0, "Asks every respondent0, and prints the answers"},
      row{"--respondent0", "--respondent", sp_protocol::respondent0,
          "Prints what it is asked, and answers with --data"},
      row{"--bus0", "--bus", sp_protocol::bus0, "Sends to every bus0, and prints what they send"},
      row{"--pair0", nullptr, sp_protocol::pair0, "Sends to one pair0, and prints what it sends"},
      row{"--pair1", nullptr, sp_protocol::pair1, "The same with version 1 of the protocol"},
  };
  table.group("Protocol");
  for (const auto& one : rows) {
    std::vector<std::string> names{one.name};
    if (one.other != nullptr) names.emplace_back(one.other);
    table.toggle(std::move(names), one.help, [&into, &one] { set_protocol(into, one.which); });
  }
  table.toggle({"--pair"}, "pair1; with --compat pair0", [&into] {
    set_protocol(into, sp_protocol::pair1);
    into.either_pair = true;
  });
}

std::string local_url(std::string_view port) {
  const auto number = whole_number(port);
  if (!number || *number < 0 || *number > 65'535) throw usage_error("Invalid port: " + std::string(port));
  return "tcp://127.0.0.1:" + std::to_string(*number);
}

void add_peer_options(option_table& table, sp_cat_job& into) {
  const auto add = [&into](std::string url, bool listens) { into.addresses.push_back({std::move(url), listens}); };
  table.group("Peers");
  table
      .value({"--dial", "--connect"}, "URL", "URL", "Connect to tcp://, ipc://, ws://, tls+tcp:// or wss://",
             [add](auto word) { add(std::string(word), false); })
      .repeatable();
  table
      .value({"--listen", "--bind"}, "URL", "URL", "Let peers connect there",
             [add](auto word) { add(std::string(word), true); })
      .repeatable();
  table
      .value({"-l", "--connect-local"}, "PORT", "port", "--dial tcp://127.0.0.1:PORT",
             [add](auto word) { add(local_url(word), false); })
      .repeatable();
  table
      .value({"-L", "--bind-local"}, "PORT", "port", "--listen tcp://127.0.0.1:PORT",
             [add](auto word) { add(local_url(word), true); })
      .repeatable();
  table
      .value({"-x", "--connect-ipc"}, "PATH", "path", "--dial ipc://PATH",
             [add](auto word) { add("ipc://" + std::string(word), false); })
      .completes(completion::file)
      .repeatable();
  table
      .value({"-X", "--bind-ipc"}, "PATH", "path", "--listen ipc://PATH",
             [add](auto word) { add("ipc://" + std::string(word), true); })
      .completes(completion::file)
      .repeatable();
}

void add_format_options(option_table& table, sp_cat_job& into) {
  table.group("Received messages");
  table
      .value({"--format"}, "FORMAT", "format", "How they are printed (default: no)",
             [&into](auto word) {
               const auto how = tools::body_format_of(word);
               if (!how) throw usage_error("Invalid format specified.");
               set_format(into, *how);
             })
      .words({"no", "ascii", "hex", "msgpack", "quoted", "raw"});
  const auto add = [&](std::vector<std::string> names, body_format how, const char* help) {
    table.toggle(std::move(names), help, [&into, how] { set_format(into, how); });
  };
  add({"-A", "--ascii"}, body_format::ascii, "With a dot for what is not printable ASCII; no line ends");
  add({"-Q", "--quoted"}, body_format::quoted, "As a string of C, one a line");
  add({"--hex"}, body_format::hex, "The same with every byte in hexadecimal digits");
  add({"--msgpack"}, body_format::msgpack, "As a byte array of MessagePack");
  add({"--raw"}, body_format::raw, "As it came");
  table
      .value({"--subscribe"}, "PREFIX", "topic", "Only what begins with this (sub0; default: everything)",
             [&into](auto word) { into.prefixes.emplace_back(word); })
      .repeatable();
  table.value({"-Z", "--recv-maxsz"}, "BYTES", "size",
              "The largest message taken from a peer (default: 1048576; 0: no bound)", [&into](auto word) {
                const auto number = whole_number(word);
                if (!number || *number < 0) throw usage_error("Invalid size: " + std::string(word));
                into.receive_maximum = static_cast<std::size_t>(*number);
              });
}

// At most a day, as with nngcat; fractions are ours.
milliseconds seconds_of(std::string_view word) {
  const auto number = decimal_number(word);
  if (!number || *number < 0 || *number > 86'400) throw usage_error("Invalid time: " + std::string(word));
  return milliseconds(static_cast<milliseconds::rep>(*number * 1000));
}

void set_data(nngcat_command& into, std::string_view word, bool is_file) {
  if (into.job.data || !into.file.empty()) throw usage_error(one_source);
  if (is_file && word.empty()) throw usage_error("Cannot open file : no name");
  if (is_file) {
    into.file = word;
  } else {
    into.job.data = std::string(word);
  }
}

void add_send_options(option_table& table, nngcat_command& into) {
  table.group("Sent messages");
  table.value({"-D", "--data"}, "TEXT", "data", "What is sent", [&into](auto word) { set_data(into, word, false); });
  table
      .value({"-F", "--file"}, "FILE", "file", "The contents of this file are sent; -: of the standard input",
             [&into](auto word) { set_data(into, word, true); })
      .completes(completion::file);
  table.value({"-d", "--delay"}, "SECONDS", "time", "Wait before the first one, so that peers can connect",
              [&into](auto word) { into.job.delay = seconds_of(word); });
  table.value({"-i", "--interval"}, "SECONDS", "time", "Send it again and again, at this distance",
              [&into](auto word) { into.job.interval = seconds_of(word); });
}

void add_run_options(option_table& table, nngcat_command& into) {
  const auto timeout = [](std::optional<milliseconds>& to) {
    return [&to](std::string_view word) {
      to = seconds_of(word);
      if (to->count() == 0) to.reset();  // nngcat's word for: as long as it takes
    };
  };
  table.group("Run");
  table.value({"-C", "--count"}, "N", "count", "End after so many messages or exchanges (default: 0, which is no end)",
              [&into](auto word) {
                const auto number = whole_number(word);
                if (!number || *number < 0) throw usage_error("Invalid count: " + std::string(word));
                into.job.count = static_cast<std::uint64_t>(*number);
              });
  table.value({"--recv-timeout", "--receive-timeout"}, "SECONDS", "time", "End when nothing has come for so long",
              timeout(into.job.receive_timeout));
  table.value({"--send-timeout"}, "SECONDS", "time", "Fail when nobody takes a message for so long",
              timeout(into.job.send_timeout));
  table.toggle({"--async"}, "A peer to be dialled need not be there yet", into.job.dials_later);
  table.toggle({"--compat"}, "As nanocat: --async, and --pair is pair0", into.compatible);
  table.value({"--socket-name"}, "NAME", "name", "The name of the socket in nng's statistics", into.job.socket_name);
  table.toggle({"-v", "--verbose"}, "Say where it listens", into.job.verbose);
  table.toggle({"-q", "--silent"}, "No error messages", into.silent);
}

void add_tls_options(option_table& table, sp_cat_job& into) {
  table.group("TLS (tls+tcp:// and wss://)");
  table.value({"--cacert"}, "FILE", "file", "Trusted CA certificates (PEM)", into.tls.ca_file)
      .completes(completion::file);
  table.value({"-E", "--cert"}, "FILE", "file", "Our certificate (PEM)", into.tls.certificate)
      .completes(completion::file);
  table.value({"--key"}, "FILE", "file", "Its key (PEM; default: in the certificate's file)", into.tls.key)
      .completes(completion::file);
  table.toggle({"-k", "--insecure"}, "Do not check the peer's certificate", into.tls.insecure);
  table.group("");
  table.toggle({"-h", "--help"}, "", [] {});
  table.toggle({"-V", "--version"}, "", [] {});
  table.value({"--zt-home"}, "DIRECTORY", "directory", "",
              [](auto) { throw usage_error("There is no ZeroTier in this build of libnng."); });
}

std::vector<verb_example> examples() {
  return {
      {"nanomq nngcat --rep --listen tcp://127.0.0.1:4567 --data 42 --quoted", "Answers every question"},
      {"nanomq nngcat --req --dial tcp://127.0.0.1:4567 --data 'the question' --quoted", "Asks once"},
      {"nanomq nngcat --sub --dial ipc:///tmp/clock --subscribe cuckoo --quoted", "What begins with cuckoo"},
      {"nanomq nngcat --pub --listen ipc:///tmp/clock --data cuckoo --interval 3600", "Every hour"},
      {"nanomq nngcat --pair0 --dial ws://127.0.0.1:8080/pair --file message --count 1 --raw",
       "A file to a peer, and its first message back"},
  };
}

// All of a descriptor. False: errno says why.
bool read_all(int descriptor, std::string& into) {
  std::array<char, 64 * 1024> block{};
  for (;;) {
    const auto count = ::read(descriptor, block.data(), block.size());
    if (count == 0) return true;
    if (count > 0) {
      into.append(block.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return false;
    }
  }
}

/// Throws: usage_error.
void load_file(nngcat_command& command) {
  if (command.file.empty()) return;
  const bool standard = command.file == "-";
  const int descriptor = standard ? STDIN_FILENO : ::open(command.file.c_str(), O_RDONLY | O_CLOEXEC);
  std::string data;
  const bool good = descriptor >= 0 && read_all(descriptor, data);
  const auto why = nanolib::error{nanolib::error_domain::sys, errno};
  if (!standard && descriptor >= 0) (void)::close(descriptor);
  if (!good) throw usage_error("Cannot open file " + command.file + ": " + std::string(nanolib::describe(why)));
  command.job.data = std::move(data);
}

/// Throws: usage_error.
void complete(nngcat_command& command) {
  auto& job = command.job;
  if (command.compatible) {
    if (job.dials_later) throw usage_error("Option --async and --compat are incompatible.");
    if (command.either_pair) job.protocol = sp_protocol::pair0;
    if (job.protocol == sp_protocol::pair1) throw usage_error("Protocol does not support --compat.");
    job.dials_later = true;
  }
  load_file(command);
  if (auto fault = tools::check(job); !fault.empty()) throw usage_error(fault);
}

bool says(const option_table& table, std::initializer_list<std::string_view> names, option_table::word_span words) {
  return std::ranges::any_of(names, [&](std::string_view name) { return table.mentions(name, words); });
}

}  // namespace

verb_page nngcat_page(nngcat_command& into) {
  verb_page page;
  page.name = "nngcat";
  page.summary = "send and receive messages of SP (nng, nanomsg)";
  page.synopsis = {"PROTOCOL --dial URL|--listen URL... [options]"};
  page.description = {
      "Opens one SP socket, sends what it was given and prints what comes. It is nngcat of nng: command lines "
      "written for that one do the same here. Several URLs are peers of the same socket.",
      "pub0 and push0 send; sub0 and pull0 receive. req0 and surveyor0 send and then print what is answered; rep0 and "
      "respondent0 answer with --data, or only print without it. pair and bus0 send when there is --data and then "
      "receive. Without --interval and --count a message is sent once, and receiving has no end but that of the "
      "exchange, --recv-timeout and signals."};
  page.examples = examples();
  page.sections = {
      {"NNGCAT",
       {"Names of options may be shortened where that is not ambiguous; a value may stand behind an equals sign, a "
        "colon "
        "or, with a single letter, directly. Times may have fractions. A pair or bus0 with --data and --count and "
        "without --interval ends each exchange with the first message that comes. ZeroTier is not in this build."},
       {},
       true}};
  page.exit_status = {{"0", "Done, also when --recv-timeout ended it"},
                      {"1", "A wrong command line, a peer that cannot be dialled, an address in use, --send-timeout"}};
  page.see_also = {"nanomq 1", "nanomq-pub 1", "nanomq-sub 1"};
  add_protocol_options(page.options, into);
  add_peer_options(page.options, into.job);
  add_send_options(page.options, into);
  add_format_options(page.options, into.job);
  add_run_options(page.options, into);
  add_tls_options(page.options, into.job);
  return page;
}

int run_nngcat(option_table::word_span words) {
  nngcat_command command;
  const auto page = nngcat_page(command);
  try {
    const auto whole = nng_words(page.options, words);
    const std::vector<std::string_view> views(whole.begin(), whole.end());
    if (says(page.options, {"-h", "--help"}, views)) {
      show_help(page);
      return 0;
    }
    if (says(page.options, {"-V", "--version"}, views)) {
      (void)std::puts("nanomq " NANOMQ_VERSION);
      return 0;
    }
    page.options.read(views);
    complete(command);
  } catch (const usage_error& wrong) {
    return refuse_usage(page.name, wrong.what());
  }
  standard_output output(command.silent);
  return tools::run_sp_cat(command.job, output);
}

}  // namespace nanomq::program
