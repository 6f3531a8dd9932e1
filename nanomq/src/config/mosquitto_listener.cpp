#include "mosquitto_listener.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "nanomq/broker/listener.hpp"
#include "nanomq/config/listener_option.hpp"

namespace nanomq::config {
namespace {

using nanomq::broker::listener_kind;

constexpr std::array<std::string_view, 9> about_tls{"cafile",      "capath",
                                                    "certfile",    "keyfile",
                                                    "crlfile",     "require_certificate",
                                                    "tls_version", "use_identity_as_username",
                                                    "psk_hint"};

struct place {
  std::string address;
  std::string port = "1883";
  bool is_socket = false;
};

place place_of(const mosquitto_section& section, bool is_default) {
  place out;
  if (is_default) {
    if (const auto* const port = section.find("port")) out.port = port->value;
    if (const auto* const address = section.find("bind_address")) out.address = address->value;
    return out;
  }
  const auto& written = section.lines.front().value;
  const auto end = std::min(written.find_first_of(" \t"), written.size());
  out.port = written.substr(0, end);
  const auto begin = written.find_first_not_of(" \t", end);
  if (begin != std::string::npos) out.address = written.substr(begin);
  out.is_socket = out.port == "0";
  return out;
}

std::string bind_text(const place& where, const mosquitto_section& section) {
  if (where.is_socket) return "unix://" + where.address;
  std::string address = where.address;
  if (address.empty()) {
    const auto* const domain = section.find("socket_domain");
    address = domain == nullptr ? "*" : domain->value == "ipv6" ? "[::]" : "0.0.0.0";
  }
  const bool bare_ipv6 = address.find(':') != std::string::npos && !address.starts_with('[');
  return (bare_ipv6 ? "[" + address + "]" : address) + ":" + where.port;
}

class listener_writer {
 public:
  listener_writer(const mosquitto_document& from, mosquitto_writer& into) : from_(&from), into_(&into) {}

  void write(const mosquitto_section& section, bool is_default, bool is_local) {
    section_ = &section;
    const auto where = place_of(section, is_default);
    with_key_ = section.find("psk_hint") != nullptr;
    with_certificate_ = section.find("certfile") != nullptr || section.find("keyfile") != nullptr;
    kind_ = kind_of();
    prefix_ = free_prefix(where);
    write_place(where, is_default, is_local);
    for (const auto& line : section.lines) {
      if (line.option->type == mosquitto_type::texts || section.find(line.name) == &line) write_option(line);
    }
    write_pre_shared_keys();
    write_origins();
  }

 private:
  [[nodiscard]] listener_kind kind_of() const {
    const auto* const protocol = section_->find("protocol");
    const bool is_web = protocol != nullptr && protocol->value == "websockets";
    if (with_certificate_ || with_key_) return is_web ? listener_kind::wss : listener_kind::ssl;
    return is_web ? listener_kind::ws : listener_kind::tcp;
  }

  [[nodiscard]] bool has_tls() const { return kind_ == listener_kind::ssl || kind_ == listener_kind::wss; }

  // The first of a kind has no name; the name of a further one is made of its port.
  std::string free_prefix(const place& where) {
    std::string name;
    for (std::size_t number = 1;; ++number) {
      auto prefix = listener_prefix(kind_, name);
      if (taken_.insert(prefix).second) return prefix;
      name = (where.is_socket ? std::string("unix") : "p" + where.port) +
             (number == 1 ? "" : "-" + std::to_string(number));
    }
  }

  void write_place(const place& where, bool is_default, bool is_local) {
    std::vector<const mosquitto_line*> lines;
    for (const auto name : {"listener", "port", "bind_address", "socket_domain", "protocol"}) {
      if (const auto* const line = section_->find(name)) lines.push_back(line);
    }
    if (lines.empty()) lines.push_back(&section_->lines.front());
    if (!is_default && where.is_socket && where.address.empty()) {
      return into_->refuse(*lines.front(), "port 0 needs the path of a Unix socket");
    }
    // Of a plain one nothing needs to be said: it is for this machine only.
    if (is_default && is_local) {
      if (kind_ != listener_kind::tcp) into_->set(prefix_ + "bind", quoted("127.0.0.1:1883"), lines);
    } else {
      into_->set(prefix_ + "bind", quoted(bind_text(where, *section_)), lines);
    }
    if (kind_ == listener_kind::ws || kind_ == listener_kind::wss) into_->set(prefix_ + "any_path", "true", lines);
    if (const auto* const nodelay = from_->broker.find("set_tcp_nodelay")) {
      into_->set(prefix_ + "nodelay", nodelay->value, {nodelay});
    }
  }

  void write_option(const mosquitto_line& line) {
    const auto& row = *line.option;
    if (row.scope == mosquitto_scope::security) return write_security(line);
    if (std::ranges::find(about_tls, row.name) != about_tls.end() && !has_tls()) {
      return into_->pass_over(line, "it counts only with certfile and keyfile, or with psk_hint");
    }
    switch (row.step) {
      case mosquitto_step::copy:
        return into_->set(prefix_ + std::string(row.key), quoted(line.value), {&line});
      case mosquitto_step::pass_over:
        return into_->pass_over(line, row.meaning);
      case mosquitto_step::pass_false:
        if (line.value == "true") into_->pass_over(line, row.meaning);
        return;
      case mosquitto_step::refuse:
        return into_->refuse(line, "'" + line.name + "' cannot be left out: " + std::string(row.meaning));
      case mosquitto_step::refuse_true:
        if (line.value == "true")
          into_->refuse(line, "'" + line.name + "' cannot be left out: " + std::string(row.meaning));
        return;
      case mosquitto_step::seconds:
      case mosquitto_step::special:
        return write_special(line);
    }
  }

  void write_security(const mosquitto_line& line) {
    if (line.name == "allow_anonymous" && from_->broker.is_true("per_listener_settings")) {
      into_->set(prefix_ + "allow_anonymous", line.value, {&line});
    }
  }

  void write_special(const mosquitto_line& line) {
    if (line.name == "max_connections") return write_max_connections(line);
    if (line.name == "require_certificate") {
      if (line.value != "true" || with_key_) return;
      into_->set(prefix_ + "verify_peer", "true", {&line});
      return into_->set(prefix_ + "fail_if_no_peer_cert", "true", {&line});
    }
    if (line.name == "crlfile") {
      if (!section_->is_true("require_certificate"))
        return into_->pass_over(line, "it counts only with require_certificate");
      return into_->set(prefix_ + "crlfile", quoted(line.value), {&line});
    }
    if (line.name == "use_identity_as_username") return write_identity(line);
    if (line.name == "tls_version") return write_version(line);
    if (line.name == "protocol" && line.value != "mqtt" && line.value != "websockets") {
      return into_->refuse(line, "'protocol' is mqtt or websockets");
    }
    if (line.name == "socket_domain" && line.value != "ipv4" && line.value != "ipv6") {
      into_->refuse(line, "'socket_domain' is ipv4 or ipv6");
    }
  }

  void write_max_connections(const mosquitto_line& line) {
    if (line.value == "0") return into_->refuse(line, "nobody could connect; -1 is any number");
    into_->set(prefix_ + "max_connections", line.value.starts_with('-') ? "0" : line.value, {&line});
  }

  void write_identity(const mosquitto_line& line) {
    if (line.value != "true") return;
    if (!with_key_ && !section_->is_true("require_certificate")) {
      return into_->refuse(line, "'use_identity_as_username' needs 'require_certificate true'");
    }
    into_->set(prefix_ + "use_identity_as_username", with_key_ ? "true" : "cn", {&line});
  }

  void write_version(const mosquitto_line& line) {
    const auto version = line.value == "tlsv1" ? "1.0" : line.value == "tlsv1.1" ? "1.1" : "1.2";
    if (line.value == "tlsv1.3")
      into_->warn(line, "TLS 1.3 is not there; clients connect with 1.2");
    else if (!line.value.starts_with("tlsv1"))
      return into_->refuse(line, "'tls_version' is tlsv1.1, tlsv1.2 or tlsv1.3");
    into_->set(prefix_ + "min_version", version, {&line});
  }

  void write_pre_shared_keys() {
    if (!with_key_) return;
    const auto& hint = *section_->find("psk_hint");
    const bool own = from_->broker.is_true("per_listener_settings");
    const auto* const file = (own ? *section_ : from_->broker).find("psk_file");
    if (file == nullptr) return into_->refuse(hint, "'psk_hint' needs a 'psk_file'");
    into_->set(prefix_ + "psk_file", quoted(file->value), {file, &hint});
  }

  void write_origins() {
    std::string list;
    std::vector<const mosquitto_line*> lines;
    for (const auto& line : section_->lines) {
      if (line.name != "websockets_origin") continue;
      list += (list.empty() ? "" : ", ") + quoted(line.value);
      lines.push_back(&line);
    }
    if (lines.empty()) return;
    if (kind_ == listener_kind::tcp || kind_ == listener_kind::ssl)
      return into_->pass_over(*lines.front(), "it counts only with protocol websockets");
    into_->set(prefix_ + "origins", "[" + list + "]", lines);
  }

  const mosquitto_document* from_;
  mosquitto_writer* into_;
  const mosquitto_section* section_ = nullptr;
  listener_kind kind_ = listener_kind::tcp;
  bool with_key_ = false;
  bool with_certificate_ = false;
  std::string prefix_;
  std::set<std::string> taken_;
};

// Mosquitto opens its default listener when anything is said about it.
bool has_default_listener(const mosquitto_document& from) {
  const bool own = from.broker.is_true("per_listener_settings");
  return std::ranges::any_of(from.default_listener.lines, [&](const mosquitto_line& line) {
    if (line.option->scope == mosquitto_scope::listener) return true;
    return own && (from.listeners.empty() || line.name == "password_file" || line.name == "psk_file");
  });
}

}  // namespace

std::vector<const mosquitto_section*> write_mosquitto_listeners(const mosquitto_document& from,
                                                                mosquitto_writer& into) {
  std::vector<const mosquitto_section*> opened;
  listener_writer writer(from, into);
  if (has_default_listener(from)) {
    const auto& section = from.default_listener;
    const bool has_place = section.find("port") != nullptr || section.find("bind_address") != nullptr;
    if (!has_place && !from.listeners.empty()) {
      into.warn(section.lines.front(),
                "stands before the first listener, so that port 1883 is opened, too, as mosquitto does");
    }
    writer.write(section, true, !has_place && from.listeners.empty());
    opened.push_back(&section);
  }
  for (const auto& section : from.listeners) {
    writer.write(section, false, false);
    opened.push_back(&section);
  }
  if (opened.empty()) {
    if (const auto* const nodelay = from.broker.find("set_tcp_nodelay")) {
      into.set("listeners.tcp.nodelay", nodelay->value, {nodelay});
    }
  }
  return opened;
}

}  // namespace nanomq::config
