#include "retained_ledger.hpp"

#include <algorithm>
#include <utility>

namespace nanomq::crash {
namespace {

std::string described(retained_value value) { return value ? "number " + std::to_string(*value) : "nothing"; }

}  // namespace

retained_ledger::topic_id retained_ledger::add_topic(std::string name) {
  topics_.push_back({.name = std::move(name), .settled = std::nullopt, .under_way = {}});
  return static_cast<topic_id>(topics_.size() - 1);
}

void retained_ledger::sent(topic_id id, std::uint32_t number, bool deletes) {
  topics_[id].under_way.push_back({.number = number, .deletes = deletes});
}

void retained_ledger::acknowledged(topic_id id, std::uint32_t number) {
  topic& which = topics_[id];
  const auto found = std::ranges::find(which.under_way, number, &change::number);
  if (found == which.under_way.end()) return;
  which.settled = found->value();
  which.under_way.erase(which.under_way.begin(), found + 1);
}

bool retained_ledger::possible(topic_id id, retained_value value) const {
  const topic& which = topics_[id];
  if (which.settled == value) return true;
  return std::ranges::any_of(which.under_way, [&](const change& each) { return each.value() == value; });
}

void retained_ledger::found(topic_id id, retained_value value) {
  if (possible(id, value)) return;
  topic& which = topics_[id];
  report(which, value);
  which.settled = value;
}

void retained_ledger::report(const topic& where, retained_value value) {
  const std::string what = where.name + " holds " + described(value) + ", acknowledged was " + described(where.settled);
  const fault kind = !value          ? fault::missing_retained
                     : where.settled ? fault::wrong_retained
                                     : fault::undeleted_retained;
  faults_.add(kind, what);
}

}  // namespace nanomq::crash
