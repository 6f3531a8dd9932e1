#include "nanomq/tools/load_request.hpp"

#include <netdb.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "nanomq/tools/connection_layers.hpp"
#include "nanomq/tools/property_block.hpp"
#include "nanomq/tools/source_addresses.hpp"
#include "nanomq/tools/text.hpp"
#include "nanonng/net/listener.hpp"

namespace nanomq::tools {

using nanonng::mqtt::property_id;
using nanonng::mqtt::property_place;

namespace {

constexpr std::size_t largest_payload = 256U * 1024 * 1024;

/// A name for something that did not work, as std::unexpected.
std::unexpected<std::string> refuse(std::string why) { return std::unexpected(std::move(why)); }

std::chrono::nanoseconds milliseconds(double value) {
  return std::chrono::nanoseconds{static_cast<std::int64_t>(value * 1e6)};
}

struct file_closer {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

std::expected<shared_payload, std::string> read_payload(const std::string& path) {
  const std::unique_ptr<std::FILE, file_closer> file{std::fopen(path.c_str(), "re")};
  if (!file) return refuse(path + ": " + std::strerror(errno));
  std::vector<std::byte> content;
  std::vector<std::byte> piece(64U * 1024);
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), file.get())) {
    content.insert(content.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
    if (content.size() > largest_payload) return refuse(path + ": too large for an MQTT message");
  }
  if (std::ferror(file.get()) != 0) return refuse(path + ": it cannot be read");
  return std::make_shared<const std::vector<std::byte>>(std::move(content));
}

std::expected<void, std::string> set_target(load_plan& plan, const load_request& request) {
  const connection_options& connection = request.connection;
  if (!connection.proxy.empty()) return refuse("there are no proxies for the load");
  if (!connection.auth_method.empty()) return refuse("the load's clients know no authentication methods");
  auto layers = make_layers(connection);
  if (!layers) return refuse(layers.error());
  plan.layers = *std::move(layers);
  std::string sources = request.sources;
  if (!connection.bind_address.empty()) sources += (sources.empty() ? "" : ",") + connection.bind_address;
  auto read = parse_source_addresses(sources);
  if (!read) return refuse(read.error());
  plan.sources = std::move(*read);

  using transport = nanonng::net::endpoint::transport;
  const bool local = !connection.unix_socket.empty();
  if (local && connection.unix_socket.size() > 107) return refuse("the path is too long for a Unix socket");
  auto found = resolve(local ? nanonng::net::endpoint{transport::unix_socket, connection.unix_socket, 0}
                             : nanonng::net::endpoint{transport::tcp, connection.host, connection.effective_port()});
  if (!found) return refuse(connection.host + ": " + ::gai_strerror(found.error().code));
  if (!plan.sources.empty()) {
    const int family = plan.sources.front().family();
    std::erase_if(*found, [&](const socket_address& each) { return each.family() != family; });
  }
  if (found->empty()) return refuse(connection.host + " has no address of the family of the source addresses");
  plan.target = choose_reachable(*found);
  return {};
}

/// What is said with -D about CONNECT, and where it goes.
std::expected<void, std::string> set_connect_property(load_identity& who, const property_argument& one) {
  switch (one.id) {
    case property_id::user_property:
      return {};
    case property_id::receive_maximum:
      who.receive_maximum = static_cast<std::uint16_t>(one.number);
      return {};
    case property_id::session_expiry_interval:
      who.session_expiry_s = one.number;
      return {};
    default:
      return refuse(
          "of the properties of CONNECT the load has user-property, receive-maximum and "
          "session-expiry-interval");
  }
}

std::expected<void, std::string> set_identity(load_plan& plan, const load_request& request, std::uint32_t tag) {
  const connection_options& connection = request.connection;
  load_identity& who = plan.who;
  constexpr const char* names[] = {"pub", "sub", "conn", "rt"};
  const std::string prefix =
      connection.client_id_prefix.empty() ? text("nanomq-%04x", tag & 0xFFFFU) : connection.client_id_prefix;
  who.client_identifier =
      name_pattern(connection.client_id.empty() ? prefix + "-" + names[std::to_underlying(plan.kind)] + "-%i"
                                                : connection.client_id);
  if (plan.connections() > 1 && !who.client_identifier.differs_by_client())
    return refuse("clients need identifiers of their own: put %i into the client id");
  if (connection.user_name) who.user_name = name_pattern(*connection.user_name);
  who.password = connection.password;
  who.version = connection.version;
  who.clean_start = connection.clean_session;
  who.keep_alive_s = connection.keep_alive_s;
  who.session_expiry_s = connection.effective_session_expiry_s();
  if (!connection.will.topic.empty()) {
    who.last_will = {.topic = connection.will.topic,
                     .payload = connection.will.payload.value_or(""),
                     .qos = connection.will.qos,
                     .retain = connection.will.retain,
                     .properties = property_block(connection.properties, property_place::will)};
  }
  for (const property_argument& each : connection.properties.all()) {
    if (each.place != property_place::connect) continue;
    if (const auto done = set_connect_property(who, each); !done) return done;
  }
  who.user_properties = property_block(connection.properties, property_place::connect, property_id::user_property);
  return {};
}

std::expected<void, std::string> set_message(load_plan& plan, const load_request& request) {
  load_message& message = plan.message;
  if (!request.topic.empty()) message.topic = name_pattern(request.topic);
  if (request.text && !request.file.empty()) return refuse("the payload is a text or a file, not both");
  message.qos = request.qos;
  message.retain = request.retain;
  message.properties = property_block(request.connection.properties, property_place::publish);
  message.stamped = !request.text && request.file.empty();
  if (!request.file.empty()) {
    auto read = read_payload(request.file);
    if (!read) return refuse(read.error());
    message.payload = std::move(*read);
  } else if (request.text) {
    message.text = name_pattern(*request.text);
  } else {
    message.payload = make_filler(request.size);
  }
  plan.subscribe_qos = request.subscribe_qos.value_or(request.qos);
  plan.subscribe_properties = property_block(request.connection.properties, property_place::subscribe);
  plan.message_interval = milliseconds(request.message_interval_ms);
  if (request.rate) {
    plan.message_interval =
        *request.rate > 0 ? milliseconds(1000.0 * plan.publishers() / *request.rate) : std::chrono::nanoseconds{0};
  }
  return {};
}

double connect_interval_ms(const load_request& request) {
  if (request.connect_rate > 0) return 1000.0 / request.connect_rate;
  if (request.connect_ramp_s > 0) return 1000.0 * request.connect_ramp_s / request.clients;
  return request.connect_interval_ms;
}

}  // namespace

load_request::load_request(load_kind what)
    : kind(what),
      clients(what == load_kind::connect     ? 1
              : what == load_kind::roundtrip ? 10
                                             : 200),
      message_interval_ms(what == load_kind::roundtrip ? 0 : 1000) {
  if (what == load_kind::roundtrip) connect_interval_ms = 0;
  connection.keep_alive_s = 300;
}

std::expected<load_plan, std::string> make_plan(const load_request& request) {
  if (auto wrong = check(request.connection); !wrong.empty()) return refuse(std::move(wrong));
  const std::uint32_t tag = std::random_device{}();
  load_plan plan;
  plan.kind = request.kind;
  plan.pattern = request.pattern;
  plan.clients = request.clients;
  plan.first_number = request.first_number;
  plan.threads = request.threads;
  plan.reconnect = request.reconnect;
  plan.wait_for_all = request.wait_for_all;
  plan.window = request.connection.max_inflight != 0 ? request.connection.max_inflight : request.window;
  plan.limit = request.limit;
  plan.connect_interval = milliseconds(connect_interval_ms(request));
  plan.duration = milliseconds(request.duration_s * 1000);
  plan.warm_up = milliseconds(request.warm_up_s * 1000);
  plan.patience = std::chrono::milliseconds{static_cast<std::int64_t>(request.patience_s * 1000)};
  // Several roundtrips beside each other do not hear each other.
  if (plan.kind == load_kind::roundtrip) plan.message.topic = name_pattern(text("nanomq/bench/%08x/%%i", tag));
  if (const auto done = set_message(plan, request); !done) return refuse(done.error());
  if (const auto done = set_identity(plan, request, tag); !done) return refuse(done.error());
  if (const auto done = set_target(plan, request); !done) return refuse(done.error());
  if (const auto possible = check(plan); !possible) return refuse(possible.error());
  return plan;
}

std::uint64_t descriptors_for(const load_plan& plan) noexcept {
  constexpr std::uint64_t own = 32;
  constexpr std::uint64_t per_thread = 4;
  return own + per_thread * plan.useful_threads() + plan.connections();
}

}  // namespace nanomq::tools
