#include "nanomq/bridge/echo_filter.hpp"

#include "nanolib/base/hash.hpp"

namespace nanomq::bridge {

std::uint64_t echo_filter::print_of(std::string_view topic, nanolib::bytes payload) noexcept {
  return nanolib::hash_text(nanolib::as_text(payload), nanolib::hash_text(topic, nanolib::hash_seed()));
}

std::uint64_t echo_filter::note(std::string_view topic, nanolib::bytes payload, nanolib::instant now) {
  expire(now);
  const auto print = print_of(topic, payload);
  order_.push_back({print, now + age_});
  ++prints_[print].waiting;
  ++known_;
  return print;
}

bool echo_filter::take(std::string_view topic, nanolib::bytes payload, nanolib::instant now) {
  return take(print_of(topic, payload), now);
}

bool echo_filter::take(std::uint64_t print, nanolib::instant now) noexcept {
  expire(now);
  const auto found = prints_.find(print);
  if (found == prints_.end() || found->second.waiting == 0) return false;
  --found->second.waiting;
  ++found->second.taken;
  --known_;
  return true;
}

// The oldest entry of this print is at the front: if one was taken, that one.
void echo_filter::forget(std::uint64_t print) noexcept {
  const auto found = prints_.find(print);
  if (found->second.taken != 0) {
    --found->second.taken;
  } else {
    --found->second.waiting;
    --known_;
  }
  if (found->second.taken == 0 && found->second.waiting == 0) prints_.erase(found);
}

void echo_filter::expire(nanolib::instant now) noexcept {
  while (!order_.empty() && (order_.front().until <= now || order_.size() >= most_)) {
    forget(order_.front().print);
    order_.pop_front();
  }
}

}  // namespace nanomq::bridge
