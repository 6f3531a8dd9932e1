#include "measured_load.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace nanomq::crash {

using namespace std::chrono_literals;

std::vector<std::byte> plain_payload(const stamp& what, std::size_t size) {
  std::vector<std::byte> out(std::max(size, sizeof what));
  std::memcpy(out.data(), &what, sizeof what);
  return out;
}

std::optional<stamp> read_plain_payload(nanolib::bytes payload) noexcept {
  stamp out;
  if (payload.size() < sizeof out) return std::nullopt;
  std::memcpy(&out, payload.data(), sizeof out);
  return out;
}

measured_load::measured_load(unsigned publishers, std::uint16_t window, source next)
    : next_(std::move(next)), dry_(publishers) {
  for (unsigned at = 0; at < publishers; ++at) {
    session_settings made;
    made.client_id = "load-" + std::to_string(at);
    made.window = window;
    made.index = at;
    publishers_.push_back(std::make_unique<session>(made, *this));
  }
}

bool measured_load::connect(client_loop& loop, clock::time_point until) {
  for (const auto& each : publishers_) {
    if (!loop.open(*each, true)) return false;
  }
  const auto all_in = [&] {
    return std::ranges::all_of(publishers_, [](const auto& each) { return each->connected(); });
  };
  while (!all_in() && !broken_ && clock::now() < until) loop.turn(1ms);
  last_acknowledgement_ = clock::now();
  return all_in();
}

void measured_load::fill(unsigned publisher) {
  session& which = *publishers_[publisher];
  while (which.has_room() && !dry_[publisher]) {
    const auto message = next_(publisher);
    if (!message) {
      dry_[publisher] = true;
      break;
    }
    mqtt::outgoing_publish packet;
    packet.topic = message->topic;
    packet.payload = message->payload;
    packet.retain = message->retain;
    packet.qos = mqtt::quality_of_service::at_least_once;
    which.publish({}, packet);
  }
}

bool measured_load::idle() const {
  return std::ranges::all_of(publishers_, [](const auto& each) { return each->under_way() == 0; });
}

void measured_load::run(client_loop& loop, clock::time_point until) {
  while (clock::now() < until && !broken_) {
    for (unsigned at = 0; at < publishers_.size(); ++at) fill(at);
    if (idle()) return;
    loop.turn(5ms);
  }
}

bool measured_load::finish(client_loop& loop, clock::time_point until) {
  while (!idle() && !broken_ && clock::now() < until) loop.turn(5ms);
  return idle();
}

void measured_load::on_acknowledged(session& /*which*/, const stamp& /*what*/) {
  ++acknowledged_;
  const auto now = clock::now();
  longest_silence_ = std::max<std::chrono::nanoseconds>(longest_silence_, now - last_acknowledgement_);
  last_acknowledgement_ = now;
}

std::chrono::nanoseconds measured_load::take_longest_silence() noexcept {
  last_acknowledgement_ = clock::now();
  return std::exchange(longest_silence_, 0ns);
}

}  // namespace nanomq::crash
