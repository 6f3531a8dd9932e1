#include "banner.hpp"

#include <unistd.h>

#include <algorithm>

namespace nanomq::program {
namespace {

std::string who_may_connect(const banner_facts& facts) {
  const bool local = std::ranges::all_of(facts.listeners, [](const auto& one) { return one.where.is_local(); });
  std::string rules = facts.has_rules ? "; rules say what they may do" : "";
  if (!facts.reachable_sp.empty()) {
    rules += "; over SP ANYONE who can reach " + facts.reachable_sp + ", without authentication";
  }
  if (facts.authenticates) {
    return facts.users + (facts.admits_anybody ? ", and anybody without a user name" : "") + rules;
  }
  using enum banner_facts::proof;
  if (facts.demands == all) return "only clients with a certificate or a pre-shared key" + rules;
  if (local && !facts.admits_anybody) {
    return std::string("anyone on this machine") +
           (facts.demands == some ? ", some listeners only with a certificate or a pre-shared key" : "") +
           (facts.reachable_sp.empty() ? "; no other machine can" : "") + rules;
  }
  if (!facts.admits_anybody) return "from other machines only clients with a certificate or a pre-shared key" + rules;
  return "ANYONE who can reach it, without authentication (auth.allow_anonymous)" + rules;
}

// Two commands for the first TCP listener.
std::string how_to_try(const banner_facts& facts) {
  using transport = nanonng::net::endpoint::transport;
  const auto found = std::ranges::find_if(facts.listeners, [](const auto& one) {
    return one.kind == broker::listener_kind::tcp && one.where.kind == transport::tcp;
  });
  if (found == facts.listeners.end()) return "any MQTT client that speaks over what it listens on";
  const auto& at = found->where;
  const bool any = at.host.empty() || at.host == "0.0.0.0" || at.host == "::";
  const auto host = any ? std::string("127.0.0.1") : at.host;
  const auto where = " -h " + host + " -p " + std::to_string(at.port) +
                     (facts.authenticates && !facts.admits_anybody ? " -u USER -P PASSWORD" : "");
  return "mosquitto_sub" + where + " -t 'hello/#' -v &\n            mosquitto_pub" + where + " -t hello/world -m hi";
}

}  // namespace

std::string users_of(const access::access_settings& from) {
  std::string out;
  const auto add = [&](bool is_so, std::string_view who) {
    if (is_so) out += (out.empty() ? "" : ", ") + std::string(who);
  };
  add(!from.password_file.empty() || from.written_passwords, "users with their passwords");
  add(!from.tokens.algorithms.empty(), "clients with a token (JWT)");
  add(from.http.authenticates(), "users whom an HTTP server admits");
  add(from.trusts_identities, "clients whose certificate or pre-shared key names them");
  return out;
}

banner_facts::proof demands_of(const std::vector<broker::listener_options>& listeners) {
  std::size_t open = 0;
  std::size_t demanding = 0;
  for (const auto& one : listeners) {
    if (one.enable) ++(one.authenticates() ? demanding : open);
  }
  using enum banner_facts::proof;
  return demanding == 0 ? none : open == 0 ? all : some;
}

std::string banner(const banner_facts& facts) {
  std::string out = "nanomq " NANOMQ_VERSION ", " + std::to_string(facts.shards) +
                    (facts.shards == 1 ? " shard" : " shards") + ", pid " + std::to_string(::getpid()) + "\n";
  out += "listens on ";
  for (const auto& one : facts.listeners) out += " " + one.url();
  for (const auto& one : facts.endpoints) out += "\nbridges     " + one;
  out += "\nadmits      " + who_may_connect(facts);
  out += "\nkeeps       " + (facts.keeps.empty()
                                 ? "nothing across a restart: sessions, queues and retained messages live in memory"
                                 : facts.keeps);
  if (!facts.trouble.empty()) out += "\nATTENTION   " + facts.trouble;
  out += "\ntry         " + how_to_try(facts) + "\n";
  return out;
}

}  // namespace nanomq::program
