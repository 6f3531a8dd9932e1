#include "population.hpp"

#include <utility>

namespace nanomq::bench {
namespace {

constexpr std::uint64_t most_connecting = 128;

}  // namespace

population::population(const target& broker) : broker_(broker), loop_(broker.port, broker.version, *this) {}

bool population::open(std::vector<client*>& into, std::size_t count, std::string_view kind) {
  const std::uint64_t wanted = ready_ + count;
  std::uint64_t asked = ready_;
  const auto ask = [&] {
    while (!failed() && asked < wanted && asked - ready_ < most_connecting) {
      const auto opened = loop_.open(std::string{kind} + '-' + std::to_string(asked++));
      if (!opened) return fail(opened.error());
      into.push_back(*opened);
    }
  };
  return wait_until(
      [&] {
        ask();
        return ready_ >= wanted;
      },
      [&] { return ready_; }, "connecting");
}

void population::subscribe(client& which, std::span<const std::string> filters, std::uint8_t qos) {
  which.subscribe(filters, qos);
  loop_.touch(which);
}

void population::idle(std::chrono::nanoseconds how_long) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + how_long;
  for (auto now = clock::now(); now < end && !failed(); now = clock::now()) loop_.turn(end - now);
}

void population::fail(std::string why) {
  if (fault_.empty()) fault_ = std::move(why);
}

void population::add_fault(const std::string& why) {
  if (failed()) fault_ += "; ";
  fault_ += why;
}

void population::on_message(client&, const received_publish&) { fail("a message where none was due"); }
void population::on_acknowledged(client&) {}
void population::on_ready(client&) { ++ready_; }

void population::on_subscribed(client&, const received_suback& result) {
  granted_ += result.granted;
  if (result.refused != 0) fail("the broker refused a subscription");
}

void population::on_fault(client&, std::string_view what) { fail(std::string{what}); }

}  // namespace nanomq::bench
