#include "cmd_cert.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "certificate_files.hpp"
#include "client_options.hpp"

namespace nanomq::program {
namespace {

using nanonng::net::certificate_and_key;
using nanonng::net::certificate_facts;
using nanonng::net::certificate_wish;
using purpose = certificate_wish::purpose;
using std::chrono::sys_seconds;

constexpr int ran_out = 3;
constexpr const char* default_authority = "NanoMQ CA";

sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

/// "2026-01-31 23:59:59 UTC"
std::string time_text(sys_seconds when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{when - day};
  char text[40] = {};
  (void)std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d UTC", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                      static_cast<int>(time.seconds().count()));
  return text;
}

// ---- make ----

/// The first name, or address, unless there is none: an authority has one of its own.
std::string common_name_of(const certificate_command& command) {
  if (!command.names.empty()) return command.names.front();
  if (!command.addresses.empty()) return command.addresses.front();
  if (command.what == purpose::authority) return default_authority;
  throw usage_error(command.what == purpose::client ? "Who is it for? --name NAME"
                                                    : "What is the server called? --name NAME or --address IP");
}

certificate_paths paths_of(const certificate_command& command) {
  std::string base = command.base;
  if (base.empty()) {
    base = command.what == purpose::authority ? "ca"
           : command.what == purpose::server  ? "server"
                                              : command.names.front();
  }
  if (base.empty() || base == "." || base == ".." || base.find('/') != std::string::npos) {
    throw usage_error("\"" + base + "\" cannot be the name of a file; give another with --file NAME.");
  }
  const std::string path = command.directory + "/" + base;
  return {path + ".pem", path + ".key"};
}

certificate_wish wish_of(const certificate_command& command) {
  certificate_wish wish;
  wish.what = command.what;
  wish.common_name = common_name_of(command);
  // Of a client only the common name counts.
  if (command.what == purpose::server) {
    wish.names = command.names;
    wish.addresses = command.addresses;
  }
  // Clocks of small devices are behind, sometimes.
  wish.not_before = now() - std::chrono::hours{1};
  wish.not_after = now() + std::chrono::days{command.days};
  return wish;
}

void say_made(const certificate_paths& where, const certificate_facts& facts) {
  std::printf("%s\n  %s, until %s\n%s\n  its key: keep it to yourself\n", where.certificate.c_str(),
              facts.subject.c_str(), time_text(facts.not_after).c_str(), where.key.c_str());
}

int make(const certificate_command& command) {
  const certificate_wish wish = wish_of(command);
  const certificate_paths where = paths_of(command);
  certificate_and_key authority;
  const bool by_itself = command.what == purpose::authority;
  if (!by_itself) {
    const std::string base = command.directory + "/ca";
    authority.certificate = read_certificate_file(command.authority.empty() ? base + ".pem" : command.authority);
    authority.key = read_certificate_file(command.authority_key.empty() ? base + ".key" : command.authority_key);
  }
  std::string why;
  const auto made = nanonng::net::make_certificate(wish, by_itself ? nullptr : &authority, why);
  if (!made) throw std::runtime_error(why);
  const auto facts = nanonng::net::read_certificates(made->certificate, why);
  if (!facts) throw std::runtime_error(why);
  if (::mkdir(command.directory.c_str(), 0755) != 0 && errno != EEXIST) {
    throw std::runtime_error(command.directory + ": " + std::strerror(errno));
  }
  place_certificate(where, *made, command.force);
  say_made(where, facts->front());
  return 0;
}

// ---- show ----

std::string names_text(const certificate_facts& facts) {
  using kind = nanonng::net::tls_identity::name_kind;
  std::string text;
  for (const auto& name : facts.names) {
    const char* const what = name.kind == kind::dns       ? "DNS:"
                             : name.kind == kind::uri     ? "URI:"
                             : name.kind == kind::address ? "IP:"
                                                          : "email:";
    text.append(text.empty() ? "" : ", ").append(what).append(name.value);
  }
  return text;
}

/// What there is to say about the time; whether it has run out, or will within the days.
bool show_time(const certificate_facts& facts, long long within_days) {
  const auto left = std::chrono::floor<std::chrono::days>(facts.not_after - now()).count();
  std::string remark = " (" + std::to_string(left) + (left == 1 ? " day left)" : " days left)");
  const bool is_early = now() < facts.not_before;
  const bool is_late = now() > facts.not_after;
  if (is_early) remark = " (NOT YET VALID)";
  if (is_late) remark = " (EXPIRED)";
  std::printf("  valid        %s to\n               %s%s\n", time_text(facts.not_before).c_str(),
              time_text(facts.not_after).c_str(), remark.c_str());
  return is_early || is_late || left < within_days;
}

int show(const cert_command& command) {
  if (command.files.empty()) throw usage_error("Which file? nanomq cert show FILE");
  bool has_run_out = false;
  for (const std::string& file : command.files) {
    std::string why;
    const auto all = nanonng::net::read_certificates(read_certificate_file(file), why);
    if (!all) throw std::runtime_error(file + ": " + why);
    for (const certificate_facts& facts : *all) {
      std::printf("%s\n  subject      %s\n  issuer       %s\n", file.c_str(), facts.subject.c_str(),
                  facts.issuer.c_str());
      if (!facts.names.empty()) std::printf("  names        %s\n", names_text(facts).c_str());
      has_run_out = show_time(facts, command.within_days) || has_run_out;
      std::printf("  key          %s\n  authority    %s\n  serial       %s\n  SHA-256      %s\n", facts.key.c_str(),
                  facts.is_authority ? "yes" : "no", facts.serial.c_str(), facts.fingerprint.c_str());
    }
  }
  return has_run_out ? ran_out : 0;
}

// ---- pages ----

void set_days(std::string_view word, long long& into) {
  const auto number = whole_number(word);
  if (!number || *number < 1 || *number > 36'500) throw usage_error("--days wants a number from 1 to 36500.");
  into = *number;
}

void add_options(option_table& table, certificate_command& into) {
  const bool is_authority = into.what == purpose::authority;
  const bool is_server = into.what == purpose::server;
  table.group("Certificate");
  table
      .value({"--name"}, "NAME", "name",
             is_authority ? "What the authority is called (default: NanoMQ CA)"
             : is_server  ? "A name that clients know the server by; *.example.org stands for one label"
                          : "Whose certificate it is: the common name, which a broker can take for the user name",
             [&into, is_server](auto word) {
               if (!is_server) into.names.clear();
               into.names.emplace_back(word);
             })
      .repeatable();
  if (is_server) {
    table
        .value({"--address"}, "IP", "address", "An address that clients know the server by",
               [&into](auto word) { into.addresses.emplace_back(word); })
        .repeatable();
  }
  table.value({"--days"}, "N", "number of days",
              "How long it is valid (default: " + std::to_string(into.days) + "); never longer than its authority",
              [&into](auto word) { set_days(word, into.days); });
  if (!is_authority) {
    table
        .value({"--ca"}, "FILE", "file", "The authority's certificate (default: ca.pem in the directory)",
               into.authority)
        .completes(completion::file);
    table
        .value({"--ca-key"}, "FILE", "file", "The authority's key (default: ca.key in the directory)",
               into.authority_key)
        .completes(completion::file);
  }
  table.group("Files");
  table
      .value({"--dir"}, "DIRECTORY", "directory", "Where they go (default: here); it is made if need be",
             into.directory)
      .completes(completion::directory);
  table.value({"--file"}, "NAME", "name",
              std::string("They are called NAME.pem and NAME.key (default: ") +
                  (is_authority ? "ca"
                   : is_server  ? "server"
                                : "the client's name") +
                  ")",
              into.base);
  table.toggle({"--force"}, "Replace files that are there", into.force);
}

verb_page page_below(const char* name, const char* summary, const char* synopsis, std::vector<std::string> description,
                     std::vector<verb_example> examples) {
  verb_page page;
  page.name = std::string("cert ") + name;
  page.summary = summary;
  page.synopsis = {synopsis};
  page.description = std::move(description);
  page.examples = std::move(examples);
  page.exit_status = {{"0", "Done"}, {"1", "A wrong command line, or a file that cannot be read or written"}};
  page.see_also = {"nanomq 1", "nanomq-doctor 1", "openssl 1"};
  return page;
}

verb_page ca_page(certificate_command& into) {
  auto page =
      page_below("ca", "make a certificate authority", "[options]",
                 {"Its certificate, ca.pem, goes to everybody who is to trust what it signs. Its key, ca.key, signs "
                  "in its name: it stays where certificates are made, best on a machine that is no broker."},
                 {{"nanomq cert ca --dir certs", "certs/ca.pem and certs/ca.key, for ten years"}});
  add_options(page.options, into);
  return page;
}

verb_page server_page(certificate_command& into) {
  auto page = page_below("server", "make a server's certificate", "--name NAME|--address IP [options]",
                         {"Clients refuse a server whose certificate has not the name, or the address, that they were "
                          "told to connect to: all "
                          "of them belong in here."},
                         {{"nanomq cert server --dir certs --name gateway.local --address 192.168.1.5",
                           "For a broker with a name and an address"}});
  add_options(page.options, into);
  return page;
}

verb_page client_page(certificate_command& into) {
  auto page =
      page_below("client", "make a client's certificate", "--name NAME [options]",
                 {"For a broker that asks its clients for certificates."},
                 {{"nanomq cert client --dir certs --name sensor-1", "certs/sensor-1.pem and certs/sensor-1.key"}});
  add_options(page.options, into);
  return page;
}

verb_page show_page(cert_command& into) {
  auto page = page_below(
      "show", "show what is in a certificate", "FILE... [options]",
      {"Names, time, key and fingerprint of every certificate in the files. Nothing is verified."},
      {{"nanomq cert show certs/server.pem", "What it says"},
       {"nanomq cert show certs/*.pem --within 30", "For a cron job: fails a month before the first one ends"}});
  page.options.group("Time");
  page.options.value({"--within"}, "DAYS", "number of days", "Exit with 3 also when one ends within so many days",
                     [&into](auto word) { set_days(word, into.within_days); });
  page.options.group("");
  page.options.value({"--file"}, "FILE", "file", "", [&into](auto word) { into.files.emplace_back(word); })
      .completes(completion::file)
      .repeatable();
  page.exit_status.emplace_back("3", "A certificate is not valid now, or ends within the days of --within");
  return page;
}

/// Words that are no options are files.
std::vector<std::string_view> with_files(option_table::word_span words) {
  std::vector<std::string_view> all;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (!words[at].starts_with("-")) all.push_back("--file");
    all.push_back(words[at]);
    if ((words[at] == "--within" || words[at] == "--file") && at + 1 < words.size()) all.push_back(words[++at]);
  }
  return all;
}

int run_below(cert_command& command, const verb_page& page, std::string_view verb, option_table::word_span words) {
  if (verb == "show") {
    page.options.read(with_files(words));
    return show(command);
  }
  page.options.read(words);
  return make(verb == "ca" ? command.ca : verb == "server" ? command.server : command.client);
}

}  // namespace

verb_page cert_page(cert_command& into) {
  verb_page page;
  page.name = "cert";
  page.summary = "make certificates for TLS, and look at them";
  page.synopsis = {"ca|server|client|show [options]"};
  page.description = {
      "A small certificate authority for a house, a plant or a test: one file that everybody trusts, certificates for "
      "brokers, and certificates for clients where brokers ask for them. Keys are ECDSA on P-256; files are PEM; keys "
      "are "
      "readable for their owner alone. Nothing that is there is overwritten unless --force says so.",
      "There are no lists of revoked certificates: give short times (--days) to what may get lost."};
  page.verbs.push_back(ca_page(into.ca));
  page.verbs.push_back(server_page(into.server));
  page.verbs.push_back(client_page(into.client));
  page.verbs.push_back(show_page(into));
  for (const verb_page& below : page.verbs) page.examples.push_back(below.examples.front());
  page.exit_status = page.verbs.back().exit_status;
  page.see_also = {"nanomq 1", "nanomq-doctor 1", "openssl 1"};
  return page;
}

int run_cert(option_table::word_span words) {
  cert_command command;
  const auto page = cert_page(command);
  const std::string name = "cert " + std::string(words.empty() ? "" : words.front());
  const auto below = std::ranges::find(page.verbs, name, &verb_page::name);
  if (below == page.verbs.end()) return refuse_usage("cert", "ca, server, client or show has to follow.");
  try {
    const int status = run_below(command, *below, words.front(), words.subspan(1));
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    throw std::runtime_error("stdout: not everything could be written");
  } catch (const usage_error& wrong) {
    return refuse_usage(below->name, wrong.what());
  } catch (const std::runtime_error& failure) {
    (void)std::fprintf(stderr, "Error: %s\n", failure.what());
    return 1;
  }
}

}  // namespace nanomq::program
