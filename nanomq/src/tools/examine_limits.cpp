// How large, how deep, how fast.
#include <algorithm>

#include "examination.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::tools {

using nanolib::quality_of_service;

namespace {

constexpr int round_trips = 50;
/// What a deep examination sends at the most.
constexpr std::uint64_t largest_tried = 16U * 1024 * 1024;
constexpr std::uint64_t usual_largest = 64U * 1024;

}  // namespace

void examination::examine_limits() {
  group("Limits");
  const std::initializer_list<void (examination::*)()> sizes{
      &examination::examine_packet_size, &examination::examine_topic_length, &examination::examine_topic_levels};
  for (const auto step : sizes) {
    if (wanted()) (this->*step)();
  }
  group("Timing");
  if (wanted()) examine_latency();
  group("Broker");
  if (wanted()) examine_statistics();
}

void examination::examine_packet_size() {
  const std::string where = topic("size");
  // Fixed header, topic, identifier, properties.
  const std::uint64_t around = 5 + 2 + where.size() + 2 + 1;
  const auto works = [&](std::uint64_t packet) {
    const auto at = connected("size");
    if (!at) return false;
    const auto taken = at->publish(where, std::string(packet - around, 'x'), quality_of_service::at_least_once);
    const bool accepted = taken && !is_error(*taken);
    at->close();
    return accepted;
  };
  const std::uint64_t announced = names_packet_size_ ? limits_.maximum_packet_size : largest_tried;
  const std::uint64_t most = std::min(announced, request_.deep ? largest_tried : usual_largest);
  if (most <= around) return note("packets up to", finding::kind::limit, in_bytes(most), "too small to be tried");
  if (works(most)) {
    const bool all = names_packet_size_ && most == announced;
    return note("packets up to", finding::kind::limit, (all ? "" : "at least ") + in_bytes(most),
                all             ? "tried"
                : request_.deep ? "more was not tried"
                                : "tried; --deep tries up to 16 MiB");
  }
  if (!request_.deep) {
    return note("packets up to", finding::kind::limit, "less than " + in_bytes(most), "--deep finds out how much");
  }
  const std::uint64_t found = find_largest(around, most, std::max<std::uint64_t>(most / 64, 1), works);
  const bool less = names_packet_size_ && announced <= largest_tried && found + most / 32 < announced;
  note("packets up to", less ? finding::kind::broken : finding::kind::limit, "about " + in_bytes(found),
       less ? "the broker announces more than it takes" : "found by trying");
}

void examination::examine_topic_length() {
  auto at = connected("length");
  if (!at) return;
  const std::string begin = topic("t");
  const auto works = [&](std::uint64_t length) {
    if (!at->is_open()) at = connected("length");
    if (!at) return false;
    const auto taken =
        at->publish(begin + std::string(length - begin.size(), 'x'), {}, quality_of_service::at_least_once);
    return taken && !is_error(*taken);
  };
  constexpr std::uint64_t longest = 65'535;
  std::uint64_t most = longest;
  if (names_packet_size_)
    most = std::min<std::uint64_t>(most, limits_.maximum_packet_size - std::min(limits_.maximum_packet_size, 12U));
  if (most <= begin.size()) return;
  note("topics up to", finding::kind::limit, in_bytes(find_largest(begin.size(), most, 1, works)));
  if (at) at->close();
}

void examination::examine_topic_levels() {
  auto at = connected("levels");
  if (!at) return;
  const std::string begin = topic("l");
  constexpr std::uint64_t begun = 3;
  const auto works = [&](std::uint64_t levels) {
    if (!at->is_open()) at = connected("levels");
    if (!at) return false;
    std::string name = begin;
    for (std::uint64_t level = begun; level < levels; ++level) name += "/x";
    const auto taken = at->publish(name, {}, quality_of_service::at_least_once);
    return taken && !is_error(*taken);
  };
  constexpr std::uint64_t most = 1'000;
  const std::uint64_t found = find_largest(begun, most, 1, works);
  note("topic levels up to", finding::kind::limit, (found == most ? "at least " : "") + grouped(found));
  if (at) at->close();
}

void examination::examine_latency() {
  const auto at = connected("latency");
  if (!at || !at->subscribe({.filter = topic("latency")})) return;
  at->forget_messages();
  for (int sent = 0; sent < round_trips && wanted(); ++sent) {
    const auto begun = std::chrono::steady_clock::now();
    static_cast<void>(at->publish(topic("latency"), "tick", quality_of_service::at_most_once));
    if (!at->receive()) return note("round trip", finding::kind::unknown, {}, at->fault());
    report_.round_trips.record(std::chrono::steady_clock::now() - begun);
  }
  const auto ms = [&](double share) {
    return std::chrono::duration<double, std::milli>(report_.round_trips.quantile(share)).count();
  };
  note("round trip", finding::kind::limit,
       text("median %.2f ms, 99 %% %.2f ms, longest %.2f ms", ms(0.5), ms(0.99), ms(1)),
       text("%d messages, QoS 0, one after the other", round_trips));
  at->close();
}

/// What the broker publishes about itself, where it lets anybody see it.
void examination::examine_statistics() {
  const auto at = connected("sys");
  if (!at) return;
  const auto show = [&](const char* name, const char* filter) {
    at->forget_messages();
    const auto granted = at->subscribe({.filter = filter});
    if (!granted || is_error(*granted)) {
      return note(name, finding::kind::unknown, {}, std::string{filter} + " may not be read");
    }
    // It is retained, or it is not there.
    constexpr std::chrono::milliseconds a_moment{500};
    const auto message = at->receive(std::min(a_moment, request_.timeout));
    if (!message) return note(name, finding::kind::unknown, {}, std::string{filter} + " has no value");
    note(name, finding::kind::limit, message->payload.substr(0, 100));
  };
  show("version", "$SYS/broker/version");
  if (at->is_open()) show("uptime", "$SYS/broker/uptime");
  if (at->is_open()) show("clients", "$SYS/broker/clients/connected");
  at->close();
}

}  // namespace nanomq::tools
