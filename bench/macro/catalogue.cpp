#include "catalogue.hpp"

#include <algorithm>
#include <utility>

#include "connection_workload.hpp"
#include "flow_workload.hpp"
#include "nanomq/tools/text.hpp"
#include "retained_workload.hpp"
#include "subscription_workload.hpp"

namespace nanomq::bench {

using tools::text;
namespace {

struct flow_row {
  const char* name;
  flow_shape shape;
};

std::vector<flow_row> flow_rows() {
  using enum tools::load_pattern;
  using enum flow_focus;
  return {
      {"p2p-q0", {.qos = quality_of_service{0}}},
      {"p2p-q1", {.qos = quality_of_service{1}}},
      {"p2p-q2", {.qos = quality_of_service{2}}},
      {"p2p200-q0", {.publishers = 200, .qos = quality_of_service{0}, .window = 16}},
      {"p2p200-q1", {.publishers = 200, .qos = quality_of_service{1}, .window = 4}},
      {"fanin-q0", {.pattern = fan_in, .publishers = 50, .qos = quality_of_service{0}}},
      {"fanin-q1", {.pattern = fan_in, .publishers = 50, .qos = quality_of_service{1}}},
      {"fanout-q0", {.pattern = fan_out, .subscribers = 500, .qos = quality_of_service{0}, .window = 16}},
      {"fanout-q1", {.pattern = fan_out, .subscribers = 500, .qos = quality_of_service{1}, .window = 16}},
      {"p2p-4k", {.qos = quality_of_service{0}, .payload = 4096}},
      {"fanout-4k",
       {.pattern = fan_out, .subscribers = 500, .qos = quality_of_service{0}, .payload = 4096, .window = 16}},
      {"p2p-w1", {.qos = quality_of_service{0}, .window = 1}},
      {"latency", {.focus = latency, .publishers = 500, .qos = quality_of_service{0}, .rate = 20'000}},
      {"memory", {.focus = memory, .qos = quality_of_service{0}, .rate = 100'000}},
  };
}

std::string describe(const flow_shape& shape) {
  std::string out;
  if (shape.pattern == tools::load_pattern::pairs) {
    out = text("%zu pairs", shape.publishers);
  } else if (shape.pattern == tools::load_pattern::fan_in) {
    out = text("fan-in %zu to 1", shape.publishers);
  } else {
    out = text("fan-out 1 to %zu", shape.subscribers);
  }
  out += text(", QoS %u, ", static_cast<unsigned>(shape.qos));
  out += shape.rate > 0 ? text("%.0f msg/s", shape.rate) : text("window %u", shape.window);
  if (shape.payload >= 1024) out += text(", %zu KiB", shape.payload / 1024);
  return out;
}

std::size_t scaled(std::size_t count, double scale) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(count) * scale));
}

row make_flow(const flow_row& from, std::chrono::nanoseconds duration, double scale) {
  constexpr std::size_t many = 100;  // smaller populations are the shape of the row, not its size
  flow_shape shape = from.shape;
  shape.duration = duration;
  shape.rate *= scale;
  if (shape.publishers >= many) shape.publishers = scaled(shape.publishers, scale);
  if (shape.subscribers >= many) shape.subscribers = scaled(shape.subscribers, scale);
  return {from.name, describe(shape), [shape](const target& broker) { return run_flow(broker, shape); }};
}

}  // namespace

std::vector<row> make_rows(std::chrono::nanoseconds duration, double scale) {
  std::vector<row> rows;
  for (const flow_row& each : flow_rows()) rows.push_back(make_flow(each, duration, scale));
  const std::size_t connections = scaled(10'000, scale);
  const std::size_t filters = scaled(200'000, scale);
  const std::size_t lookups = scaled(20'000, scale);
  const std::size_t retained = scaled(100'000, scale);
  rows.push_back({"conn", std::to_string(connections) + " idle connections",
                  [=](const target& broker) { return run_connections(broker, connections); }});
  rows.push_back({"subs", std::to_string(filters) + " subscriptions",
                  [=](const target& broker) { return run_subscriptions(broker, filters, lookups); }});
  rows.push_back({"retained", std::to_string(retained) + " retained messages",
                  [=](const target& broker) { return run_retained(broker, retained); }});
  return rows;
}

}  // namespace nanomq::bench
