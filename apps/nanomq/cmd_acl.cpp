#include "cmd_acl.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nanolib/topic/topic.hpp"
#include "nanomq/access/access_control.hpp"
#include "nanomq/config/setting.hpp"
#include "nanomq/config/small_file.hpp"
#include "preparation.hpp"
#include "rule_warnings.hpp"
#include "short_text.hpp"
#include "start_broker.hpp"

namespace nanomq::program {
namespace {

constexpr std::size_t largest_file = std::size_t{64} << 20U;
/// Where packages put it, and the service of systemd reads it.
constexpr const char* usual_file = "/etc/nanomq.conf";
/// Of this command alone: whoever decides is not asked here.
constexpr auto undecided = static_cast<exit_code>(3);

struct explain_options {
  std::string file;
  start_options from;
  std::string user;
  std::string client;
  std::string address = "127.0.0.1";
  std::string common_name;
  std::string listener;
  std::string topic;
  std::string operation;
  bool allow_unmatched = false;
};

/// What is told: the verdict in one line, then what holds besides.
struct explanation {
  exit_code code = exit_code::ok;
  std::string verdict;
  std::vector<std::string> notes;
};

exit_code refuse(const std::string& why) {
  complain(why);
  return exit_code::usage;
}

bool ends_undecided(const access::decision& said, bool server_decides) {
  return server_decides && said.why == access::decision::reason::no_match;
}

// What rules say, or nobody where there are none.
explanation judge(const access::rule_set* rules, const access::subject& who, const explain_options& how,
                  const std::string& server) {
  const bool publishing = how.operation == "pub";
  if (rules == nullptr) {
    if (publishing && how.topic.starts_with('$'))
      return {exit_code::failure, "denied: without a rule that says so nobody publishes under $", {}};
    if (server.empty()) return {exit_code::ok, "allowed: there are no rules", {}};
    return {undecided, "not decided here: " + server + " is asked", {}};
  }
  const auto filter = nanolib::parse_topic_filter(how.topic);
  const auto said = publishing ? rules->check_publish(who, how.topic) : rules->check_subscribe(who, filter->filter);
  explanation out{said.allowed ? exit_code::ok : exit_code::failure, rules->explain(said), {}};
  if (ends_undecided(said, !server.empty()))
    out = {undecided, "not decided here: no rule is about it, and " + server + " is asked", {}};
  if (!rules->names_fit(who)) {
    out.notes.emplace_back(
        "a placeholder of the rules cannot stand for this user, client or certificate: such a "
        "client does not enter");
  }
  return out;
}

// A broker's configuration may say more about a client than its rules do.
void note_entry(const access::access_settings& from, const access::password_file* users, const std::string& user,
                std::vector<std::string>& into) {
  const auto asks = [&](access::chain_link link) {
    return access::row_of(link).is_configured(from) && std::ranges::find(from.chain, link) != from.chain.end();
  };
  if (!from.authenticates()) {
    if (!user.empty()) into.emplace_back("nobody checks user names here, so that no rule is about them");
    return;
  }
  const bool is_entered = users != nullptr && users->find(user) != nullptr;
  if (!user.empty() && !is_entered) {
    std::string others;
    if (asks(access::chain_link::certificate)) others += ", or its certificate names it";
    if (asks(access::chain_link::jwt)) others += ", or a token does";
    if (asks(access::chain_link::http)) others += ", or " + config::without_query(from.http.auth.url) + " admits it";
    if (users != nullptr) {
      into.push_back("the user has no entry in " +
                     (from.password_file.empty() ? std::string("the configuration") : from.password_file) +
                     (others.empty() ? ": such a client does not enter" : "; it enters only if" + others.substr(4)));
    }
  }
  if (asks(access::chain_link::jwt)) {
    into.emplace_back("what a token brings along in its claim acl is asked before the rules");
  }
  if (asks(access::chain_link::http)) {
    into.push_back(config::without_query(from.http.super.url.empty() ? from.http.auth.url : from.http.super.url) +
                   " may make the client a superuser, about whom no rules are");
  }
}

// Whether a listener makes a difference that was not asked about.
void note_listener(const access::rule_set* rules, const std::string& listener, std::vector<std::string>& into) {
  if (listener.empty() && rules != nullptr && rules->mentions(access::condition::kind::listener))
    into.emplace_back("rules about listeners are about nobody without --listener");
}

// Of a file of rules alone.
exit_code explain_file(const explain_options& how, const access::subject& who, explanation& into) {
  std::string why;
  const auto text = config::read_small_file(how.file, largest_file, why);
  if (!text) return refuse(how.file + ": " + why);
  auto read = access::read_rules(*text, how.file, why);
  if (!read) {
    const bool may_be_whole =
        text->find("include") != std::string::npos || text->find("listeners") != std::string::npos;
    return refuse(why + (may_be_whole ? " (a broker's whole configuration is read with --conf)" : ""));
  }
  const bool allow_unmatched = how.allow_unmatched && !read->denies_unmatched;
  const auto rules = access::rule_set::compile(std::move(read->rules), allow_unmatched, why);
  if (!rules) return refuse(why);
  into = judge(&*rules, who, how, {});
  note_listener(&*rules, how.listener, into.notes);
  return exit_code::ok;
}

// Of all that a broker with this configuration would heed.
exit_code explain_configuration(explain_options how, access::subject who, explanation& into) {
  std::string why;
  const bool conf_was_given = !how.from.conf.empty();
  if (!complete_from_environment(how.from, why)) return refuse(why);
  const bool is_named = !how.from.conf.empty() || !how.from.assignments.empty();
  if (!is_named && ::access(usual_file, F_OK) == 0) how.from.conf = usual_file;
  if (how.from.conf.empty() && how.from.assignments.empty()) {
    return refuse(std::string("whose rules? There is no ") + usual_file +
                  ". Name a file of rules, or a broker's configuration (--conf, NANOMQ_CONF_PATH); see --help");
  }
  if (!conf_was_given && !how.from.conf.empty()) into.notes.push_back("of the configuration " + how.from.conf);
  // All that a start would refuse is refused here.
  const auto prepared = prepare(how.from, nullptr, purpose::look);
  for (const auto& one : prepared.faults) complain(one.text);
  if (!prepared.is_good()) return exit_code::usage;
  const auto& from = prepared.settings.access;
  const auto users = access::open_users(from, why);
  const auto rules = access::open_rules(from, why);
  if (!users || !rules) return refuse(why);
  if (!from.authenticates()) who.user_name = {};
  auto said = judge(rules->get(), who, how, from.http.authorizes() ? config::without_query(from.http.acl.url) : "");
  std::ranges::move(said.notes, std::back_inserter(into.notes));
  into.code = said.code;
  into.verdict = std::move(said.verdict);
  note_entry(from, users->get(), how.user, into.notes);
  note_listener(rules->get(), how.listener, into.notes);
  if (how.listener.empty()) return exit_code::ok;
  if (auto unknown = unknown_listener(how.listener, prepared.settings.broker.listeners); !unknown.empty())
    into.notes.push_back(std::move(unknown));
  return exit_code::ok;
}

exit_code explain(const explain_options& how) {
  const auto address = access::parse_address(how.address);
  const bool publishing = how.operation == "pub";
  if (!address) return refuse(how.address + ": no address");
  if (publishing ? nanolib::check_topic_name(how.topic) != nanolib::topic_fault::none
                 : !nanolib::parse_topic_filter(how.topic)) {
    return refuse(how.topic + ": no topic" + (publishing ? "" : " filter"));
  }
  const access::subject who{how.user, how.client, *address, how.common_name, how.listener};
  explanation told;
  const auto done = how.file.empty() ? explain_configuration(how, who, told) : explain_file(how, who, told);
  if (done != exit_code::ok) return done;
  std::string out = told.verdict + "\n";
  for (const auto& note : told.notes) out += "note: " + note + "\n";
  (void)std::fputs(plain_text(out, true).c_str(), stdout);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return told.code;
  return refuse("stdout: not everything could be written");
}

}  // namespace

void add_acl_command(CLI::App& program, exit_code& result) {
  auto* acl = program.add_subcommand("acl", "Look into access rules");
  acl->require_subcommand(1);
  auto how = std::make_shared<explain_options>();
  auto* verb = acl->add_subcommand("explain", "Tell whether a client may do something, and which rule says so");
  auto* file =
      verb->add_option("FILE", how->file, "Rules alone, as NanoMQ (auth.acl), EMQX (acl.conf) or mosquitto have them")
          ->type_name("");
  verb->add_option(
          "--conf", how->from.conf,
          "Instead of FILE: a broker's configuration, with all that it includes. Without either: NANOMQ_CONF_PATH, "
          "else /etc/nanomq.conf")
      ->type_name("FILE")
      ->excludes(file);
  verb->add_option("--set", how->from.assignments, "A setting, as in a configuration file; repeatable")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->excludes(file);
  verb->add_option("-u,--user", how->user, "The user name; none: a client without one")->type_name("NAME");
  verb->add_option("-i,--clientid", how->client, "The client id")->type_name("ID");
  verb->add_option("-a,--address", how->address, "The client's address")->type_name("ADDRESS");
  verb->add_option("--cert-cn", how->common_name, "The common name of the certificate that it shows")
      ->type_name("NAME");
  verb->add_option_function<std::string>(
          "--listener", [how](const std::string& written) { how->listener = access::listener_id(written); },
          "The listener through which it comes, such as tcp:default or ssl:plant")
      ->type_name("LISTENER");
  verb->add_option("-t,--topic", how->topic, "The topic, or the filter of a subscription")
      ->required()
      ->type_name("TOPIC");
  verb->add_option("--op", how->operation, "pub or sub")
      ->required()
      ->check(CLI::IsMember({"pub", "sub"}))
      ->type_name("OP");
  verb->add_flag("--no-match-allow", how->allow_unmatched,
                 "With FILE: what no rule is about is allowed, as auth.no_match = allow")
      ->needs(file);
  verb->footer(
      "Exit status: 0 allowed, 1 denied, 2 wrong command line, or the file or the configuration cannot be used,\n"
      "3 not decided here: the server of auth.http_auth.acl_req is asked, which this command does not do.");
  verb->callback([how, &result] { result = explain(*how); });
}

}  // namespace nanomq::program
