#include "tools/message_desk.hpp"

#include <algorithm>
#include <utility>

#include "nanolib/topic/topic.hpp"

namespace nanomq::tools {
namespace {

using nanonng::mqtt::property_id;
using nanonng::mqtt::property_place;
using nanonng::mqtt::quality_of_service;
namespace sdk = nanonng::sdk;

// Beyond this, take() waits.
constexpr std::size_t most_text = 4U * 1024 * 1024;

std::uint64_t seed() noexcept {
  const auto now = nanolib::system_clock().wall_now().time_since_epoch().count();
  return static_cast<std::uint64_t>(now) * 0x9E37'79B9'7F4A'7C15U;
}

}  // namespace

void leavings::clear() noexcept {
  text.clear();
  complaints.clear();
  unacknowledged.clear();
  to_remove.clear();
  received = 0;
  enough = false;
}

message_desk::message_desk(const subscribe_job& job, run_control& control)
    : job_(job), control_(control), printer_(job.print, seed()) {
  const auto& given = job.connection.properties;
  if (const auto* const id = given.find(property_place::subscribe, property_id::subscription_identifier)) {
    identifier_ = id->number;
  }
  left_.text = printer_.heading(job.connection.host);
}

void message_desk::take(const sdk::message& message) {
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || (!held_ && left_.text.size() < most_text); });
    if (closed_ || left_.enough || !handle(message)) return;
  }
  control_.notify();
}

void message_desk::collect(leavings& into) {
  {
    const std::scoped_lock lock(mutex_);
    std::swap(into, left_);
    if (into.enough) closed_ = true;
  }
  room_.notify_all();
}

bool message_desk::pending() {
  const std::scoped_lock lock(mutex_);
  return !left_.empty();
}

void message_desk::hold() {
  const std::scoped_lock lock(mutex_);
  held_ = true;
}

void message_desk::go_on() {
  {
    const std::scoped_lock lock(mutex_);
    held_ = false;
  }
  room_.notify_all();
}

void message_desk::close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  room_.notify_all();
}

void message_desk::set_client_id(std::string id) {
  const std::scoped_lock lock(mutex_);
  client_id_ = std::move(id);
}

// Whether the main thread has to know.
bool message_desk::handle(const sdk::message& message) {
  if (message.body() == last_.body()) return false;  // of another filter
  last_ = message;
  ++left_.received;
  if (job_.debug) debug(message);
  if (!job_.message_rate && ends_before(message)) return left_.enough = true;
  if (message.qos() != quality_of_service::at_most_once) left_.unacknowledged.push_back(message);
  if (job_.message_rate) return !left_.unacknowledged.empty();
  if (is_filtered_out(message.topic())) return true;
  if (message.retain() && job_.remove_retained) left_.to_remove.emplace_back(message.topic());
  if (message.retain() && job_.no_retained) return true;
  show(message);
  if (job_.count != 0 && ++shown_ == job_.count) left_.enough = true;
  return true;
}

bool message_desk::ends_before(const sdk::message& message) const noexcept {
  return job_.retained_only && !message.retain();
}

bool message_desk::is_filtered_out(std::string_view topic) const {
  return std::ranges::any_of(job_.filter_out, [topic](const auto& filter) { return nanolib::matches(filter, topic); });
}

void message_desk::show(const sdk::message& message) {
  std::string complaint;
  printer_.print(left_.text,
                 {.topic = message.topic(),
                  .payload = message.payload(),
                  .qos = message.qos(),
                  .retain = message.retain(),
                  .packet_identifier = message.packet_identifier(),
                  .properties = message.property_block(),
                  .subscription_identifier = identifier_},
                 complaint);
  if (!complaint.empty()) left_.complaints += complaint + "\n";
}

void message_desk::debug(const sdk::message& message) {
  const auto number = [](auto value) { return std::to_string(value); };
  left_.text += "Client " + client_id_ + " received PUBLISH (d" + (message.dup() ? "1" : "0") + ", q" +
                number(static_cast<int>(message.qos())) + ", r" + (message.retain() ? "1" : "0") + ", m" +
                number(message.packet_identifier()) + ", '" + std::string(message.topic()) + "', ... (" +
                number(message.payload().size()) + " bytes))\n";
}

}  // namespace nanomq::tools
