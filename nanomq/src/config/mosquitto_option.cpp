#include "mosquitto_option.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "nanomq/config/mosquitto_convert.hpp"

namespace nanomq::config {
namespace {

using enum mosquitto_scope;
using enum mosquitto_type;
using enum mosquitto_step;

constexpr std::string_view later = "kept as a comment: there are no bridges to other MQTT brokers here yet";
constexpr std::string_view acknowledged = "with a store, what is acknowledged is on disk already";
constexpr std::string_view form = "the form of a line is not chosen; log.format has text and json";
constexpr std::string_view no_plugins =
    "there are no plugins: auth.password_file, auth.jwt and auth.http_auth say who may enter, auth.acl_file who may do "
    "what";
constexpr std::string_view of_plugin = "goes with the plugin";
constexpr std::string_view no_engine = "keys come from files in PEM";
constexpr std::string_view suites =
    "OpenSSL's names mean nothing here; ciphers takes names of IANA, and without it only ECDHE with AEAD is spoken";

constexpr std::array table{
    // Clients, rights, the broker.
    mosquitto_option{"acl_file", security, text, special, "auth.acl_file",
                     "the file is read as it is; one file for all listeners"},
    mosquitto_option{"allow_anonymous", security, flag, special, "auth.allow_anonymous",
                     "the same; listeners….allow_anonymous with per_listener_settings"},
    mosquitto_option{"allow_duplicate_messages", whole, flag, pass_over, "",
                     "what overlapping subscriptions get is not chosen"},
    mosquitto_option{"allow_zero_length_clientid", security, flag, pass_over, "",
                     "clients may leave their client id out, and get one"},
    mosquitto_option{"auth_opt_*", security, texts, pass_over, "", of_plugin},
    mosquitto_option{"auth_plugin", security, texts, refuse, "", no_plugins},
    mosquitto_option{"auth_plugin_deny_special_chars", security, flag, pass_over, "",
                     "a name with + or # never acts as a wildcard"},
    mosquitto_option{"auto_id_prefix", security, text, pass_over, "",
                     "the client ids that are given out are not chosen"},
    mosquitto_option{"autosave_interval", whole, number, pass_over, "", acknowledged},
    mosquitto_option{"autosave_on_changes", whole, flag, pass_over, "", acknowledged},
    mosquitto_option{"check_retain_source", whole, flag, copy, "auth.check_retain_source",
                     "the same; who has sent what the store brings back at a start is not known"},
    mosquitto_option{"clientid_prefixes", whole, text, refuse, "",
                     "a rule about client ids is one of auth.acl_file (in NanoMQ's or EMQX's form)"},
    mosquitto_option{"connection_messages", whole, flag, pass_over, "",
                     "log.level says whether connections are logged"},
    mosquitto_option{"include_dir", whole, texts, special, "", "its files are converted into the same text"},
    mosquitto_option{
        "log_dest", whole, texts, special, "log.to",
        "stdout and stderr: console; file PATH: file, and log.file; syslog; none: []. topic and dlt: nothing"},
    mosquitto_option{"log_facility", whole, number, pass_over, "", "syslog gets them as daemon"},
    mosquitto_option{"log_timestamp", whole, flag, pass_over, "", form},
    mosquitto_option{"log_timestamp_format", whole, text, pass_over, "", form},
    mosquitto_option{"log_type", whole, texts, special, "log.level",
                     "the most talkative of them: all, debug and websockets: debug; notice, information, subscribe and "
                     "unsubscribe: info; warning: warn; error; none: off"},
    mosquitto_option{"max_inflight_bytes", whole, number, pass_over, "",
                     "mqtt.max_inflight and mqtt.max_output_bytes bound what is under way"},
    mosquitto_option{"max_inflight_messages", whole, number, special, "mqtt.max_inflight",
                     "the same, and mqtt.receive_maximum; 0 becomes 65535"},
    mosquitto_option{"max_keepalive", whole, number, seconds, "mqtt.max_keepalive", "the same"},
    mosquitto_option{"max_packet_size", whole, number, special, "mqtt.max_packet_size",
                     "the same; 0: the largest of MQTT"},
    mosquitto_option{"max_queued_bytes", whole, number, special, "mqtt.max_queue_bytes",
                     "the same, with persistence also store.max_queue_bytes; 0: the most there can be"},
    mosquitto_option{"max_queued_messages", whole, number, special, "mqtt.max_queue_messages",
                     "the same, with persistence also store.max_queue_messages; 0: the most there can be"},
    mosquitto_option{"memory_limit", whole, number, pass_over, "",
                     "every queue and table has a limit of its own (limits, mqtt)"},
    mosquitto_option{"message_size_limit", whole, number, special, "mqtt.max_packet_size",
                     "the limit of the payload with 64 KB for the topic and the rest; 0: the largest of MQTT"},
    mosquitto_option{"password_file", security, text, special, "auth.password_file",
                     "the file is read as it is, mosquitto_passwd's hashes included; one file for all listeners"},
    mosquitto_option{"per_listener_settings", whole, flag, special, "",
                     "allow_anonymous becomes the listener's; users and rules hold for all listeners, so that those of "
                     "several files are refused"},
    mosquitto_option{
        "persistence", whole, flag, special, "store.dir",
        "a directory nanomq-store in persistence_location, or where the broker is started; what mosquitto.db has "
        "is not taken over"},
    mosquitto_option{"persistence_file", whole, text, pass_over, "", "a store is a directory"},
    mosquitto_option{"persistence_location", whole, text, special, "store.dir", "see persistence"},
    mosquitto_option{"persistent_client_expiration", whole, text, special, "mqtt.max_session_expiry",
                     "the same; a month has 30 days"},
    mosquitto_option{"pid_file", whole, text, pass_over, "", "nanomq broker start --pid-file FILE"},
    mosquitto_option{"plugin", security, texts, refuse, "", no_plugins},
    mosquitto_option{"plugin_opt_*", security, texts, pass_over, "", of_plugin},
    mosquitto_option{"psk_file", security, text, special, "listeners….psk_file",
                     "the file is read as it is, by listeners with psk_hint"},
    mosquitto_option{"queue_qos0_messages", whole, flag, pass_false, "",
                     "QoS 0 messages do not wait for clients that are away"},
    mosquitto_option{"retain_available", whole, flag, special, "mqtt.max_retained_messages",
                     "false: 0, so that nothing is kept; who sends such a message stays connected"},
    mosquitto_option{"set_tcp_nodelay", whole, flag, special, "listeners….nodelay",
                     "the same for each listener; it is true unless set"},
    mosquitto_option{"sys_interval", whole, number, seconds, "sys.interval", "the same"},
    mosquitto_option{"upgrade_outgoing_qos", whole, flag, pass_false, "",
                     "no message gets a higher QoS than it was sent with"},
    mosquitto_option{"user", whole, text, pass_over, "",
                     "the broker stays who it is started as; etc/nanomq.service has a user"},
    mosquitto_option{"websockets_headers_size", whole, number, pass_over, "",
                     "the limit of a request's head is not chosen"},
    mosquitto_option{"websockets_log_level", whole, number, pass_over, "", "log.levels.net"},
    // Listeners.
    mosquitto_option{"bind_address", listener, text, special, "listeners….bind", "the address of the default listener"},
    mosquitto_option{"bind_interface", listener, text, copy, "bind_interface", "the same"},
    mosquitto_option{"http_dir", listener, text, pass_over, "", "no files are served"},
    mosquitto_option{"listener", listener, texts, special, "listeners….bind",
                     "listeners.tcp, ssl, ws or wss, after its protocol and certificate; names are made of the port"},
    mosquitto_option{"max_connections", listener, number, special, "listeners….max_connections",
                     "the same; -1 becomes 0"},
    mosquitto_option{"max_qos", listener, number, pass_over, "", "every listener takes QoS 0, 1 and 2"},
    mosquitto_option{"max_topic_alias", listener, number, special, "mqtt.max_topic_alias",
                     "the largest of all listeners, for all of them"},
    mosquitto_option{"mount_point", listener, text, refuse, "",
                     "topics are not moved; rules (auth.acl_file) keep groups of clients apart"},
    mosquitto_option{"port", listener, number, special, "listeners….bind", "the port of the default listener"},
    mosquitto_option{"protocol", listener, text, special, "", "mqtt: tcp or ssl; websockets: ws or wss, with any_path"},
    mosquitto_option{"socket_domain", listener, text, special, "listeners….bind",
                     "ipv4: 0.0.0.0; ipv6: [::], where no address is given"},
    mosquitto_option{"use_username_as_clientid", listener, flag, pass_false, "",
                     "client ids stay as they are; auth.client_id = username refuses others than the user name"},
    mosquitto_option{"websockets_origin", listener, texts, special, "listeners….origins", "the same"},
    mosquitto_option{"cafile", listener, text, copy, "cacertfile", "the same"},
    mosquitto_option{"capath", listener, text, copy, "cacertdir", "the same, without rehash"},
    mosquitto_option{"certfile", listener, text, copy, "certfile", "the same"},
    mosquitto_option{"keyfile", listener, text, copy, "keyfile", "the same"},
    mosquitto_option{"ciphers", listener, text, pass_over, "", suites},
    mosquitto_option{"ciphers_tls1.3", listener, text, pass_over, "", suites},
    mosquitto_option{"crlfile", listener, text, special, "listeners….crlfile",
                     "the same; only with require_certificate"},
    mosquitto_option{"dhparamfile", listener, text, pass_over, "", "keys are agreed on with elliptic curves"},
    mosquitto_option{"require_certificate", listener, flag, special, "listeners….verify_peer",
                     "true: also fail_if_no_peer_cert"},
    mosquitto_option{"tls_engine", listener, text, pass_over, "", no_engine},
    mosquitto_option{"tls_engine_kpass_sha1", listener, text, pass_over, "", no_engine},
    mosquitto_option{"tls_keyform", listener, text, pass_over, "", no_engine},
    mosquitto_option{"tls_version", listener, text, special, "listeners….min_version",
                     "tlsv1.1 and tlsv1.2: the same; tlsv1.3 becomes 1.2, the newest that there is"},
    mosquitto_option{"use_identity_as_username", listener, flag, special, "listeners….use_identity_as_username",
                     "true: cn, or the identity of a pre-shared key"},
    mosquitto_option{"use_subject_as_username", listener, flag, refuse_true, "",
                     "a user name is no whole subject; use_identity_as_username has cn, san and fingerprint"},
    mosquitto_option{"psk_hint", listener, text, special, "",
                     "makes the listener one with pre-shared keys; clients are sent no hint"},
    // Bridges.
    mosquitto_option{"connection", bridge, texts, special, "", later},
    mosquitto_option{"address", bridge, text, special, "", later},
    mosquitto_option{"addresses", bridge, text, special, "", later},
    mosquitto_option{"bridge_alpn", bridge, text, special, "", later},
    mosquitto_option{"bridge_attempt_unsubscribe", bridge, flag, special, "", later},
    mosquitto_option{"bridge_bind_address", bridge, text, special, "", later},
    mosquitto_option{"bridge_cafile", bridge, text, special, "", later},
    mosquitto_option{"bridge_capath", bridge, text, special, "", later},
    mosquitto_option{"bridge_certfile", bridge, text, special, "", later},
    mosquitto_option{"bridge_identity", bridge, text, special, "", later},
    mosquitto_option{"bridge_insecure", bridge, flag, special, "", later},
    mosquitto_option{"bridge_keyfile", bridge, text, special, "", later},
    mosquitto_option{"bridge_max_packet_size", bridge, number, special, "", later},
    mosquitto_option{"bridge_outgoing_retain", bridge, flag, special, "", later},
    mosquitto_option{"bridge_protocol_version", bridge, text, special, "", later},
    mosquitto_option{"bridge_psk", bridge, text, special, "", later},
    mosquitto_option{"bridge_require_ocsp", bridge, flag, special, "", later},
    mosquitto_option{"bridge_tls_version", bridge, text, special, "", later},
    mosquitto_option{"cleansession", bridge, flag, special, "", later},
    mosquitto_option{"clientid", bridge, text, special, "", later},
    mosquitto_option{"idle_timeout", bridge, number, special, "", later},
    mosquitto_option{"keepalive_interval", bridge, number, special, "", later},
    mosquitto_option{"local_cleansession", bridge, flag, special, "", later},
    mosquitto_option{"local_clientid", bridge, text, special, "", later},
    mosquitto_option{"local_password", bridge, text, special, "", later},
    mosquitto_option{"local_username", bridge, text, special, "", later},
    mosquitto_option{"notification_topic", bridge, text, special, "", later},
    mosquitto_option{"notifications", bridge, flag, special, "", later},
    mosquitto_option{"notifications_local_only", bridge, flag, special, "", later},
    mosquitto_option{"password", bridge, text, special, "", later},
    mosquitto_option{"remote_clientid", bridge, text, special, "", later},
    mosquitto_option{"remote_password", bridge, text, special, "", later},
    mosquitto_option{"remote_username", bridge, text, special, "", later},
    mosquitto_option{"restart_timeout", bridge, text, special, "", later},
    mosquitto_option{"round_robin", bridge, flag, special, "", later},
    mosquitto_option{"start_type", bridge, text, special, "", later},
    mosquitto_option{"threshold", bridge, number, special, "", later},
    mosquitto_option{"topic", bridge, texts, special, "", later},
    mosquitto_option{"try_private", bridge, flag, special, "", later},
    mosquitto_option{"username", bridge, text, special, "", later},
};

bool covers(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  pattern.remove_suffix(1);
  return name.starts_with(pattern) && name.size() > pattern.size();
}

std::string_view name_of(mosquitto_scope scope) {
  switch (scope) {
    case mosquitto_scope::whole:
      return "broker";
    case mosquitto_scope::security:
      return "broker or listener";
    case mosquitto_scope::listener:
      return "listener";
    case mosquitto_scope::bridge:
      return "bridge";
  }
  return {};
}

std::string_view outcome(const mosquitto_option& row) {
  if (row.scope == mosquitto_scope::bridge) return "comment";
  switch (row.step) {
    case mosquitto_step::pass_over:
      return "warning";
    case mosquitto_step::pass_false:
      return "warning when true";
    case mosquitto_step::refuse:
      return "refused";
    case mosquitto_step::refuse_true:
      return "refused when true";
    default:
      return "converted";
  }
}

}  // namespace

std::span<const mosquitto_option> mosquitto_options() noexcept { return table; }

const mosquitto_option* find_mosquitto_option(std::string_view name) noexcept {
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return covers(row.name, name); });
  return found == table.end() ? nullptr : &*found;
}

std::string mosquitto_option_table() {
  std::string out = "| mosquitto.conf | of | `nanomq convert` | here | |\n|---|---|---|---|---|\n";
  for (const auto& row : mosquitto_options()) {
    std::string key(row.key);
    if (row.step == mosquitto_step::copy) key.insert(0, "listeners….");
    out.append("| `").append(row.name).append("` | ").append(name_of(row.scope)).append(" | ").append(outcome(row));
    out.append(key.empty() ? " |  | " : " | `" + key + "` | ").append(row.meaning).append(" |\n");
  }
  return out;
}

}  // namespace nanomq::config
