#include "nanomq/tools/client_settings.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "nanomq/tools/connection_layers.hpp"

namespace nanomq::tools {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanonng::mqtt::property_id;
using nanonng::mqtt::property_place;
using nanonng::mqtt::protocol_version;
using nanonng::mqtt::reason_code;
namespace sdk = nanonng::sdk;

// For a URL: everything that could be taken for a part of it.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out.append(1, '%').append(1, digits[byte >> 4U]).append(1, digits[byte & 0xFU]);
    }
  }
  return out;
}

// Of a file that need not be there.
std::string absolute(const std::string& path) {
  std::array<char, 4096> here{};
  const bool relative = !path.starts_with('/') && ::getcwd(here.data(), here.size()) != nullptr;
  return relative ? std::string(here.data()) + "/" + path : path;
}

std::string url_of(const connection_options& from) {
  if (!from.unix_socket.empty()) return "unix://" + percent_encoded(absolute(from.unix_socket));
  const bool ipv6 = from.host.find(':') != std::string::npos;
  const auto host = ipv6 ? "[" + from.host + "]" : percent_encoded(from.host);
  const std::string_view scheme = from.websocket     ? (from.wants_tls() ? "wss" : "ws")
                                  : from.wants_tls() ? "mqtts"
                                                     : "mqtt";
  return std::string(scheme) + "://" + host + ":" + std::to_string(from.effective_port());
}

// What this build can't do yet, or empty.
std::string missing(const connection_options& from) {
  if (!from.proxy.empty()) return "Connecting through a proxy is not in this build yet.";
  return {};
}

// A property that stands for a setting of the client.
void apply(const property_argument& one, sdk::client_options& into) {
  switch (one.id) {
    case property_id::receive_maximum:
      into.receive_maximum = static_cast<std::uint16_t>(one.number);
      break;
    case property_id::maximum_packet_size:
      into.maximum_packet_size = one.number;
      break;
    case property_id::topic_alias_maximum:
      into.topic_alias_maximum = static_cast<std::uint16_t>(one.number);
      break;
    case property_id::session_expiry_interval:
      into.session_expiry = std::chrono::seconds(one.number);
      break;
    case property_id::request_response_information:
      into.request_response_information = one.number != 0;
      break;
    case property_id::user_property:
      into.user_properties.push_back({one.text, one.value});
      break;
    case property_id::authentication_method:
      into.authenticator.method = one.text;
      break;
    case property_id::authentication_data:
      into.authenticator.first_data = [data = one.text] { return data; };
      break;
    default:
      break;  // request_problem_information: the client asks for reasons, which can only help
  }
}

sdk::publish_properties message_properties_of(const property_arguments& from, property_place place) {
  sdk::publish_properties out;
  for (const auto& one : from.all()) {
    if (one.place != place) continue;
    switch (one.id) {
      case property_id::payload_format_indicator:
        out.payload_format_utf8 = one.number != 0;
        break;
      case property_id::message_expiry_interval:
        out.message_expiry_interval = std::chrono::seconds(one.number);
        break;
      case property_id::content_type:
        out.content_type = one.text;
        break;
      case property_id::response_topic:
        out.response_topic = one.text;
        break;
      case property_id::correlation_data:
        out.correlation_data = one.text;
        break;
      case property_id::user_property:
        out.user_properties.push_back({one.text, one.value});
        break;
      default:
        break;
    }
  }
  return out;
}

std::optional<sdk::will_message> will_of(const connection_options& from) {
  if (from.will.topic.empty()) return std::nullopt;
  sdk::will_message will;
  will.topic = from.will.topic;
  will.payload = from.will.payload.value_or("");
  will.qos = from.will.qos;
  will.retain = from.will.retain;
  will.properties = message_properties_of(from.properties, property_place::will);
  if (const auto* const delay = from.properties.find(property_place::will, property_id::will_delay_interval)) {
    will.delay = std::chrono::seconds(delay->number);
  }
  return will;
}

// Spec: MQTT 3.1.1 §3.2.2.3, in mosquitto's words.
std::string_view connack_text(std::uint8_t code) {
  constexpr std::array<std::string_view, 6> texts{
      "unknown reason.",     "unacceptable protocol version.", "identifier rejected.",
      "broker unavailable.", "bad user name or password.",     "not authorised."};
  return texts[code < texts.size() ? code : 0];
}

connection_failure describe_refusal(reason_code reason, const std::string& detail, protocol_version version) {
  connection_failure out;
  if (version == protocol_version::v5) {
    out.status = static_cast<int>(reason);
    out.text = "Connection error: " + reason_text(reason);
    if (reason == reason_code::unsupported_protocol_version) {
      out.text += ". Try connecting to an MQTT v5 broker, or use MQTT v3.x mode.";
    }
    if (!detail.empty() && detail != nanonng::mqtt::name_of(reason)) out.text += " (" + detail + ")";
  } else {
    out.status = nanonng::mqtt::connack_return_code(reason);
    out.text =
        "Connection error: Connection Refused: " + std::string(connack_text(static_cast<std::uint8_t>(out.status)));
  }
  return out;
}

}  // namespace

nanolib::result<client_settings> make_client_settings(const connection_options& from, std::string& why) {
  why = missing(from);
  if (!why.empty()) return std::unexpected(error{error_domain::config, 0});
  client_settings out;
  out.url = url_of(from);
  auto& options = out.options;
  options.client_id = from.client_id;
  if (!from.client_id_prefix.empty()) options.client_id = from.client_id_prefix + std::to_string(::getpid());
  options.user_name = from.user_name;
  options.password = from.password;
  options.version = from.version;
  options.clean_start = from.clean_session;
  options.session_expiry = std::chrono::seconds(from.effective_session_expiry_s());
  options.tls = tls_options_of(from);
  options.websocket = websocket_options_of(from);
  options.local_address = from.bind_address;
  options.keep_alive = std::chrono::seconds(from.keep_alive_s);
  options.will = will_of(from);
  options.topic_alias_maximum = 0;  // as mosquitto: what is shown is what came
  options.use_topic_aliases = from.properties.find(property_place::publish, property_id::topic_alias) != nullptr;
  // The largest that MQTT has; mosquitto's clients set no limit either.
  options.maximum_packet_size = 268'435'460;
  for (const auto& one : from.properties.all()) {
    if (one.place == property_place::connect) apply(one, options);
  }
  return out;
}

sdk::publish_properties publish_properties_of(const property_arguments& from) {
  return message_properties_of(from, property_place::publish);
}

std::vector<sdk::user_property> user_properties_of(const property_arguments& from, property_place place) {
  std::vector<sdk::user_property> out;
  for (const auto& one : from.all()) {
    if (one.place == place && one.id == property_id::user_property) out.push_back({one.text, one.value});
  }
  return out;
}

sdk::close_options close_options_of(const connection_options& from) {
  sdk::close_options out;
  // -x holds whether the session was begun anew or not.
  out.session_expiry = std::chrono::seconds(from.effective_session_expiry_s());
  if (const auto* const expiry =
          from.properties.find(property_place::disconnect, property_id::session_expiry_interval)) {
    out.session_expiry = std::chrono::seconds(expiry->number);
  }
  out.user_properties = user_properties_of(from.properties, property_place::disconnect);
  return out;
}

connection_failure describe_failure(const error& why, const std::string& detail, bool open, protocol_version version) {
  // Another protocol answers there: nothing was refused.
  if (!open && detail.starts_with("the server answers with ")) {
    const bool is_tls = detail.find("TLS") != std::string::npos;
    return {.text = "Error: " + detail + (is_tls ? " (--cafile or an mqtts:// URL turns TLS on)" : " (--ws)"),
            .status = exit_status::failure};
  }
  if (why.domain == error_domain::mqtt && !open)
    return describe_refusal(static_cast<reason_code>(why.code), detail, version);
  if (open) {
    std::string text = "Error: The connection was lost.";
    if (why.domain == error_domain::mqtt && why.code != 0) {
      text += " " + reason_text(static_cast<reason_code>(why.code)) + ".";
    }
    return {.text = std::move(text), .status = exit_status::connection_lost};
  }
  if (why.domain == error_domain::config) {
    return {.text = "Unable to connect (" + (detail.empty() ? "Lookup error." : detail) + ").",
            .status = exit_status::failure};
  }
  // A layer of the transport says more than the system does.
  const std::string more = detail.empty() || detail == "the server closed the connection" ? "" : " (" + detail + ")";
  if (why.code == 0 || why.code == ECONNRESET || why.code == EPIPE) {
    return {.text = "Error: The connection was lost." + more, .status = exit_status::connection_lost};
  }
  if (!more.empty() && (why.code == EACCES || why.code == EPROTO)) {
    return {.text = "Error: " + detail, .status = exit_status::failure};
  }
  return {.text = "Error: " + std::string(nanolib::describe(why)), .status = exit_status::failure};
}

std::string reason_text(reason_code reason) {
  std::string text(nanonng::mqtt::name_of(reason));
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  return text;
}

}  // namespace nanomq::tools
