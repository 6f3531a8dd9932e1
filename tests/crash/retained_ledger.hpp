// What a retained topic may hold: what the last acknowledged publish left there, or a later one that is under way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faults.hpp"

namespace nanomq::crash {

/// The number of a message; nothing: no retained message.
using retained_value = std::optional<std::uint32_t>;

/// Thread: one.
class retained_ledger {
 public:
  explicit retained_ledger(fault_log& faults) : faults_(faults) {}

  using topic_id = std::uint32_t;
  [[nodiscard]] topic_id add_topic(std::string name);

  /// Message `number` was sent: it sets a value, or deletes it. Numbers rise.
  void sent(topic_id topic, std::uint32_t number, bool deletes);
  void acknowledged(topic_id topic, std::uint32_t number);
  /// What a subscriber finds there. Counts a fault when it can't be, and from then on takes it for what is there.
  void found(topic_id topic, retained_value value);
  /// Whether found() would be content.
  [[nodiscard]] bool possible(topic_id topic, retained_value value) const;
  [[nodiscard]] std::size_t topics() const noexcept { return topics_.size(); }

 private:
  struct change {
    std::uint32_t number = 0;
    bool deletes = false;
    [[nodiscard]] retained_value value() const noexcept { return deletes ? retained_value{} : retained_value{number}; }
  };
  struct topic {
    std::string name;
    retained_value settled;         // by the last acknowledged change
    std::vector<change> under_way;  // after it
  };

  void report(const topic& where, retained_value value);

  fault_log& faults_;
  std::vector<topic> topics_;
};

}  // namespace nanomq::crash
