#include "change_backlog.hpp"

#include <new>

namespace nanolib {

struct change_backlog::namer {
  using kind = thing::kind;

  thing operator()(const put_row& one) const {
    return {one.row->content().session, kind::row, one.row->content().sequence, {}};
  }
  thing operator()(const remove_row& one) const { return {one.session, kind::row, one.sequence, {}}; }
  thing operator()(const update_row& one) const { return {one.session, kind::row, one.sequence, {}}; }
  thing operator()(const put_unreleased& one) const {
    return {one.session, kind::unreleased, one.packet_identifier, {}};
  }
  thing operator()(const remove_unreleased& one) const {
    return {one.session, kind::unreleased, one.packet_identifier, {}};
  }
  thing operator()(const change_retained& one) const { return {0, kind::retained, 0, std::string(one.what->topic())}; }
  thing operator()(const put_session& one) const { return {one.key, kind::session, 0, {}}; }
  thing operator()(const remove_session& one) const { return {one.key, kind::session, 0, {}}; }
  thing operator()(const put_subscription& one) const { return {one.session, kind::subscription, 0, one.filter}; }
  thing operator()(const remove_subscription& one) const { return {one.session, kind::subscription, 0, one.filter}; }
  thing operator()(const put_will& one) const { return {one.session, kind::will, 0, {}}; }
  thing operator()(const remove_will& one) const { return {one.session, kind::will, 0, {}}; }
};

namespace {

bool is_removal(const store_change& one) noexcept {
  return std::holds_alternative<remove_row>(one) || std::holds_alternative<remove_session>(one) ||
         std::holds_alternative<remove_unreleased>(one) || std::holds_alternative<remove_subscription>(one) ||
         std::holds_alternative<remove_will>(one);
}

}  // namespace

void change_backlog::add(store_change&& change) {
  thing about = std::visit(namer{}, change);
  if (std::holds_alternative<remove_session>(change)) {
    newest_.erase(newest_.lower_bound(thing{about.session, {}, 0, {}}),
                  newest_.lower_bound(thing{about.session + 1, {}, 0, {}}));
  }
  newest_.insert_or_assign(std::move(about), std::move(change));
}

store_batch change_backlog::removals(std::size_t most) const {
  store_batch some;
  for (auto at = newest_.begin(); at != newest_.end() && some.changes().size() < most; ++at) {
    if (is_removal(at->second) && !some.add(at->second)) throw std::bad_alloc();
  }
  return some;
}

void change_backlog::drop_removals(std::size_t most) noexcept {
  for (auto at = newest_.begin(); at != newest_.end() && most > 0;) {
    if (!is_removal(at->second)) {
      ++at;
      continue;
    }
    at = newest_.erase(at);
    --most;
  }
}

store_batch change_backlog::to_batch() const {
  store_batch all;
  for (const auto& [about, change] : newest_) {
    if (!all.add(change)) throw std::bad_alloc();
  }
  return all;
}

}  // namespace nanolib
