#include "flow_run.hpp"

#include <algorithm>
#include <array>

#include "nanomq/tools/process_figures.hpp"

namespace nanomq::bench {

using tools::own_processor_time;
using tools::private_bytes;
using tools::processor_time;
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_unsent = std::size_t{256} * 1024;
constexpr auto settling_time = 200ms;
constexpr auto time_for_strays = 50ms;
constexpr auto sampling_interval = 250ms;
constexpr double unmeasured_share = 0.1;

std::uint64_t as_stamp(std::chrono::steady_clock::time_point when) noexcept {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds{when.time_since_epoch()}.count());
}

}  // namespace

flow_run::flow_run(const target& broker, const flow_shape& shape) : population(broker), shape_(shape) {
  if (shape.pattern == flow_pattern::pairs) shape_.subscribers = shape.publishers;
  if (shape.pattern == flow_pattern::fan_in) shape_.subscribers = 1;
  if (shape.pattern == flow_pattern::fan_out) shape_.publishers = 1;
}

bool flow_run::set_up() {
  // Subscribers first: on_message() finds them by the index of their connection.
  std::vector<client*> connections;
  if (!open(connections, shape_.subscribers, "subscriber") || !open(connections, shape_.publishers, "publisher"))
    return false;
  const bool pairs = shape_.pattern == flow_pattern::pairs;
  const auto topic = [&](std::size_t index) { return "bench/flow/" + std::to_string(pairs ? index : 0); };
  for (std::size_t at = 0; at < shape_.subscribers; ++at) {
    subscribers_.push_back({connections[at], std::vector<tools::arrival_check>(pairs ? 1 : shape_.publishers)});
    subscribe(*connections[at], std::array{topic(at)}, shape_.qos);
  }
  for (std::size_t at = 0; at < shape_.publishers; ++at) {
    const publish_shape packet{.topic = topic(at), .qos = shape_.qos, .payload = shape_.payload};
    publishers_.push_back({connections[shape_.subscribers + at], publish_template{loop().version(), packet}});
  }
  if (!wait_until([&] { return granted() >= shape_.subscribers; }, [&] { return granted(); }, "subscribing"))
    return false;
  idle(settling_time);
  return !failed();
}

measurement flow_run::measure() {
  private_at_start_ = private_bytes(broker().process);
  if (!set_up()) return {.figures = {}, .fault = fault(), .note = {}};
  const auto spent = processor_time(broker().process);
  const auto own = own_processor_time();
  const auto begin = clock::now();
  measure_from_ = next_sample_ = begin;
  if (shape_.rate > 0) {
    send_at_rate();
  } else {
    send_in_window();
  }
  drain();
  const auto spent_after = processor_time(broker().process);
  const auto own_after = own_processor_time();
  const auto end = clock::now();
  idle(time_for_strays);
  account_for_everything();
  return report(spent_after - spent, own_after - own, end - begin);
}

void flow_run::send_in_window() {
  const auto end = clock::now() + shape_.duration;
  auto alive = clock::now();
  std::uint64_t seen = 0;
  for (auto now = alive; now < end && !failed(); now = clock::now()) {
    bool more = false;
    for (publisher& each : publishers_) {
      while (may_publish(each)) {
        if (each.connection->unsent() >= most_unsent) {
          more = true;  // the window has room, the socket's queue has not: come back at once
          break;
        }
        publish(each, {});
      }
    }
    loop().turn(more ? 0ms : 20ms);
    if (seen != received_) {
      seen = received_;
      alive = now;
    } else if (now - alive > patience) {
      fail("stalled while messages were in flight");
    }
  }
}

void flow_run::send_at_rate() {
  const auto begin = clock::now() + 1ms;
  const auto count = static_cast<std::uint64_t>(shape_.rate * std::chrono::duration<double>(shape_.duration).count());
  const auto due_at = [&](std::uint64_t number) {
    const std::chrono::duration<double> offset{static_cast<double>(number) / shape_.rate};
    return begin + std::chrono::duration_cast<clock::duration>(offset);
  };
  measure_from_ = due_at(static_cast<std::uint64_t>(static_cast<double>(count) * unmeasured_share));
  while (sent_ < count && !failed()) {
    const auto now = clock::now();
    while (sent_ < count && due_at(sent_) <= now) publish(publishers_[sent_ % publishers_.size()], due_at(sent_));
    if (shape_.focus == flow_focus::memory) sample_memory(now);
    const auto next = due_at(sent_) - clock::now();
    loop().turn(std::clamp<clock::duration>(next, 0ms, 20ms));
  }
}

void flow_run::drain() {
  const std::uint64_t copies = shape_.pattern == flow_pattern::fan_out ? subscribers_.size() : 1;
  const auto done = [&] { return received_ >= sent_ * copies && (shape_.qos == 0 || acknowledged_ >= sent_); };
  static_cast<void>(wait_until(done, [&] { return received_ + acknowledged_; }, "waiting for the last messages"));
}

void flow_run::publish(publisher& from, clock::time_point due) {
  const auto number = static_cast<std::uint32_t>(&from - publishers_.data());
  from.connection->publish(from.packet, {.sent_ns = as_stamp(due), .publisher = number, .sequence = from.sent});
  loop().touch(*from.connection);
  ++from.sent;
  ++sent_;
}

bool flow_run::may_publish(const publisher& from) const noexcept {
  const std::uint64_t copies = shape_.pattern == flow_pattern::fan_out ? subscribers_.size() : 1;
  const std::uint64_t undelivered = from.sent * copies - from.delivered;
  return undelivered < shape_.window * copies && from.connection->unacknowledged() < shape_.window;
}

tools::arrival_check* flow_run::stream_of(subscriber& at, std::uint32_t source) noexcept {
  if (source >= publishers_.size()) return nullptr;
  if (shape_.pattern != flow_pattern::pairs) return &at.from[source];
  return &at == &subscribers_[source] ? at.from.data() : nullptr;
}

void flow_run::on_message(client& which, const received_publish& message) {
  if (which.index() >= subscribers_.size()) return fail("a publisher got a message");
  const auto read = read_stamp(message.payload);
  tools::arrival_check* const stream = read ? stream_of(subscribers_[which.index()], read->publisher) : nullptr;
  if (stream == nullptr) return fail("a message came to the wrong subscriber, or without its stamp");
  publisher& from = publishers_[read->publisher];
  const bool whole = message.topic == from.packet.topic() && from.packet.stamp_of(message.payload);
  if (!whole || read->sequence >= from.sent) return fail("a message came changed, or was never sent");
  if (message.qos != shape_.qos || message.retain || message.duplicate) return fail("a message came with wrong flags");
  stream->arrived(read->sequence);
  ++from.delivered;
  ++received_;
  if (shape_.rate > 0 && read->sent_ns >= as_stamp(measure_from_)) {
    latency_.record(std::chrono::nanoseconds{static_cast<std::int64_t>(as_stamp(clock::now()) - read->sent_ns)});
  }
}

void flow_run::sample_memory(clock::time_point now) {
  if (now < next_sample_) return;
  next_sample_ = now + sampling_interval;
  private_at_most_ = std::max(private_at_most_, private_bytes(broker().process));
}

}  // namespace nanomq::bench
