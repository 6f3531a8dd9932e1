#include "nanomq/tools/publish_schedule.hpp"

#include <algorithm>

namespace nanomq::tools {
namespace {

/// Of two that are due at once the one with the lower number comes first: runs repeat themselves.
bool is_later(const publish_schedule::entry& one, const publish_schedule::entry& other) noexcept {
  return one.due != other.due ? one.due > other.due : one.publisher > other.publisher;
}

}  // namespace

void publish_schedule::add(std::uint32_t publisher, moment due) {
  heap_.push_back({due, publisher});
  std::ranges::push_heap(heap_, is_later);
}

std::optional<publish_schedule::entry> publish_schedule::take_due(moment now) {
  if (heap_.empty() || heap_.front().due > now) return std::nullopt;
  std::ranges::pop_heap(heap_, is_later);
  const entry taken = heap_.back();
  heap_.pop_back();
  return taken;
}

std::optional<moment> publish_schedule::next_due() const noexcept {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due;
}

}  // namespace nanomq::tools
