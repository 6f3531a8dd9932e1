// A shared subscription ($share/<group>/<filter>): of its members each message goes to one.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "nanolib/base/intrusive_ptr.hpp"
#include "nanolib/base/quiescence.hpp"
#include "nanolib/subscription/member_list.hpp"
#include "nanolib/subscription/subscription.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanolib {

/// The members of one shared subscription. Counted, because caches keep it across turns; its members are read between
/// two quiet points only. One that has lost its last member stays empty: the next member founds another.
/// Thread: thread-safe.
class shared_group {
 public:
  shared_group(const shared_group&) = delete;
  shared_group& operator=(const shared_group&) = delete;

  /// The next member for which `usable(subscriber_id)` holds, in turn over all members and calls; nobody's id when there
  /// is none. Between two quiet points only. Shape: O(1) when most members are usable, O(members) at worst.
  /// Spec: MQTT 5.0 §4.8.2 (one copy for the group, whoever the server chooses).
  template <class Usable>
  [[nodiscard]] subscription_match pick(Usable&& usable) const {
    const member_list::view members(members_);
    const std::uint32_t size = members.size();
    std::uint32_t position = turn_.fetch_add(1, std::memory_order_relaxed) % size;
    for (std::uint32_t skipped = 0; skipped < size; ++skipped) {
      const subscription_match member = members.at(position);
      if (member.who != nobody && usable(member.who)) {
        // Whoever comes next starts behind this one, not among those that were passed over.
        if (skipped != 0) turn_.fetch_add(skipped, std::memory_order_relaxed);
        return member;
      }
      if (++position == size) position = 0;
    }
    return {};
  }

  /// The group's name, and the filter without `$share/<name>/`. For diagnostics.
  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] std::string_view filter() const noexcept { return filter_; }

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  friend class subscription_tree;

  explicit shared_group(const topic_filter& filter) : name_(filter.share_group), filter_(filter.filter) {}
  ~shared_group() = default;

  member_list members_;
  mutable std::atomic<std::uint32_t> turn_{0};
  mutable std::atomic<std::uint32_t> count_{1};
  std::string name_;
  std::string filter_;
};

using shared_group_ptr = intrusive_ptr<const shared_group>;

}  // namespace nanolib
