#include "nanonng/mqtt/client_session.hpp"

#include <algorithm>

#include "reason_sets.hpp"

namespace nanonng::mqtt {

namespace {

bool is_subscribing(request_window::kind what) noexcept {
  return what == request_window::kind::subscribe || what == request_window::kind::unsubscribe;
}

}  // namespace

client_session::held* client_session::line::find(receipt_number receipt) noexcept {
  if (waiting.empty()) return nullptr;
  // Most come in order, and the rest lie in order but for those of an earlier connection.
  if (waiting.front().receipt == receipt) return &waiting.front();
  std::size_t low = 0;
  for (std::size_t high = waiting.size(); low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    (waiting[middle].receipt < receipt ? low : high) = waiting[middle].receipt < receipt ? middle + 1 : middle;
  }
  if (low < waiting.size() && waiting[low].receipt == receipt) return &waiting[low];
  for (std::size_t at = 0; at < waiting.size(); ++at) {
    if (waiting[at].receipt == receipt) return &waiting[at];
  }
  return nullptr;
}

bool client_session::acknowledge(receipt_number receipt, reason_code reason) noexcept {
  if (!puback_reasons.contains(static_cast<std::uint32_t>(reason))) return false;  // [MQTT-3.4.2-1] [MQTT-3.5.2-1]
  held* found = qos_1_.find(receipt);
  if (found == nullptr) found = qos_2_.find(receipt);
  if (found == nullptr) {
    const auto carried = std::ranges::find(carried_, receipt, &held::receipt);
    if (carried != carried_.end()) found = &*carried;
  }
  if (found == nullptr || found->decided) return false;
  found->decided = true;
  found->reason = reason;
  --undecided_;
  return true;
}

receipt_number client_session::hold(line& into, std::uint16_t packet_identifier) noexcept {
  const bool twice = &into == &qos_2_;
  if (twice && held_identifiers_.insert(packet_identifier) == nanolib::identifier_set::inserted::no_memory) return 0;
  if (!into.waiting.push_back({.receipt = last_receipt_ + 1, .packet_identifier = packet_identifier})) {
    if (twice) held_identifiers_.erase(packet_identifier);
    return 0;
  }
  ++undecided_;
  return ++last_receipt_;
}

bool client_session::hold_again(std::uint16_t packet_identifier) noexcept {
  const auto carried = std::ranges::find(carried_, packet_identifier, &held::packet_identifier);
  if (carried == carried_.end()) return true;
  if (!qos_2_.waiting.push_back(held(*carried))) return false;
  carried_.erase(carried);
  return true;
}

void client_session::end_connection() noexcept {
  for (; !qos_1_.waiting.empty(); qos_1_.waiting.pop_front()) {
    if (!qos_1_.waiting.front().decided) --undecided_;
  }
  while (!qos_2_.waiting.empty()) {
    held& open = qos_2_.waiting.front();
    try {
      carried_.push_back(open);
    } catch (...) {
      // Its receipt is of no use any more. When it comes again it is taken for acknowledged, which is what becomes of
      // most messages: the other way it would never be released.
      if (!open.decided) --undecided_;
      held_identifiers_.erase(open.packet_identifier);
    }
    qos_2_.waiting.pop_front();
  }
  lost_ = 0;
  lost_at_ = requests_.first();
  for (std::uint16_t at = requests_.first(); at != 0;) {
    request_window::entry& request = *requests_.find(at);
    if (is_subscribing(request.what)) {
      request.at = request_window::stage::unsent;
      ++lost_;
    }
    at = request.behind;
  }
}

void client_session::forget_received() noexcept {
  unreleased_.clear();
  held_identifiers_.clear();
  carried_.clear();
  undecided_ = 0;
}

bool client_session::take_lost_request(request_token& into) noexcept {
  while (lost_ > 0) {
    const request_window::entry* request = requests_.find(lost_at_);
    if (request == nullptr) {  // it was answered meanwhile: from the front once more
      lost_at_ = requests_.first();
      continue;
    }
    lost_at_ = request->behind;
    if (!is_subscribing(request->what) || request->at != request_window::stage::unsent) continue;
    --lost_;
    into = request->token;
    requests_.erase(request->packet_identifier);
    return true;
  }
  return false;
}

bool client_session::take_any(request_token& into) noexcept {
  lost_ = 0;
  while (requests_.first() != 0) {
    const request_window::entry request = *requests_.find(requests_.first());
    requests_.erase(request.packet_identifier);
    if (request.abandoned) continue;
    into = request.token;
    return true;
  }
  return false;
}

bool client_session::has_half_delivered() noexcept {
  if (unreleased_.size() != 0) return true;
  for (std::uint16_t at = requests_.first(); at != 0;) {
    const request_window::entry& request = *requests_.find(at);
    const bool may_be_known = request.dup || request.at != request_window::stage::unsent;
    if (request.what == request_window::kind::publish_twice && may_be_known) return true;
    at = request.behind;
  }
  return false;
}

void client_session::trim() noexcept {
  requests_.trim();
  unreleased_.trim();
  held_identifiers_.trim();
  qos_1_.waiting.trim();
  qos_2_.waiting.trim();
  if (carried_.empty()) carried_ = {};
}

}  // namespace nanonng::mqtt
