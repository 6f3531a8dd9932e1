// What a person sees when the broker has started: five lines, and one more when something was wrong with the store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nanomq/broker/listener.hpp"

namespace nanomq::program {

struct banner_facts {
  std::vector<nanomq::broker::listening> listeners;
  std::uint32_t shards = 0;
  bool admits_anybody = false;  ///< from other machines, without authentication
  bool authenticates = false;   ///< users are checked
  bool has_rules = false;
  std::string keeps = {};    ///< what survives, and where; empty: nothing does
  std::string trouble = {};  ///< what somebody should know about the store; empty: nothing
};

/// Version; where it listens; who may connect; what is kept across a restart; how to try it.
[[nodiscard]] std::string banner(const banner_facts& facts);

}  // namespace nanomq::program
