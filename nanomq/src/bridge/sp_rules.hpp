// The rules of one endpoint: which messages go which way, and what they are there.
#pragma once

#include <array>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/counter.hpp"
#include "nanomq/bridge/sp_endpoint_options.hpp"
#include "nanomq/bridge/sp_mapping.hpp"

namespace nanomq::bridge {

/// Thread: immutable, but the counters, which the shard writes.
class sp_rules {
 public:
  struct forward {
    std::string filter;
    std::string plain;  ///< without $share/group/
    nanolib::quality_of_service qos;
    sp_mapping mapping;
  };
  struct subscription {
    std::string prefix;
    nanolib::quality_of_service qos;
    bool retain;
    sp_mapping mapping;
  };

  /// Errors: what is wrong, one line.
  [[nodiscard]] static std::expected<sp_rules, std::string> create(const sp_endpoint_options& options);

  [[nodiscard]] const std::vector<forward>& forwards() const noexcept { return forwards_; }
  [[nodiscard]] const std::vector<subscription>& subscriptions() const noexcept { return subscriptions_; }
  /// The first shared filter of a forward whose messages may be those of a subscription, which go back to SP then; or empty.
  [[nodiscard]] std::string_view echo() const;
  /// What a sub0 subscribes to.
  [[nodiscard]] std::vector<std::string> sp_prefixes() const;

 private:
  [[nodiscard]] std::string add(const sp_forward& one, const sp_endpoint_options& options);
  [[nodiscard]] std::string add(const sp_subscription& one, const sp_endpoint_options& options);

  std::vector<forward> forwards_;
  std::vector<subscription> subscriptions_;
};

}  // namespace nanomq::bridge
