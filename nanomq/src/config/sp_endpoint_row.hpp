// The table of what an SP endpoint and its rules can be told.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "nanomq/config/sp_endpoint_option.hpp"
#include "nanomq/config/value.hpp"

namespace nanomq::config {

/// One row. Thread: immutable.
struct sp_endpoint_row {
  std::string_view key;
  value_type type;
  value_range range;
  std::string_view help;
  value (*get)(const sp_endpoint_setting& from);
  void (*set)(sp_endpoint_setting& into, const value& what);
};

/// A forward or a subscription: both have the same keys, seen from either side.
struct sp_rule {
  std::string local_topic{};
  std::string remote_topic{};
  std::string delimiter = "/";
  std::string frame{};  ///< empty: as its protocol has it
  std::uint8_t qos = 0;
  bool retain = false;
};

struct sp_rule_row {
  std::string_view key;
  value_type type;
  value_range range;
  bool in_forwards;
  std::string_view help;
  value (*get)(const sp_rule& from);
  void (*set)(sp_rule& into, const value& what);
};

[[nodiscard]] std::span<const sp_endpoint_row> sp_endpoint_rows() noexcept;
[[nodiscard]] std::span<const sp_rule_row> sp_rule_rows() noexcept;

}  // namespace nanomq::config
