// MQTT 5 properties as they are written on a command line: `-D PACKET NAME VALUE`, `-D PACKET user-property NAME VALUE`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanonng/mqtt/properties.hpp"

namespace nanomq::tools {

/// One property for one packet. Only the members of its type are set.
struct property_argument {
  nanonng::mqtt::property_place place{};
  nanonng::mqtt::property_id id{};
  std::uint32_t number = 0;
  std::string text;   ///< of text, binary, and of a pair's name
  std::string value;  ///< of a pair
};

/// All that were given, in their order. Thread: externally synchronised.
class property_arguments {
 public:
  /// Reads the words behind -D and appends what they say. The answer: how many words it took; 0 when `why` says what is wrong.
  [[nodiscard]] std::size_t read(std::span<const std::string_view> words, std::string& why);
  /// For options that stand for one property.
  void add(property_argument what) { list_.push_back(std::move(what)); }

  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
  [[nodiscard]] const std::vector<property_argument>& all() const noexcept { return list_; }
  /// The last one of that kind, or null.
  [[nodiscard]] const property_argument* find(nanonng::mqtt::property_place place,
                                              nanonng::mqtt::property_id id) const noexcept;
  /// Which property is given twice although it may stand once, in words; empty: none.
  [[nodiscard]] std::string check() const;

 private:
  std::vector<property_argument> list_;
};

/// "payload-format-indicator" and so on: a property's name on command lines and in JSON.
[[nodiscard]] std::string property_name(const nanonng::mqtt::property_rule& rule);

}  // namespace nanomq::tools
