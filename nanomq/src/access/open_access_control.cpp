// From what a configuration says to an access control: the files are read here.
#include <algorithm>

#include "http_link.hpp"
#include "nanomq/access/access_control.hpp"
#include "nanomq/config/small_file.hpp"

namespace nanomq::access {
namespace {

constexpr std::size_t largest_file = std::size_t{64} << 20U;

using nanolib::error;
using nanolib::error_domain;
using nanolib::result;

std::unexpected<error> refuse(std::string& why, std::string text) {
  why = std::move(text);
  return std::unexpected(error{error_domain::config, 0});
}

result<std::string> read(const std::string& path, std::string& why) {
  auto text = config::read_small_file(path, largest_file, why);
  if (!text) why.insert(0, path + ": ");
  return text;
}

result<void> add_passwords(const access_settings& from, access_control::parts& into, std::string& why) {
  const auto opened = open_users(from, why);
  if (!opened) return std::unexpected(opened.error());
  const std::shared_ptr<const password_file>& users = *opened;
  into.chain.push_back(make_password_authenticator(users));
  // A conversation asks nobody else, so whoever is asked before must not be passed over.
  const bool others_first = std::ranges::any_of(into.chain, [](const auto& before) { return before->asks_others(); });
  auto scram = from.offers_scram && !others_first ? make_scram_method(users) : nullptr;
  if (scram) into.methods.push_back(std::move(scram));
  return {};
}

result<void> open_server(const access_settings& from, access_control::parts& into, std::string& why) {
  const auto lacks_url = [](const http_question_settings& what) {
    return what.url.empty() && !(what.headers.empty() && what.params.empty());
  };
  // Whoever says what to ask means that somebody is asked.
  if (lacks_url(from.http.auth)) return refuse(why, "auth.http_auth.auth_req.url is not set");
  if (lacks_url(from.http.super)) return refuse(why, "auth.http_auth.super_req.url is not set");
  if (lacks_url(from.http.acl)) return refuse(why, "auth.http_auth.acl_req.url is not set");
  if (!from.http.is_used()) return {};
  if (!from.http.super.url.empty() && !from.http.authenticates())
    return refuse(why, "auth.http_auth.super_req is asked behind auth_req, and auth.http_auth.auth_req.url is empty");
  auto link = http_link::open(from.http, nanolib::system_clock(), why);
  if (!link) return std::unexpected(link.error());
  into.http = std::move(*link);
  into.asks_about_topics = from.http.authorizes();
  return {};
}

result<void> add_link(const access_settings& from, chain_link link, access_control::parts& into, std::string& why) {
  switch (link) {
    case chain_link::certificate:
      into.trusts_identities = true;
      return {};
    case chain_link::jwt: {
      auto tokens = make_token_authenticator(from.tokens, nanolib::system_clock(), why);
      if (!tokens) return std::unexpected(tokens.error());
      into.chain.push_back(std::move(*tokens));
      return {};
    }
    case chain_link::password:
      return add_passwords(from, into, why);
    case chain_link::http:
      into.chain.push_back(make_http_authenticator(into.http));
      return {};
  }
  return {};
}

result<void> add_users(const access_settings& from, access_control::parts& into, std::string& why) {
  for (const chain_link_row& row : chain_links()) {
    if (row.is_configured(from) && std::ranges::find(from.chain, row.link) == from.chain.end()) {
      return refuse(why, "auth.chain does not name " + std::string(row.name) + ", but " + std::string(row.setting) +
                             " is set: name it, or take that away");
    }
  }
  for (const chain_link link : from.chain) {
    if (!row_of(link).is_configured(from)) continue;
    if (const auto done = add_link(from, link, into, why); !done) return done;
  }
  return {};
}

}  // namespace

result<std::shared_ptr<const password_file>> open_users(const access_settings& from, std::string& why) {
  if (from.password_file.empty()) return from.written_passwords;
  const auto text = read(from.password_file, why);
  if (!text) return std::unexpected(text.error());
  auto made = password_file::read(*text, from.password_file, why);
  if (!made) return std::unexpected(made.error());
  return std::make_shared<const password_file>(std::move(*made));
}

result<std::unique_ptr<const rule_set>> open_rules(const access_settings& from, std::string& why) {
  if (!from.has_rules()) return nullptr;
  written_rules written;
  if (from.written_acl) {
    written = *from.written_acl;
  } else {
    const auto text = read(from.acl_file, why);
    if (!text) return std::unexpected(text.error());
    auto rules = read_rules(*text, from.acl_file, why);
    if (!rules) return std::unexpected(rules.error());
    written = std::move(*rules);
  }
  const bool allow_unmatched = from.allow_unmatched && !written.denies_unmatched;
  auto compiled = rule_set::compile(std::move(written.rules), allow_unmatched, why);
  if (!compiled) return std::unexpected(compiled.error());
  return std::make_unique<const rule_set>(std::move(*compiled));
}

result<std::shared_ptr<const access_control>> open_access_control(const access_settings& from, bool allow_anonymous,
                                                                  const std::shared_ptr<worker_pool>& workers,
                                                                  std::string& why) {
  if (from.written_passwords && !from.password_file.empty())
    return refuse(why, "auth.password: users are written here, and auth.password_file names others; keep one of them");
  if (from.written_acl && !from.acl_file.empty())
    return refuse(why, "auth.acl: rules are written here, and auth.acl_file names others; keep one of them");
  const auto& tokens = from.tokens;
  const bool talks_of_tokens = !tokens.secret_file.empty() || !tokens.public_key_file.empty() ||
                               !tokens.jwks_file.empty() || tokens.from_user_name || !tokens.audience.empty() ||
                               !tokens.issuer.empty() || !tokens.verified_claims.empty();
  if (talks_of_tokens && tokens.algorithms.empty())
    return refuse(why, "auth.jwt does nothing without auth.jwt.algorithms, such as [\"ES256\"]");
  if (from.client_ids != client_id_rule::any && !from.authenticates())
    return refuse(why, "auth.client_id needs users: auth.password_file (or auth.password) says who they are");
  access_control::parts made;
  if (const auto done = open_server(from, made, why); !done) return std::unexpected(done.error());
  if (!from.authenticates() && !from.has_rules() && !from.http.is_used()) return nullptr;
  if (const auto done = add_users(from, made, why); !done) return std::unexpected(done.error());
  auto rules = open_rules(from, why);
  if (!rules) return std::unexpected(rules.error());
  made.rules = std::move(*rules);
  made.allows_unmatched = from.allow_unmatched;
  if (!from.authenticates() && made.rules) {
    if (const rule* about = made.rules->first_about_users())
      return refuse(why, about->place +
                             ": a rule about users, whom nobody checks: auth.password_file (or auth.password) says "
                             "who they are");
  }
  made.allow_anonymous = allow_anonymous;
  made.disconnects_denied = from.denied == deny_action::disconnect;
  made.client_ids = from.client_ids;
  made.rechecks_retained = from.rechecks_retained;
  made.binds_sessions = from.binds_sessions && from.authenticates();
  return std::make_shared<const access_control>(std::move(made), workers);
}

}  // namespace nanomq::access
