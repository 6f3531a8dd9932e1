// The rows of the option table that are no listener's, log's or webhook's. One table, which is why the file is long.
#include "nanomq/config/option.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <vector>

#include "access_option.hpp"
#include "http_option.hpp"
#include "log_option.hpp"
#include "nanomq/config/listener_option.hpp"
#include "webhook_option.hpp"

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanolib::result;
using broker_limits = nanomq::broker::limits;
using nanonng::net::poller_kind;

constexpr std::uint64_t kilo = 1024;
constexpr std::uint64_t mega = kilo * kilo;
constexpr std::uint64_t giga = kilo * mega;
constexpr std::uint64_t second = 1'000;
constexpr std::uint64_t hour = 3'600 * second;
constexpr std::uint64_t most_16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t most_32 = std::numeric_limits<std::uint32_t>::max();

template <class Number>
void narrow_into(Number& into, const value& from, std::uint64_t scale) {
  into = static_cast<Number>(std::get<std::uint64_t>(from) / scale);
}
inline void narrow_into(nanolib::duration& into, const value& from, std::uint64_t) {
  into = nanolib::duration(static_cast<nanolib::duration::rep>(std::get<std::uint64_t>(from)));
}
template <class Number>
std::uint64_t widen(Number from, std::uint64_t scale) {
  return std::uint64_t{from} * scale;
}
inline std::uint64_t widen(nanolib::duration from, std::uint64_t) { return static_cast<std::uint64_t>(from.count()); }

constexpr bool restart_needed = false;
constexpr bool while_running = true;

// A number in limits. `Scale`: 1000 for what is kept in seconds, durations being in milliseconds here.
template <auto Member, std::uint64_t Scale = 1>
constexpr option limit(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                       std::string_view help, std::string_view alias = {}, std::string_view environment = {}) {
  return {key,
          alias,
          environment,
          type,
          {least, most, Scale},
          restart_needed,
          help,
          [](const settings& from) { return value(widen(from.broker.limits.*Member, Scale)); },
          [](settings& into, const value& what, std::string&) -> result<void> {
            narrow_into(into.broker.limits.*Member, what, Scale);
            return {};
          }};
}

// The same row, of a setting that can change.
constexpr option changeable(option row) {
  row.reloadable = while_running;
  return row;
}

// A number among the broker's other options.
template <auto Member>
constexpr option broker_number(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                               std::string_view help) {
  return {key,
          {},
          {},
          type,
          {least, most},
          restart_needed,
          help,
          [](const settings& from) { return value(widen(from.broker.*Member, 1)); },
          [](settings& into, const value& what, std::string&) -> result<void> {
            narrow_into(into.broker.*Member, what, 1);
            return {};
          }};
}

// A number among those of the store.
template <auto Member>
constexpr option store_number(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                              std::string_view help, std::string_view alias = {}) {
  return {key,
          alias,
          {},
          type,
          {least, most},
          restart_needed,
          help,
          [](const settings& from) { return value(widen(from.broker.durability.*Member, 1)); },
          [](settings& into, const value& what, std::string&) -> result<void> {
            narrow_into(into.broker.durability.*Member, what, 1);
            return {};
          }};
}

// A size, or a share of what the machine has.
template <auto Share, class Bytes>
constexpr option shared_size(std::string_view key, std::uint64_t least, std::uint64_t most, std::string_view help,
                             Bytes) {
  return {key,
          {},
          {},
          value_type::share,
          {least, most},
          restart_needed,
          help,
          [](const settings& from) {
            const percent part = from.shares.*Share;
            return part.of_hundred != 0 ? value(part) : value(std::uint64_t{Bytes()(from.broker)});
          },
          [](settings& into, const value& what, std::string&) -> result<void> {
            const auto* const part = std::get_if<percent>(&what);
            into.shares.*Share = part != nullptr ? *part : percent{};
            if (part == nullptr) Bytes()(into.broker) = std::get<std::uint64_t>(what);
            return {};
          }};
}

// The words stand in the order of the enumeration.
std::string word_at(std::string_view words, std::size_t index) {
  for (; index > 0; --index) words.remove_prefix(words.find('|') + 1);
  return std::string(words.substr(0, words.find('|')));
}
std::size_t index_of(std::string_view words, const std::string& word) {
  std::size_t index = 0;
  while (word_at(words, index) != word) ++index;
  return index;
}

// A rate among those that can be exchanged while the broker runs.
template <class Get>
constexpr option traffic_rate(std::string_view key, value_type type, std::string_view help, Get) {
  return {key,
          {},
          {},
          type,
          {0, most_32},
          while_running,
          help,
          [](const settings& from) { return value(Get()(from.broker.traffic)); },
          [](settings& into, const value& what, std::string&) -> result<void> {
            Get()(into.broker.traffic) = std::get<nanolib::rate>(what);
            return {};
          }};
}

constexpr std::string_view rate_action_words = "wait|drop_qos0|disconnect";

template <auto Rates>
constexpr option traffic_action(std::string_view key, std::string_view help) {
  return {key,
          {},
          {},
          value_type::text,
          {0, 0, 1, rate_action_words},
          while_running,
          help,
          [](const settings& from) {
            return value(word_at(rate_action_words, static_cast<std::size_t>((from.broker.traffic.*Rates).action)));
          },
          [](settings& into, const value& what, std::string&) -> result<void> {
            (into.broker.traffic.*Rates).action =
                static_cast<broker::rate_action>(index_of(rate_action_words, std::get<std::string>(what)));
            return {};
          }};
}

template <auto Member>
constexpr option flapping_number(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                                 std::string_view help) {
  return {key,
          {},
          {},
          type,
          {least, most},
          while_running,
          help,
          [](const settings& from) { return value(widen(from.broker.traffic.flapping.*Member, 1)); },
          [](settings& into, const value& what, std::string&) -> result<void> {
            narrow_into(into.broker.traffic.flapping.*Member, what, 1);
            return {};
          }};
}

// A file of users or rules.
template <auto Member>
constexpr option access_path(std::string_view key, std::string_view alias, std::string_view help) {
  return {key,
          alias,
          {},
          value_type::path,
          {},
          while_running,
          help,
          [](const settings& from) { return value(from.access.*Member); },
          [](settings& into, const value& what, std::string&) -> result<void> {
            into.access.*Member = std::get<std::string>(what);
            return {};
          }};
}

template <auto Member>
constexpr option token_text(std::string_view key, std::string_view help) {
  return {key,
          {},
          {},
          value_type::path,
          {},
          while_running,
          help,
          [](const settings& from) { return value(from.access.tokens.*Member); },
          [](settings& into, const value& what, std::string&) -> result<void> {
            into.access.tokens.*Member = std::get<std::string>(what);
            return {};
          }};
}

constexpr std::string_view token_place_words = "password|username";
constexpr std::string_view no_match_words = "deny|allow";
constexpr std::string_view client_id_words = "any|username|prefix";
constexpr std::string_view deny_words = "ignore|disconnect";
constexpr std::string_view poller_words = "auto|epoll|poll";
constexpr std::string_view durability_words = "none|process|fsync";

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
    if (found == algorithm_words.end()) {
      why = "HS256, RS256 or ES256, not \"" + text + "\"";
      return std::unexpected(error{error_domain::config, 0});
    }
    all.push_back(static_cast<access::token_algorithm>(found - algorithm_words.begin()));
  }
  into.access.tokens.algorithms = std::move(all);
  return {};
}

using enum value_type;
using nanomq::access::access_settings;
using nanomq::access::http_question_settings;
using nanomq::access::http_settings;
using nanomq::access::token_settings;
using nanomq::broker::broker_options;
using nanomq::broker::durability_options;
using nanomq::broker::flapping_options;
using nanomq::broker::traffic_limits;

constexpr std::array table{
    option{
        "auth.allow_anonymous",
        {},
        "NANOMQ_ALLOW_ANONYMOUS",
        boolean,
        {},
        while_running,
        "Whether clients may connect without a user name where users are checked (auth.password_file). Where "
        "nobody is: whether anybody may connect from other machines; while this is false the broker refuses to start "
        "with a listener that they can reach, unless that one requires client certificates or pre-shared keys.",
        [](const settings& from) { return value(from.allow_anonymous); },
        [](settings& into, const value& what, std::string&) -> result<void> {
          into.allow_anonymous = std::get<bool>(what);
          return {};
        }},
    access_path<&access_settings::password_file>(
        "auth.password_file", "auth.password",
        "Users and the hashes of their passwords, as nanomq passwd and mosquitto_passwd write them. With it, who has "
        "no "
        "entry does not enter. In a configuration file auth.password may also be an object, NanoMQ's user = password."),
    access_path<&access_settings::acl_file>("auth.acl_file", "auth.acl",
                                            "Rules about who may do what, as NanoMQ, EMQX or mosquitto write them. In "
                                            "a configuration file auth.acl may also "
                                            "be an object with the rules in it, as NanoMQ has it. Without rules "
                                            "everything is allowed but to publish under $."),
    option{"auth.chain",
           {},
           {},
           list,
           {},
           while_running,
           "Who is asked who a client is, one after the other until one knows. certificate: a listener takes the user "
           "name from TLS; jwt: tokens; password: the users of auth.password_file, with passwords or with SCRAM. Each "
           "that is configured has to be named.",
           get_chain,
           set_chain},
    option{
        "auth.scram.enable",
        {},
        {},
        boolean,
        {},
        while_running,
        "Whether MQTT 5 clients may authenticate themselves with SCRAM-SHA-256, where the password file has users with "
        "the keys for it (nanomq passwd --scram).",
        [](const settings& from) { return value(from.access.offers_scram); },
        [](settings& into, const value& what, std::string&) -> result<void> {
          into.access.offers_scram = std::get<bool>(what);
          return {};
        }},
    option{
        "auth.jwt.algorithms",
        {},
        {},
        list,
        {},
        while_running,
        "JSON Web Tokens as passwords, signed with one of these: HS256, RS256, ES256. Empty: they are not accepted. A "
        "token needs an end (exp), at which its client is disconnected.",
        get_algorithms,
        set_algorithms},
    token_text<&token_settings::secret_file>("auth.jwt.secret_file",
                                             "The secret for HS256: all bytes of a file, 32 at least."),
    token_text<&token_settings::public_key_file>(
        "auth.jwt.public_key_file", "The public key for RS256 (RSA, 2048 bits at least) or ES256 (P-256), in PEM."),
    token_text<&token_settings::jwks_file>("auth.jwt.jwks_file",
                                           "A JWK set with keys for any of the algorithms; a token's kid says which."),
    option{
        "auth.jwt.from",
        {},
        {},
        text,
        {0, 0, 1, token_place_words},
        while_running,
        "Where clients put a token. password: in the place of the password. username: also in that of the user name, "
        "and the user is whom its claim names.",
        [](const settings& from) { return value(word_at(token_place_words, from.access.tokens.from_user_name)); },
        [](settings& into, const value& what, std::string&) -> result<void> {
          into.access.tokens.from_user_name = std::get<std::string>(what) == "username";
          return {};
        }},
    token_text<&token_settings::user_claim>(
        "auth.jwt.user_claim",
        "The claim that has to be the user name that the client gives, or that is the user name (auth.jwt.from)."),
    option{"auth.jwt.verify_claims",
           {},
           {},
           list,
           {},
           while_running,
           "Claims that have to be there, each with what it has to be: \"clientid=${clientid}\". ${username} is known, "
           "too. "
           "A claim clientid has to be the client id in any case, when it is there.",
           get_verified_claims,
           set_verified_claims},
    token_text<&token_settings::audience>("auth.jwt.audience",
                                          "What the claim aud has to be, or to contain. Empty: anything."),
    token_text<&token_settings::issuer>("auth.jwt.issuer", "What the claim iss has to be. Empty: anything."),
    option{"auth.no_match",
           {},
           {},
           text,
           {0, 0, 1, no_match_words},
           while_running,
           "Where there are rules: what becomes of that which none is about. Rules of mosquitto's deny it in any case.",
           [](const settings& from) { return value(word_at(no_match_words, from.access.allow_unmatched ? 1 : 0)); },
           [](settings& into, const value& what, std::string&) -> result<void> {
             into.access.allow_unmatched = index_of(no_match_words, std::get<std::string>(what)) == 1;
             return {};
           }},
    option{
        "auth.deny_action",
        {},
        {},
        text,
        {0, 0, 1, deny_words},
        while_running,
        "What becomes of a client that publishes or subscribes where it may not. ignore: it is told (0x87, where its "
        "version has words for that), and goes on. disconnect: its connection ends (0x87 to MQTT 5 clients).",
        [](const settings& from) { return value(word_at(deny_words, static_cast<std::size_t>(from.access.denied))); },
        [](settings& into, const value& what, std::string&) -> result<void> {
          into.access.denied = static_cast<access::deny_action>(index_of(deny_words, std::get<std::string>(what)));
          return {};
        }},
    option{"auth.bind_sessions",
           {},
           {},
           boolean,
           {},
           while_running,
           "Whether a session belongs to the user who began it. While it lasts, nobody else may connect with its "
           "client id.",
           [](const settings& from) { return value(from.access.binds_sessions); },
           [](settings& into, const value& what, std::string&) -> result<void> {
             into.access.binds_sessions = std::get<bool>(what);
             return {};
           }},
    option{
        "auth.client_id",
        {},
        {},
        text,
        {0, 0, 1, client_id_words},
        while_running,
        "Which client ids a user may have. any; username: the user name alone; prefix: the user name, or what begins "
        "with it and one of - _ . : and /. Others are refused (0x85). Clients without a user name have any.",
        [](const settings& from) {
          return value(word_at(client_id_words, static_cast<std::size_t>(from.access.client_ids)));
        },
        [](settings& into, const value& what, std::string&) -> result<void> {
          into.access.client_ids =
              static_cast<access::client_id_rule>(index_of(client_id_words, std::get<std::string>(what)));
          return {};
        }},
    option{
        "auth.check_retain_source",
        {},
        {},
        boolean,
        {},
        while_running,
        "Whether a retained message is withheld while the rules do not allow it any more to whoever has published it. "
        "It is not known who that was of messages that come from the store at a start.",
        [](const settings& from) { return value(from.access.rechecks_retained); },
        [](settings& into, const value& what, std::string&) -> result<void> {
          into.access.rechecks_retained = std::get<bool>(what);
          return {};
        }},
    option{"auth.max_waiting",
           {},
           {},
           count,
           {1, 100'000},
           while_running,
           "Logins that wait until their password is checked. Further ones are told that the broker is busy.",
           [](const settings& from) { return value(std::uint64_t{from.access.most_waiting}); },
           [](settings& into, const value& what, std::string&) -> result<void> {
             into.access.most_waiting = static_cast<std::uint32_t>(std::get<std::uint64_t>(what));
             return {};
           }},
    http_option::url<&http_settings::auth>(
        "auth.http_auth.auth_req.url",
        "Where is asked whether a client may enter: http:// or https://. 200 and 204 say yes, 5xx and no answer keep "
        "it waiting outside, everything else says no. Empty: nobody is asked."),
    http_option::method<&http_settings::auth>("auth.http_auth.auth_req.method"),
    http_option::fields<&http_settings::auth, &http_question_settings::headers>(
        "auth.http_auth.auth_req.headers",
        "Headers, as name=value; in a file also an object. content-type says how a post writes its parameters: "
        "application/x-www-form-urlencoded or application/json. Not shown."),
    http_option::fields<&http_settings::auth, &http_question_settings::params>(
        "auth.http_auth.auth_req.params",
        "Parameters, as name=value; in a file also an object. In values %u is the user name, %P the password, %c the "
        "client id, %a the address, %p the listener's port, %C and %d the certificate's common name and subject, %A 1 "
        "for subscribe and 2 for publish, %t the topic, %r mqtt, %m nothing, %% a %. In headers, too."),
    http_option::url<&http_settings::super>(
        "auth.http_auth.super_req.url",
        "Where is asked, after auth_req has said yes, whether the client may publish and subscribe to everything."),
    http_option::method<&http_settings::super>("auth.http_auth.super_req.method"),
    http_option::fields<&http_settings::super, &http_question_settings::headers>(
        "auth.http_auth.super_req.headers",
        "Headers, as name=value; in a file also an object. content-type says how a post writes its parameters: "
        "application/x-www-form-urlencoded or application/json. Not shown."),
    http_option::fields<&http_settings::super, &http_question_settings::params>(
        "auth.http_auth.super_req.params",
        "Parameters, as name=value; in a file also an object. In values %u is the user name, %P the password, %c the "
        "client id, %a the address, %p the listener's port, %C and %d the certificate's common name and subject, %A 1 "
        "for subscribe and 2 for publish, %t the topic, %r mqtt, %m nothing, %% a %. In headers, too."),
    http_option::url<&http_settings::acl>("auth.http_auth.acl_req.url",
                                          "Where is asked whether a client may publish to a topic or subscribe to a "
                                          "filter that no rule (auth.acl_file) is about."),
    http_option::method<&http_settings::acl>("auth.http_auth.acl_req.method"),
    http_option::fields<&http_settings::acl, &http_question_settings::headers>(
        "auth.http_auth.acl_req.headers",
        "Headers, as name=value; in a file also an object. content-type says how a post writes its parameters: "
        "application/x-www-form-urlencoded or application/json. Not shown."),
    http_option::fields<&http_settings::acl, &http_question_settings::params>(
        "auth.http_auth.acl_req.params",
        "Parameters, as name=value; in a file also an object. In values %u is the user name, %P the password, %c the "
        "client id, %a the address, %p the listener's port, %C and %d the certificate's common name and subject, %A 1 "
        "for subscribe and 2 for publish, %t the topic, %r mqtt, %m nothing, %% a %. In headers, too."),
    http_option::number<&http_settings::timeout>(
        "auth.http_auth.timeout", duration, 100, 3'600'000,
        "How long a question may take, waiting for a connection included. Then the answer is no."),
    http_option::number<&http_settings::connect_timeout>("auth.http_auth.connect_timeout", duration, 100, 3'600'000,
                                                         "How long it may take to connect."),
    http_option::number<&http_settings::pool_size>("auth.http_auth.pool_size", count, 1, 1024,
                                                   "Connections to the server, kept and used again."),
    http_option::number<&http_settings::max_waiting>("auth.http_auth.max_waiting", count, 0, 1'000'000,
                                                     "Questions that wait for a connection. Further ones are answered "
                                                     "at once, as if the server could not be reached."),
    http_option::number<&http_settings::cache_ttl>(
        "auth.http_auth.cache_ttl", duration, 0, 7 * 86'400'000ULL,
        "How long an answer of acl_req is good for the same client and topic. 0: each is asked about."),
    http_option::path<&http_settings::ca_file>("auth.http_auth.tls.cacertfile",
                                               "Whom to trust with https. Empty: whom the system trusts."),
    http_option::path<&http_settings::certificate_file>(
        "auth.http_auth.tls.certfile", "The broker's own certificate, for a server that asks for one."),
    http_option::path<&http_settings::key_file>("auth.http_auth.tls.keyfile", "Its key."),
    option{"auth.http_auth.tls.verify_peer",
           {},
           {},
           boolean,
           {},
           while_running,
           "Whether the server has to show a certificate that is trusted and has its name. Without, whoever answers "
           "decides who enters.",
           [](const settings& from) { return value(from.access.http.verify); },
           [](settings& into, const value& what, std::string&) -> result<void> {
             into.access.http.verify = std::get<bool>(what);
             return {};
           }},

    traffic_rate("auth.failed_login_rate", rate,
                 "Failed logins from one address (of IPv6: from one /64). Beyond that passwords from there are not "
                 "looked at until time has passed (0x9F; before MQTT 5: 3), right ones neither.",
                 [](auto& all) -> auto& { return all.failed_logins_per_address; }),

    changeable(limit<&broker_limits::max_packet_size>(
        "mqtt.max_packet_size", size, 64, 272'629'760,
        "The largest packet that is accepted, fixed header included. MQTT knows none "
        "beyond 268435460 bytes; more, as the 260MB of many a nanomq.conf, means the "
        "same. Announced to MQTT 5 clients.",
        {}, "NANOMQ_MAX_PACKET_SIZE")),
    changeable(limit<&broker_limits::max_keepalive_s, second>(
        "mqtt.max_keepalive", duration, 0, most_16* second,
        "The longest keep alive that an MQTT 5 client gets; a longer one (or "
        "none) is replaced by this. 0: what the client asks for.")),
    limit<&broker_limits::receive_maximum>("mqtt.receive_maximum", count, 1, most_16,
                                           "QoS 1 and 2 messages that a client may have under way to the broker."),
    limit<&broker_limits::max_inflight>("mqtt.max_inflight", count, 1, most_16,
                                        "QoS 1 and 2 messages that the broker has under way to a client, unless the "
                                        "client asks for fewer."),
    limit<&broker_limits::max_queue_messages>("mqtt.max_queue_messages", count, 1, 1'000'000'000,
                                              "Messages that wait for one client beyond those under way.",
                                              "mqtt.max_mqueue_len", "NANOMQ_MSQ_LEN"),
    limit<&broker_limits::max_queue_bytes>("mqtt.max_queue_bytes", size, 1, 1024 * giga,
                                           "Bytes of messages that wait for one client."),
    limit<&broker_limits::max_output_bytes>("mqtt.max_output_bytes", size, 1, 16 * giga,
                                            "Bytes written for one connection that its client has not read yet; QoS 0 "
                                            "messages beyond it are dropped for that client."),
    changeable(limit<&broker_limits::max_topic_alias>("mqtt.max_topic_alias", count, 0, most_16,
                                                      "Topic aliases each way per MQTT 5 connection. 0: none.")),
    limit<&broker_limits::max_topic_size>("mqtt.max_topic_size", size, 1, most_16,
                                          "The longest topic name or topic filter."),
    limit<&broker_limits::max_topic_levels>("mqtt.max_topic_levels", count, 1, most_16 + 1,
                                            "Levels in a topic name or topic filter."),
    changeable(limit<&broker_limits::max_filters_per_subscribe>("mqtt.max_filters_per_subscribe", count, 1, 1'000'000,
                                                                "Topic filters in one SUBSCRIBE or UNSUBSCRIBE.")),
    limit<&broker_limits::max_subscription_bytes>("mqtt.max_subscription_bytes", size, 1, 4'294'967'295,
                                                  "Bytes of the topic filters of one client."),
    limit<&broker_limits::max_subscriptions>("mqtt.max_subscriptions", count, 1, 100'000'000,
                                             "Subscriptions of one client."),
    limit<&broker_limits::max_session_expiry_s, second>("mqtt.max_session_expiry", duration, 0, most_32* second,
                                                        "How long a session is kept after its connection has ended, at "
                                                        "the most. 0: no session outlives its connection."),
    limit<&broker_limits::max_will_delay_s, second>("mqtt.max_will_delay", duration, 0, most_32* second,
                                                    "The longest will delay."),
    changeable(limit<&broker_limits::max_user_properties>("mqtt.max_user_properties", count, 1, 1'000'000,
                                                          "User properties in one packet.", "mqtt.property_size",
                                                          "NANOMQ_PROPERTY_SIZE")),
    changeable(limit<&broker_limits::max_properties_size>("mqtt.max_properties_size", size, 64, 268'435'455,
                                                          "Bytes of properties in one packet.")),
    changeable(
        limit<&broker_limits::connect_timeout>("mqtt.connect_timeout", duration, 100, hour,
                                               "How long a new connection may take until its CONNECT is complete.")),
    limit<&broker_limits::max_retained_messages>("mqtt.max_retained_messages", count, 0, 1'000'000'000,
                                                 "Retained messages in all."),
    shared_size<&share_settings::retained>(
        "mqtt.max_retained_bytes", 0, 1024 * giga,
        "Bytes of retained messages in all. A share is one of the memory that the broker may have.",
        [](auto& from) -> auto& { return from.limits.max_retained_bytes; }),

    changeable(limit<&broker_limits::max_connections>(
        "limits.max_connections", count, 1, 10'000'000,
        "Connections in all. When there are as many, a new one takes the place of the "
        "oldest whose CONNECT has not been answered yet.")),
    limit<&broker_limits::max_connections_per_address>("limits.max_connections_per_address", count, 0, 10'000'000,
                                                       "Connections from one address. 0: as many as in all."),
    limit<&broker_limits::max_half_open_per_address>("limits.max_half_open_per_address", count, 0, 10'000'000,
                                                     "Of them, those whose CONNECT has not been answered yet. 0: any "
                                                     "number."),
    limit<&broker_limits::max_sessions>("limits.max_sessions", count, 1, 100'000'000,
                                        "Sessions in all, connected ones included."),
    changeable(limit<&broker_limits::max_connect_size>("limits.max_connect_size", size, 64, 268'435'460,
                                                       "The largest CONNECT.")),
    shared_size<&share_settings::unauthenticated>(
        "limits.max_unauthenticated_bytes", 4 * kilo, 16 * giga,
        "Memory for the input of all clients whose CONNECT has not been answered yet. A share is one of the memory "
        "that "
        "the broker may have.",
        [](auto& from) -> auto& { return from.limits.max_unauthenticated_bytes; }),

    traffic_rate("limits.max_conn_rate_per_address", rate,
                 "New connections from one address (of IPv6: from one /64). Further ones are closed at once. Clients "
                 "behind one router or in containers share an address.",
                 [](auto& all) -> auto& { return all.connections_per_address; }),
    traffic_rate("limits.client.messages_rate", rate,
                 "Messages (PUBLISH) that each client may send. A listener's own messages_rate goes before.",
                 [](auto& all) -> auto& { return all.client.messages; }),
    traffic_rate("limits.client.bytes_rate", byte_rate, "Bytes that each client may send, of all its packets.",
                 [](auto& all) -> auto& { return all.client.bytes; }),
    traffic_action<&traffic_limits::client>(
        "limits.client.rate_action",
        "What becomes of more. wait: the client is not read from until it may send again, so that nothing is lost; "
        "drop_qos0: QoS 0 messages are dropped and counted, others wait; disconnect: its connection ends (0x96)."),
    traffic_rate("limits.user.messages_rate", rate,
                 "Messages that all clients of one user name may send together. In a configuration file limits.users "
                 "has what holds for single users: limits.users.NAME.messages_rate, bytes_rate and rate_action.",
                 [](auto& all) -> auto& { return all.user.messages; }),
    traffic_rate("limits.user.bytes_rate", byte_rate, "Bytes that they may send together.",
                 [](auto& all) -> auto& { return all.user.bytes; }),
    traffic_action<&traffic_limits::user>("limits.user.rate_action",
                                          "What becomes of more: as limits.client.rate_action."),
    limit<&broker_limits::max_sessions_per_user>("limits.user.max_sessions", count, 0, 100'000'000,
                                                 "Sessions of one user, connected ones included. 0: no limit of their "
                                                 "own. Clients without a user name have none."),
    limit<&broker_limits::max_retained_per_user>(
        "limits.user.max_retained_messages", count, 0, 1'000'000'000,
        "Retained messages that one user has published. 0: no limit of their own. It is not known whose those are that "
        "come from the store at a start."),

    option{"flapping_detect.enable",
           {},
           {},
           boolean,
           {},
           while_running,
           "Whether clients that come and go all the time are banned for a while, by their client id and address.",
           [](const settings& from) { return value(from.broker.traffic.flapping.enable); },
           [](settings& into, const value& what, std::string&) -> result<void> {
             into.broker.traffic.flapping.enable = std::get<bool>(what);
             return {};
           }},
    flapping_number<&flapping_options::max_count>("flapping_detect.max_count", count, 1, 1'000'000,
                                                  "Connections of one client that may end within the window."),
    flapping_number<&flapping_options::window_time>("flapping_detect.window_time", duration, second, 24 * hour,
                                                    "The window, which begins with the first of them."),
    flapping_number<&flapping_options::ban_time>("flapping_detect.ban_time", duration, second, 24 * 365 * hour,
                                                 "How long such a client stays away."),

    option{"store.dir",
           "sqlite.mounted_file_path",
           {},
           path,
           {},
           restart_needed,
           "The directory of the store, which the broker makes if it is not there and keeps to itself. What is "
           "acknowledged to or by clients whose sessions outlive their connections survives there. Empty: no store, "
           "everything is in memory.",
           [](const settings& from) { return value(from.broker.durability.directory); },
           [](settings& into, const value& what, std::string&) -> result<void> {
             into.broker.durability.directory = std::get<std::string>(what);
             return {};
           }},
    option{"store.durability",
           {},
           {},
           text,
           {0, 0, 1, durability_words},
           restart_needed,
           "What survives with a store: fsync, a power cut; process, the end of the process (kill -9) but not a power "
           "cut; none, nothing (the store is not opened).",
           [](const settings& from) {
             return value(word_at(durability_words, static_cast<std::size_t>(from.broker.durability.level)));
           },
           [](settings& into, const value& what, std::string&) -> result<void> {
             into.broker.durability.level =
                 static_cast<nanolib::durability>(index_of(durability_words, std::get<std::string>(what)));
             return {};
           }},
    store_number<&durability_options::max_queue_messages>(
        "store.max_queue_messages", count, 1, 1'000'000'000,
        "Messages that wait for one client whose session is in the store, on disk for the most part. Further ones are "
        "dropped for this client, and counted."),
    store_number<&durability_options::max_queue_bytes>("store.max_queue_bytes", size, 1, 1024 * giga,
                                                       "Bytes of messages that wait for one such client."),
    store_number<&durability_options::max_messages>(
        "store.max_messages", count, 1, 1'000'000'000'000,
        "Messages in all queues of the store together. At this number QoS 1 and 2 messages are refused (0x97; before "
        "MQTT 5 the connection is closed).",
        "sqlite.disk_cache_size"),
    shared_size<&share_settings::store>(
        "store.max_bytes", 1, 1024 * 1024 * giga,
        "Bytes of messages in all queues of the store together; likewise. A share is one of the file system that "
        "store.dir is in.",
        [](auto& from) -> auto& { return from.durability.max_bytes; }),

    changeable(broker_number<&broker_options::sys_interval>(
        "sys.interval", duration, 0, 24 * hour,
        "How often the statistics under $SYS/broker/ are published. 0: never.")),
    option{"sys.client_status_events",
           {},
           {},
           boolean,
           {},
           restart_needed,
           "Whether $SYS/brokers/client_status/<client id> tells when clients come and go.",
           [](const settings& from) { return value(from.broker.client_status_events); },
           [](settings& into, const value& what, std::string&) -> result<void> {
             into.broker.client_status_events = std::get<bool>(what);
             return {};
           }},

    broker_number<&broker_options::shards>("system.shards", count, 0, 255,
                                           "Event loops, each with a thread of its own. 0: one per core."),
    broker_number<&broker_options::handshake_threads>(
        "system.handshake_threads", count, 0, 64,
        "Threads that compute TLS handshakes, with a lower priority than the event loops. Each does two to three "
        "hundred "
        "full ones a second. 0: the event loops do them, which clients that are connected feel."),
    option{
        "system.poller",
        {},
        {},
        text,
        {0, 0, 1, poller_words},
        restart_needed,
        "How the event loops wait: epoll is the fast one on Linux, poll works everywhere.",
        [](const settings& from) { return value(word_at(poller_words, static_cast<std::size_t>(from.broker.poller))); },
        [](settings& into, const value& what, std::string&) -> result<void> {
          into.broker.poller = static_cast<poller_kind>(index_of(poller_words, std::get<std::string>(what)));
          return {};
        }},
    broker_number<&broker_options::stop_timeout>("system.stop_timeout", duration, 0, 60 * second,
                                                 "How long a stop waits for slow clients to read what is theirs."),

    option{
        "control.socket",
        {},
        {},
        path,
        {},
        restart_needed,
        "The Unix socket on which nanomq broker status, clients, disconnect and reload ask a running broker. Only the "
        "broker's user and root can. auto: beside the pid file, where there is one (nanomq.sock for nanomq.pid). "
        "Empty: none.",
        [](const settings& from) { return value(from.control_socket); },
        [](settings& into, const value& what, std::string&) -> result<void> {
          into.control_socket = std::get<std::string>(what);
          return {};
        }},
};

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

std::span<const option> options() noexcept {
  static const std::vector<option> all = [] {
    std::vector<option> rows(table.begin(), table.end());
    rows.insert(rows.end(), log_options().begin(), log_options().end());
    rows.insert(rows.end(), webhook_options().begin(), webhook_options().end());
    return rows;
  }();
  return all;
}

const option* find_option(std::string_view key) noexcept {
  const auto all = options();
  const auto found = std::ranges::find_if(
      all, [&](const option& row) { return row.key == key || (!row.alias.empty() && row.alias == key); });
  return found == all.end() ? nullptr : &*found;
}

std::string nearest_key(std::string_view key) {
  constexpr std::size_t longest = 64;  // keeps the work small whatever is asked
  if (key.size() > longest) return {};
  std::string best;
  std::size_t least = 1 + std::max<std::size_t>(2, key.size() / 4);
  const auto try_key = [&](std::string_view known) {
    auto far = edit_distance(key, known);
    // The right word in a wrong place, too.
    const auto last = key.substr(key.rfind('.') + 1);
    const auto elsewhere = edit_distance(last, known.substr(known.rfind('.') + 1));
    if (elsewhere <= last.size() / 4) far = std::min(far, 2 + elsewhere);
    if (far >= least) return;
    least = far;
    best = known;
  };
  for (const auto& row : options()) try_key(row.key);
  if (edit_distance(key.substr(0, key.find('.')), "listeners") > 2) return best;
  for (const std::string_view prefix :
       {key.substr(0, key.rfind('.') + 1), std::string_view("listeners.tcp."), std::string_view("listeners.ssl."),
        std::string_view("listeners.ws."), std::string_view("listeners.wss.")}) {
    for (const auto& row : listener_rows()) {
      const auto known = std::string(prefix) + std::string(row.key);
      if (find_listener_setting(known)) try_key(known);
    }
  }
  return best;
}

std::string variable_of_key(std::string_view key) {
  std::string name = "NANOMQ_";
  for (const char c : key) {
    if (c == '.') {
      name += "__";
    } else {
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return name;
}

std::string environment_name(const option& which) { return variable_of_key(which.key); }

}  // namespace nanomq::config
