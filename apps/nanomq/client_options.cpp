#include "client_options.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "nanolib/topic/topic.hpp"

namespace nanomq::program {
namespace {

using nanonng::mqtt::property_id;
using nanonng::mqtt::property_place;
using nanonng::mqtt::protocol_version;
using tools::connection_options;

void set_port(connection_options& into, std::string_view word) {
  const auto number = whole_number(word);
  if (!number || *number < 0 || *number > 65'535) throw usage_error("Invalid port given: " + std::string(word));
  into.port = static_cast<std::uint16_t>(*number);
}

void set_keep_alive(connection_options& into, std::string_view word) {
  const auto number = whole_number(word);
  if (!number || *number < 5 || *number > 65'535) {
    throw usage_error("Invalid keepalive given, it must be between 5 and 65535 inclusive.");
  }
  into.keep_alive_s = static_cast<std::uint16_t>(*number);
}

void set_session_expiry(connection_options& into, std::string_view word) {
  if (word == "∞") {
    into.session_expiry_s = tools::session_without_end;
    return;
  }
  const auto number = whole_number(word);
  if (!number) throw usage_error("session-expiry-interval not a number.");
  if (*number < -1 || *number > std::numeric_limits<std::uint32_t>::max()) {
    throw usage_error("session-expiry-interval out of range.");
  }
  into.session_expiry_s = static_cast<std::uint32_t>(*number);  // -1 is without end
}

void set_client_id(connection_options& into, std::string_view word, bool is_prefix) {
  auto& mine = is_prefix ? into.client_id_prefix : into.client_id;
  const auto& other = is_prefix ? into.client_id : into.client_id_prefix;
  if (!other.empty()) throw usage_error("-i and -I argument cannot be used together.");
  if (word.empty() && !is_prefix) throw usage_error("Invalid id.");
  mine = word;
}

void set_max_inflight(connection_options& into, std::string_view word) {
  const auto number = whole_number(word);
  if (!number || *number < 1) throw usage_error("Maximum inflight messages must be greater than 0.");
  into.max_inflight = static_cast<std::uint32_t>(std::min(*number, 65'535LL));
}

// NanoMQ's -c takes a truth.
void set_clean_session(connection_options& into, std::string_view word) {
  if (word != "true" && word != "false") throw usage_error("--clean_session takes true or false.");
  into.clean_session = word == "true";
}

std::size_t count_property(option_table::word_span words) {
  return words.size() > 1 && words[1] == "user-property" ? 4 : 3;
}
std::size_t take_property(connection_options& into, option_table::word_span words) {
  std::string why;
  const auto taken = into.properties.read(words, why);
  if (taken == 0) throw usage_error(why);
  into.version = protocol_version::v5;
  return taken;
}

void set_will_qos(connection_options& into, std::string_view word) {
  const auto number = whole_number(word);
  if (!number || *number < 0 || *number > 2) throw usage_error("Invalid will QoS " + std::string(word) + ".");
  into.will.qos = static_cast<nanonng::mqtt::quality_of_service>(*number);
}

void set_will_topic(connection_options& into, std::string_view word) {
  const auto fault = nanolib::check_topic_name(word);
  if (fault == nanolib::topic_fault::not_utf8) throw usage_error("Malformed UTF-8 in --will-topic argument.");
  if (fault != nanolib::topic_fault::none) {
    throw usage_error("Invalid will topic '" + std::string(word) + "', does it contain '+' or '#'?");
  }
  into.will.topic = word;
}

// NanoMQ's long options for one property each.
struct property_option {
  const char* name;
  const char* packet;
  const char* property;
};
constexpr property_option property_options[] = {
    {"--receive_maximum", "connect", "receive-maximum"},
    {"--topic_alias_maximum", "connect", "topic-alias-maximum"},
    {"--maximum_packet_size", "connect", "maximum-packet-size"},
    {"--request_problem_information", "connect", "request-problem-information"},
    {"--request_response_information", "connect", "request-response-information"},
    {"--payload_format_indicator", "publish", "payload-format-indicator"},
    {"--message_expiry_interval", "publish", "message-expiry-interval"},
    {"--content_type", "publish", "content-type"},
    {"--response_topic", "publish", "response-topic"},
    {"--correlation_data", "publish", "correlation-data"},
    {"--topic_alias", "publish", "topic-alias"},
    {"--user_property", "publish", "user-property"},
    {"--will_delay_interval", "will", "will-delay-interval"},
    {"--will_payload_format_indicator", "will", "payload-format-indicator"},
    {"--will_message_expiry_interval", "will", "message-expiry-interval"},
    {"--will_content_type", "will", "content-type"},
    {"--will_response_topic", "will", "response-topic"},
    {"--will_correlation_data", "will", "correlation-data"},
    {"--will_user_property", "will", "user-property"},
};

void set_property(connection_options& into, const property_option& which, std::string_view word) {
  std::vector<std::string_view> words{which.packet, which.property, word};
  if (std::string_view(which.property) == "user-property") {
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) throw usage_error(std::string(which.name) + " takes NAME=VALUE.");
    words[2] = word.substr(0, equals);
    words.push_back(word.substr(equals + 1));
  }
  (void)take_property(into, words);
}

}  // namespace

void set_protocol_version(connection_options& into, std::string_view word) {
  if (word == "mqttv5" || word == "5") {
    into.version = protocol_version::v5;
  } else if (word == "mqttv311" || word == "311" || word == "4") {
    into.version = protocol_version::v3_1_1;
  } else if (word == "mqttv31" || word == "31" || word == "3") {
    into.version = protocol_version::v3_1;
  } else {
    throw usage_error("Invalid protocol version argument given.");
  }
}

void add_server_options(option_table& table, connection_options& into, std::function<void(std::string_view)> on_topic) {
  table.group("Connection");
  table.value({"-h", "--host"}, "HOST", "host", "Where the broker is (default: localhost)", [&into](auto word) {
    into.host = word;
    into.unix_socket.clear();
  });
  table.value({"-p", "--port"}, "PORT", "port", "Its port (default: 1883, with TLS 8883); 8883 turns TLS on",
              [&into](auto word) { set_port(into, word); });
  table.value(
      {"-L", "--url"}, "URL", "URL",
      "All at once: mqtt://[user[:password]@]host[:port][/topic]; also mqtts, ws, wss, mqtt-tcp, and unix:///path",
      [&into, on_topic = std::move(on_topic)](auto word) {
        std::string topic;
        const auto fault = tools::read_url(word, into, topic);
        if (!fault.empty()) throw usage_error(fault);
        if (on_topic && !topic.empty()) on_topic(topic);
      });
  table
      .value({"--unix"}, "PATH", "socket path", "Connect through this Unix socket instead",
             [&into](auto word) { into.unix_socket = word; })
      .completes(completion::file);
  table.value({"-A"}, "ADDRESS", "address", "Connect from this address of this machine", into.bind_address);
  table.toggle({"--ws"}, "Connect through a WebSocket (default port: 80, with TLS 443)", into.websocket);
  table.value({"--ws-path"}, "PATH", "path", "What the WebSocket's request asks for (default: /mqtt)",
              [&into](auto word) {
                if (!word.starts_with('/')) throw usage_error("The path of a WebSocket begins with a slash.");
                into.websocket_path = word;
              });
  table.value({"--ws-origin"}, "ORIGIN", "origin", "The page that connects, for brokers that let in some only",
              into.websocket_origin);
  table
      .value({"--ws-header"}, "LINE", "header", "A header for the WebSocket's request: \"Name: value\"",
             [&into](auto word) { into.websocket_headers.emplace_back(word); })
      .repeatable();
  table.value({"--proxy"}, "URL", "proxy url",
              "Connect through a proxy: socks5h://[user[:password]@]host[:port] (not in this build yet)",
              [&into](auto word) {
                if (!word.starts_with("socks5h://")) {
                  throw usage_error("Unsupported proxy protocol: " + std::string(word));
                }
                into.proxy = word;
              });
  table.toggle({"--nodelay"}, "Send small packets at once (always so here)", [] {});
}

void add_session_options(option_table& table, connection_options& into) {
  table.group("Session");
  table.value({"-u", "--username"}, "NAME", "username", "Who connects", into.user_name).also({"--user"});
  table.value({"-P", "--pw"}, "PASSWORD", "password", "With which password", into.password).also({"--password"});
  table.value({"--auth-method"}, "METHOD", "auth method",
              "SCRAM-SHA-256: the password of -P is shown to be known, and not sent (MQTT 5)", into.auth_method);
  table
      .value({"-i", "--id"}, "ID", "id", "The client id (default: a random one)",
             [&into](auto word) { set_client_id(into, word, false); })
      .also({"--identifier"});
  table.value({"-I", "--id-prefix"}, "PREFIX", "id prefix", "The client id is this and the process id",
              [&into](auto word) { set_client_id(into, word, true); });
  table
      .value({"-V", "--protocol-version"}, "VERSION", "version",
             std::string("mqttv5, mqttv311 or mqttv31, or 5, 311, 31 (default: ") +
                 (into.version == nanonng::mqtt::protocol_version::v5 ? "mqttv5" : "mqttv311") +
                 "); 4 and 3 are 311 and 31",
             [&into](auto word) { set_protocol_version(into, word); })
      .words({"mqttv5", "mqttv311", "mqttv31"})
      .lacking("--protocol-version argument given but no version specified.");
  table.value({"-k", "--keepalive"}, "SECONDS", "keepalive", "The keep alive (default: 60)",
              [&into](auto word) { set_keep_alive(into, word); });
  table.toggle({"-c", "--disable-clean-session"}, "Go on with the session of this client id, and have it kept",
               [&into] { into.clean_session = false; });
  table
      .value({"-x"}, "SECONDS", "session expiry interval",
             "How long the session is kept after the connection; -1: without end (MQTT 5; default: 0, with -c -1)",
             [&into](auto word) { set_session_expiry(into, word); })
      .also({"--session_expiry_interval"});
  table
      .value({"-M"}, "N", "max_inflight", "QoS 1 and 2 messages under way to the broker at the most",
             [&into](auto word) { set_max_inflight(into, word); })
      .lacking("-M argument given but max_inflight not specified.");
  table
      .words({"-D", "--property"}, "PACKET NAME VALUE",
             "A property for a packet: connect, publish, subscribe, unsubscribe, disconnect or will; user-property "
             "takes two "
             "values. Makes the version MQTT 5",
             count_property, [&into](auto words) { return take_property(into, words); })
      .repeatable();
  table.group("");
  table.value({"--clean_session"}, "BOOL", "truth", "", [&into](auto word) { set_clean_session(into, word); });
  for (const auto& one : property_options) {
    table.value({one.name}, "VALUE", "value", "", [&into, &one](auto word) { set_property(into, one, word); });
  }
}

void add_will_options(option_table& table, connection_options& into) {
  table.group("Will");
  table.value({"--will-topic"}, "TOPIC", "will topic", "What the broker publishes when this client is lost goes here",
              [&into](auto word) { set_will_topic(into, word); });
  table.value({"--will-payload"}, "TEXT", "will payload", "Its payload (default: empty)", into.will.payload)
      .also({"--will-msg"});
  table
      .value({"--will-qos"}, "QOS", "will QoS", "Its quality of service (default: 0)",
             [&into](auto word) { set_will_qos(into, word); })
      .words({"0", "1", "2"});
  table.toggle({"--will-retain"}, "The broker keeps it", into.will.retain);
}

void add_tls_options(option_table& table, connection_options& into) {
  auto& tls = into.tls;
  table.group("TLS");
  const auto file = [&](const char* name, const char* lacking, const char* help, std::string& where) {
    return table.value({name}, "FILE", lacking, help, where).completes(completion::file);
  };
  file("--cafile", "file", "Trusted CA certificates (PEM); turns TLS on", tls.ca_file).also({"--cacert"});
  table.value({"--capath"}, "DIRECTORY", "directory", "A directory of them; turns TLS on", tls.ca_directory)
      .completes(completion::directory);
  file("--crl", "file", "Certificates that are revoked (PEM)", tls.crl_file);
  file("--cert", "file", "This client's certificate with its chain (PEM)", tls.certificate).also({"-E", "--certfile"});
  file("--key", "file", "Its private key (PEM)", tls.key).also({"--keyfile"});
  table.value({"--keypass"}, "TEXT", "password", "The password of the key", tls.key_password).also({"--key-password"});
  table.value({"--tls-server-name"}, "NAME", "name",
              "The name or address that the broker's certificate must carry (default: the host)", tls.server_name);
  table.value({"--keyform"}, "FORM", "keyform", "The form of the key: pem (found out by itself)", tls.key_form)
      .words({"pem"});
  table.toggle({"--insecure"},
               "Believe whoever answers: no certificate and no name is checked, and the password goes there. For tests",
               tls.insecure);
  table.value({"--ciphers"}, "LIST", "ciphers",
              "The cipher suites to offer, with colons between (default: ECDHE with AEAD)", tls.ciphers);
  table
      .value({"--tls-version"}, "VERSION", "version",
             "The lowest version: tlsv1.2 (default), tlsv1.1 or tlsv1; 1.3 is not there", tls.version)
      .words({"tlsv1.2", "tlsv1.1", "tlsv1"});
  table.value({"--tls-alpn"}, "PROTOCOL", "protocol",
              "The application protocol to ask for: mqtt, or http/1.1 with --ws", tls.alpn);
  table.toggle({"--tls-use-os-certs"}, "Trust what the system trusts; turns TLS on", tls.use_system_certificates)
      .also({"--secure"});
  table.value({"--tls-engine"}, "ID", "engine_id", "An engine for the key (not there)", tls.engine);
  table.value({"--tls-engine-kpass-sha1"}, "HEX", "kpass sha1", "SHA1 of the engine key's password (not there)",
              tls.engine_password_sha1);
  table.value({"--psk"}, "HEX", "key", "A pre-shared key instead of certificates; turns TLS on", tls.psk);
  table.value({"--psk-identity"}, "NAME", "identity", "Whose key it is", tls.psk_identity);
  file("--tls-keylog", "file", "Write the keys of the connection there (not there)", tls.key_log);
  table.toggle({"--no-tls"}, "No TLS, whatever an options file says", tls.off);
}

void add_diagnostics_options(option_table& table, diagnostics_options& into) {
  table.group("Messages");
  table.toggle({"-d", "--debug"}, "Show the packets as they come and go", into.debug);
  table.toggle({"--quiet"}, "No error messages", into.quiet);
  table.value({"-o"}, "FILE", "options file", "Read options from there instead of the default files", [](auto) {})
      .completes(completion::file);
}

}  // namespace nanomq::program
