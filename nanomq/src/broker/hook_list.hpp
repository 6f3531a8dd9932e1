// The hooks of a broker as its shards see them: who wants to hear of what.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanomq/broker/hooks.hpp"

namespace nanomq::broker {

/// Immutable once made. Thread: any.
class hook_list {
 public:
  hook_list() = default;
  /// Asks each what it wants. Errors: config (a topic filter that is none, with `why`); throws std::bad_alloc.
  [[nodiscard]] static nanolib::result<std::shared_ptr<const hook_list>> create(const hook_set& all, std::string& why);

  /// Events that at least one of them wants.
  [[nodiscard]] hook_events wanted() const noexcept { return wanted_; }
  [[nodiscard]] std::vector<hook::figure> figures() const;

  /// For events without a topic.
  template <class Event>
  void tell(hook_event which, void (hook::*how)(const Event&) noexcept, const Event& what) const noexcept {
    for (const listener& one : listeners_) {
      if ((one.events & events_of(which)) != 0) ((*one.to).*how)(what);
    }
  }
  /// For those about a message.
  template <class Event>
  void tell_topic(hook_event which, void (hook::*how)(const Event&) noexcept, const Event& what) const noexcept {
    for (const listener& one : listeners_) {
      if ((one.events & events_of(which)) != 0 && one.wants(which, what.what.topic)) ((*one.to).*how)(what);
    }
  }

 private:
  struct listener {
    std::shared_ptr<hook> to;
    hook_events events = 0;
    std::vector<hook_interest> interests;
    [[nodiscard]] bool wants(hook_event which, std::string_view topic) const noexcept;
  };

  std::vector<listener> listeners_;
  hook_events wanted_ = 0;
};

}  // namespace nanomq::broker
