#include "access_option.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <vector>

#include "http_option.hpp"
#include "nanomq/http/url.hpp"
#include "option_row.hpp"

namespace nanomq::config {
namespace {

using access::access_settings;
using access::http_question_settings;
using access::http_settings;
using access::token_settings;
using nanolib::error;
using nanolib::error_domain;
using nanolib::result;
using enum value_type;
using namespace row;

constexpr std::string_view token_place_words = "password|username";
constexpr std::string_view no_match_words = "deny|allow";
constexpr std::string_view client_id_words = "any|username|prefix";
constexpr std::string_view deny_words = "ignore|disconnect";
constexpr std::string_view method_words = "get|post";

std::unexpected<error> refuse(std::string& why, std::string text) {
  why = std::move(text);
  return std::unexpected(error{error_domain::config, 0});
}

value get_chain(const settings& from) {
  std::vector<std::string> names;
  for (const auto link : from.access.chain) names.emplace_back(access::row_of(link).name);
  return names;
}

result<void> set_chain(settings& into, const value& what, std::string& why) {
  std::vector<access::chain_link> all;
  for (const auto& name : std::get<std::vector<std::string>>(what)) {
    const auto links = access::chain_links();
    const auto found = std::ranges::find(links, name, &access::chain_link_row::name);
    if (found == links.end()) {
      std::string names;
      std::string_view nearest;
      std::size_t least = 1 + std::max<std::size_t>(2, name.size() / 4);
      for (const auto& row : links) {
        names += (names.empty() ? "" : ", ") + std::string(row.name);
        const auto far = edit_distance(name, row.name);
        if (far < least) {
          least = far;
          nearest = row.name;
        }
      }
      return refuse(why, "\"" + name + "\" is no way to find out who a client is: " + names +
                             (nearest.empty() ? "" : "; did you mean " + std::string(nearest) + "?"));
    }
    if (std::ranges::find(all, found->link) != all.end()) return refuse(why, "\"" + name + "\" stands there twice");
    // What TLS has proved is known before anybody is asked.
    if (found->link == access::chain_link::certificate && !all.empty())
      return refuse(why, "\"certificate\" stands first, because it is");
    all.push_back(found->link);
  }
  into.access.chain = std::move(all);
  return {};
}

value get_verified_claims(const settings& from) { return from.access.tokens.verified_claims; }

result<void> set_verified_claims(settings& into, const value& what, std::string& why) {
  const auto& all = std::get<std::vector<std::string>>(what);
  for (const auto& one : all) {
    const auto equals = one.find('=');
    if (equals == std::string::npos || equals == 0)
      return refuse(why, "a claim and what it has to be: \"clientid=${clientid}\", not \"" + one + "\"");
  }
  into.access.tokens.verified_claims = all;
  return {};
}

constexpr std::array<std::string_view, 3> algorithm_words{"HS256", "RS256", "ES256"};

value get_algorithms(const settings& from) {
  std::vector<std::string> names;
  for (const auto one : from.access.tokens.algorithms)
    names.emplace_back(algorithm_words[static_cast<std::size_t>(one)]);
  return names;
}

result<void> set_algorithms(settings& into, const value& what, std::string& why) {
  std::vector<access::token_algorithm> all;
  for (const auto& text : std::get<std::vector<std::string>>(what)) {
    const auto found = std::ranges::find(algorithm_words, text);
    if (found == algorithm_words.end()) return refuse(why, "HS256, RS256 or ES256, not \"" + text + "\"");
    all.push_back(static_cast<access::token_algorithm>(found - algorithm_words.begin()));
  }
  into.access.tokens.algorithms = std::move(all);
  return {};
}

// A file of users or rules.
template <auto Member>
constexpr option access_path(std::string_view key, std::string_view alias, std::string_view help) {
  return named(row::path(key, help, [](auto& all) -> auto& { return all.access.*Member; }), alias);
}

template <auto Member>
constexpr option token_text(std::string_view key, std::string_view help) {
  return row::path(key, help, [](auto& all) -> auto& { return all.access.tokens.*Member; });
}

// The server that is asked, and the three questions.
template <auto Member>
constexpr option http_number(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                             std::string_view help) {
  return of(key, type, {least, most}, help, [](auto& all) -> auto& { return all.access.http.*Member; });
}
template <auto Member>
constexpr option http_path(std::string_view key, std::string_view help) {
  return row::path(key, help, [](auto& all) -> auto& { return all.access.http.*Member; });
}
template <http_question_settings http_settings::* Which>
constexpr option url(std::string_view key, std::string_view help) {
  return special(
      key, value_type::path, help, [](const settings& from) { return value((from.access.http.*Which).url); },
      [](settings& into, const value& what, std::string& why) -> result<void> {
        const auto& text = std::get<std::string>(what);
        if (!text.empty()) {
          if (const auto read = http::read_url(text, why); !read) return std::unexpected(read.error());
        }
        (into.access.http.*Which).url = text;
        return {};
      });
}
template <http_question_settings http_settings::* Which>
constexpr option method(std::string_view key) {
  return choice<method_words>(key, "get: the parameters stand in the query. post: in the body.",
                              [](auto& all) -> auto& { return (all.access.http.*Which).is_post; });
}
template <http_question_settings http_settings::* Which, http_question_settings::fields http_question_settings::* Part>
constexpr option fields(std::string_view key, std::string_view help) {
  return special(
      key, list, help, [](const settings& from) { return shown_fields(from.access.http.*Which.*Part); },
      [](settings& into, const value& what, std::string& why) {
        return read_fields(what, into.access.http.*Which.*Part, why);
      });
}
constexpr std::string_view headers_help =
    "Headers, as name=value; in a file also an object. content-type says how a post writes its parameters: "
    "application/x-www-form-urlencoded or application/json. Not shown.";
constexpr std::string_view params_help =
    "Parameters, as name=value; in a file also an object. In values %u is the user name, %P the password, %c the "
    "client id, %a the address, %p the listener's port, %C and %d the certificate's common name and subject, %A 1 for "
    "subscribe and 2 for publish, %t the topic, %r mqtt, %m nothing, %% a %. In headers, too.";

constexpr std::array table{
    named(truth("auth.allow_anonymous",
                "Whether clients may connect without a user name where users are checked (auth.password_file). Where "
                "nobody is: whether anybody may connect from other machines; while this is false the broker refuses to "
                "start with a listener that they can reach, unless that one requires client certificates or pre-shared "
                "keys.",
                [](auto& all) -> auto& { return all.allow_anonymous; }),
          {}, "NANOMQ_ALLOW_ANONYMOUS"),
    access_path<&access_settings::password_file>(
        "auth.password_file", "auth.password",
        "Users and the hashes of their passwords, as nanomq passwd and mosquitto_passwd write them. With it, who has "
        "no entry does not enter. In a configuration file auth.password may also be an object, NanoMQ's user = "
        "password."),
    access_path<&access_settings::acl_file>(
        "auth.acl_file", "auth.acl",
        "Rules about who may do what, as NanoMQ, EMQX or mosquitto write them. In a configuration file auth.acl may "
        "also be an object with the rules in it, as NanoMQ has it. Without rules everything is allowed but to publish "
        "under $."),
    special("auth.chain", list,
            "Who is asked who a client is, one after the other until one knows. certificate: a listener takes the user "
            "name from TLS; jwt: tokens; password: the users of auth.password_file, with passwords or with SCRAM. Each "
            "that is configured has to be named.",
            get_chain, set_chain),
    truth("auth.scram.enable",
          "Whether MQTT 5 clients may authenticate themselves with SCRAM-SHA-256, where the password file has users "
          "with the keys for it (nanomq passwd --scram).",
          [](auto& all) -> auto& { return all.access.offers_scram; }),
    special("auth.jwt.algorithms", list,
            "JSON Web Tokens as passwords, signed with one of these: HS256, RS256, ES256. Empty: they are not "
            "accepted. A token needs an end (exp), at which its client is disconnected.",
            get_algorithms, set_algorithms),
    token_text<&token_settings::secret_file>("auth.jwt.secret_file",
                                             "The secret for HS256: all bytes of a file, 32 at least."),
    token_text<&token_settings::public_key_file>(
        "auth.jwt.public_key_file", "The public key for RS256 (RSA, 2048 bits at least) or ES256 (P-256), in PEM."),
    token_text<&token_settings::jwks_file>("auth.jwt.jwks_file",
                                           "A JWK set with keys for any of the algorithms; a token's kid says which."),
    choice<token_place_words>("auth.jwt.from",
                              "Where clients put a token. password: in the place of the password. username: also in "
                              "that of the user name, and the user is whom its claim names.",
                              [](auto& all) -> auto& { return all.access.tokens.from_user_name; }),
    token_text<&token_settings::user_claim>(
        "auth.jwt.user_claim",
        "The claim that has to be the user name that the client gives, or that is the user name (auth.jwt.from)."),
    special("auth.jwt.verify_claims", list,
            "Claims that have to be there, each with what it has to be: \"clientid=${clientid}\". ${username} is "
            "known, too. A claim clientid has to be the client id in any case, when it is there.",
            get_verified_claims, set_verified_claims),
    token_text<&token_settings::audience>("auth.jwt.audience",
                                          "What the claim aud has to be, or to contain. Empty: anything."),
    token_text<&token_settings::issuer>("auth.jwt.issuer", "What the claim iss has to be. Empty: anything."),
    choice<no_match_words>(
        "auth.no_match",
        "Where there are rules: what becomes of that which none is about. Rules of mosquitto's deny it in any case.",
        [](auto& all) -> auto& { return all.access.allow_unmatched; }),
    choice<deny_words>(
        "auth.deny_action",
        "What becomes of a client that publishes or subscribes where it may not. ignore: it is told (0x87, where its "
        "version has words for that), and goes on. disconnect: its connection ends (0x87 to MQTT 5 clients).",
        [](auto& all) -> auto& { return all.access.denied; }),
    truth("auth.bind_sessions",
          "Whether a session belongs to the user who began it. While it lasts, nobody else may connect with its client "
          "id.",
          [](auto& all) -> auto& { return all.access.binds_sessions; }),
    choice<client_id_words>(
        "auth.client_id",
        "Which client ids a user may have. any; username: the user name alone; prefix: the user name, or what begins "
        "with it and one of - _ . : and /. Others are refused (0x85). Clients without a user name have any.",
        [](auto& all) -> auto& { return all.access.client_ids; }),
    truth("auth.check_retain_source",
          "Whether a retained message is withheld while the rules do not allow it any more to whoever has published "
          "it. It is not known who that was of messages that come from the store at a start.",
          [](auto& all) -> auto& { return all.access.rechecks_retained; }),
    of("auth.max_waiting", count, {1, 100'000},
       "Logins that wait until their password is checked. Further ones are told that the broker is busy.",
       [](auto& all) -> auto& { return all.access.most_waiting; }),
    url<&http_settings::auth>(
        "auth.http_auth.auth_req.url",
        "Where is asked whether a client may enter: http:// or https://. 200 and 204 say yes, 5xx and no answer keep "
        "it waiting outside, everything else says no. Empty: nobody is asked."),
    method<&http_settings::auth>("auth.http_auth.auth_req.method"),
    fields<&http_settings::auth, &http_question_settings::headers>("auth.http_auth.auth_req.headers", headers_help),
    fields<&http_settings::auth, &http_question_settings::params>("auth.http_auth.auth_req.params", params_help),
    url<&http_settings::super>(
        "auth.http_auth.super_req.url",
        "Where is asked, after auth_req has said yes, whether the client may publish and subscribe to everything."),
    method<&http_settings::super>("auth.http_auth.super_req.method"),
    fields<&http_settings::super, &http_question_settings::headers>("auth.http_auth.super_req.headers", headers_help),
    fields<&http_settings::super, &http_question_settings::params>("auth.http_auth.super_req.params", params_help),
    url<&http_settings::acl>("auth.http_auth.acl_req.url",
                             "Where is asked whether a client may publish to a topic or subscribe to a filter that no "
                             "rule (auth.acl_file) is about."),
    method<&http_settings::acl>("auth.http_auth.acl_req.method"),
    fields<&http_settings::acl, &http_question_settings::headers>("auth.http_auth.acl_req.headers", headers_help),
    fields<&http_settings::acl, &http_question_settings::params>("auth.http_auth.acl_req.params", params_help),
    http_number<&http_settings::timeout>(
        "auth.http_auth.timeout", duration, 100, 3'600'000,
        "How long a question may take, waiting for a connection included. Then the answer is no."),
    http_number<&http_settings::connect_timeout>("auth.http_auth.connect_timeout", duration, 100, 3'600'000,
                                                 "How long it may take to connect."),
    http_number<&http_settings::pool_size>("auth.http_auth.pool_size", count, 1, 1024,
                                           "Connections to the server, kept and used again."),
    http_number<&http_settings::max_waiting>("auth.http_auth.max_waiting", count, 0, 1'000'000,
                                             "Questions that wait for a connection. Further ones are answered at once, "
                                             "as if the server could not be reached."),
    http_number<&http_settings::cache_ttl>(
        "auth.http_auth.cache_ttl", duration, 0, 7 * 86'400'000ULL,
        "How long an answer of acl_req is good for the same client and topic. 0: each is asked about."),
    http_path<&http_settings::ca_file>("auth.http_auth.tls.cacertfile",
                                       "Whom to trust with https. Empty: whom the system trusts."),
    http_path<&http_settings::certificate_file>("auth.http_auth.tls.certfile",
                                                "The broker's own certificate, for a server that asks for one."),
    http_path<&http_settings::key_file>("auth.http_auth.tls.keyfile", "Its key."),
    truth("auth.http_auth.tls.verify_peer",
          "Whether the server has to show a certificate that is trusted and has its name. Without, whoever answers "
          "decides who enters.",
          [](auto& all) -> auto& { return all.access.http.verify; }),

    of("auth.failed_login_rate", rate, {0, std::numeric_limits<std::uint32_t>::max()},
       "Failed logins from one address (of IPv6: from one /64). Beyond that passwords from there are not looked at "
       "until time has passed (0x9F; before MQTT 5: 3), right ones neither.",
       [](auto& all) -> auto& { return all.broker.traffic.failed_logins_per_address; }),
};

}  // namespace

std::span<const option> access_options() noexcept { return table; }

}  // namespace nanomq::config
