// A message on its way to one subscriber: the shared message and what differs for this subscriber.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nanolib/message/message.hpp"
#include "nanolib/subscription/subscription_tree.hpp"

namespace nanolib {

/// The subscription identifiers that go with a delivery, shared by all deliveries of the same route.
class identifier_list {
 public:
  explicit identifier_list(std::vector<std::uint32_t> values) noexcept : values_(std::move(values)) {}
  [[nodiscard]] std::span<const std::uint32_t> values() const noexcept { return values_; }
  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  std::vector<std::uint32_t> values_;
  mutable std::atomic<std::uint32_t> count_{1};
};
using identifier_list_ptr = intrusive_ptr<const identifier_list>;

/// A list of one; null for 0 (no identifier) and when memory is short.
[[nodiscard]] identifier_list_ptr single_identifier(std::uint32_t identifier) noexcept;

/// Shape: 32 bytes on 64-bit machines.
struct delivery {
  message_ptr what;                 ///< null once the body is not needed any more
  identifier_list_ptr identifiers;  ///< null: none
  shared_group_ptr group;           ///< of a shared subscription, so that another member can take it over; else null
  quality_of_service qos = quality_of_service::at_most_once;
  bool retain = false;
};

}  // namespace nanolib
