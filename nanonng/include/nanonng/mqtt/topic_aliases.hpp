// Topic aliases of one connection, in both directions. Spec: MQTT 5.0 §3.3.2.3.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nanonng::mqtt {

/// What the peer's aliases stand for. Thread: externally synchronised. Shape: empty until the first alias.
class received_aliases {
 public:
  /// Remembers or replaces. False when memory is short.
  [[nodiscard]] bool set(std::uint16_t alias, std::string_view topic) noexcept;
  /// The topic, empty when the alias was never set. Valid until it is set again.
  [[nodiscard]] std::string_view find(std::uint16_t alias) const noexcept;

 private:
  std::vector<std::string> topics_;
};

/// The aliases that we give to topics we send. Thread: externally synchronised.
class sent_aliases {
 public:
  struct use {
    std::uint16_t alias = 0;  ///< 0: send the topic alone
    bool known = false;       ///< the receiver knows it: the topic can be left out
  };

  explicit sent_aliases(std::uint16_t maximum) noexcept : maximum_(maximum) {}
  /// The alias for a topic; new topics get one as long as there are any, then the one used least recently makes room
  /// once it has not been used for a while. `hash` identifies the topic together with its text.
  [[nodiscard]] use assign(std::string_view topic, std::uint64_t hash) noexcept;

 private:
  struct entry {
    std::uint64_t hash;
    std::uint64_t used;
    std::string topic;
  };
  std::vector<entry> entries_;
  std::uint64_t clock_ = 0;
  std::uint16_t maximum_;
};

}  // namespace nanonng::mqtt
