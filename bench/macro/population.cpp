#include "population.hpp"

#include <algorithm>
#include <utility>

namespace nanomq::bench {
namespace {

constexpr std::uint64_t most_connecting = 128;

nanonng::mqtt::client_settings settings() {
  nanonng::mqtt::client_settings out;
  out.limits.maximum_packet_size = 268'435'460;
  return out;
}

}  // namespace

tools::socket_address target::address() const {
  return tools::resolve({nanonng::net::endpoint::transport::tcp, "127.0.0.1", port}).value().front();
}

population::population(const target& broker)
    : broker_(broker),
      address_(broker.address()),
      loop_(nanonng::net::event_loop::create({.input_size = 512U * 1024}).value()),
      context_{.loop = *loop_, .handler = *this, .settings = settings()} {}

population::~population() {
  for (client& each : clients_) each.disconnect();
}

void population::connect(client& which, const std::string& identifier) {
  nanonng::mqtt::connect_options options;
  options.packet.version = broker_.version;
  options.packet.client_id = identifier;
  options.packet.keep_alive_s = 0;  // an idle client must not be a busy one
  const auto begun = which.connect(address_, nullptr, options);
  if (!begun) fail(describe(begun.error()));
}

bool population::open(std::vector<client*>& into, std::size_t count, std::string_view kind) {
  const std::uint64_t wanted = ready_ + count;
  std::uint64_t asked = ready_;
  const auto ask = [&] {
    while (!failed() && asked < wanted && asked - ready_ < most_connecting) {
      client& made = clients_.emplace_back(context_, static_cast<std::uint32_t>(clients_.size()));
      connect(made, std::string{kind} + '-' + std::to_string(asked++));
      into.push_back(&made);
    }
  };
  return wait_until(
      [&] {
        ask();
        return ready_ >= wanted;
      },
      [&] { return ready_; }, "connecting");
}

void population::subscribe(client& which, std::span<const std::string> filters) {
  std::vector<nanonng::mqtt::subscription_request> requests;
  for (const std::string& each : filters) requests.push_back({.filter = each});
  if (!which.subscribe(requests, 0)) fail("SUBSCRIBE could not be sent");
}

void population::publish(client& which, std::string_view topic, quality_of_service qos, bool retain,
                         std::uint32_t number) {
  const tools::publish_template packet{
      broker_.version, {.topic = std::string{topic}, .qos = qos, .retain = retain, .payload = payload_}};
  if (which.publish(packet, {.run = 0, .publisher = 0, .sequence = number, .ticks = 0}, number) !=
      client::sending::done) {
    fail("PUBLISH could not be sent");
  }
}

std::uint32_t population::number_of(const publish_view& message, std::size_t published) {
  const auto read = tools::stamp::decode_from(message.payload);
  if (read && read->sequence < published) return read->sequence;
  fail("a message came without its stamp");
  return 0;
}

void population::idle(std::chrono::nanoseconds how_long) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + how_long;
  for (auto now = clock::now(); now < end && !failed(); now = clock::now()) {
    turn(std::chrono::ceil<std::chrono::milliseconds>(end - now));
  }
}

void population::fail(std::string why) {
  if (fault_.empty()) fault_ = std::move(why);
}

void population::add_fault(const std::string& why) {
  if (failed()) fault_ += "; ";
  fault_ += why;
}

void population::on_message(client&, const publish_view&, moment) noexcept { fail("a message where none was due"); }
void population::on_completed(client&, nanonng::mqtt::request_token, nanonng::mqtt::reason_code reason,
                              moment) noexcept {
  if (is_error(reason)) fail("the broker refused PUBLISH");
}
void population::on_open(client&, const nanonng::mqtt::connack_view&) noexcept { ++ready_; }
void population::on_drained(client&) noexcept {}

void population::on_subscribed(client&, nanonng::mqtt::request_token,
                               const nanonng::mqtt::suback_view& suback) noexcept {
  for (const std::byte each : suback.reasons) {
    if (is_error(static_cast<nanonng::mqtt::reason_code>(each))) return fail("the broker refused a subscription");
    ++granted_;
  }
}

void population::on_down(client&, const tools::failure& why) noexcept { fail(describe(why)); }

}  // namespace nanomq::bench
