// Results in words and in JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crash_run.hpp"

namespace nanomq::crash {

/// Collects members of one JSON object, in order. Text is escaped.
class json_object {
 public:
  json_object& text(std::string_view name, std::string_view value);
  json_object& number(std::string_view name, double value);
  json_object& count(std::string_view name, std::uint64_t value);
  json_object& flag(std::string_view name, bool value);
  /// `value` is JSON already.
  json_object& raw(std::string_view name, std::string_view value);
  [[nodiscard]] std::string str() const { return '{' + members_ + '}'; }

 private:
  std::string members_;
};

/// `[a,b]` of what is JSON already.
[[nodiscard]] std::string json_array(const std::vector<std::string>& elements);
[[nodiscard]] std::string json_text(std::string_view value);

/// Some lines that say it all.
[[nodiscard]] std::string in_words(const crash_result& result);
[[nodiscard]] std::string in_json(const crash_result& result, const crash_settings& settings);

/// "12.3 ms".
[[nodiscard]] std::string in_milliseconds(std::chrono::nanoseconds value);

}  // namespace nanomq::crash
