// What a person sees when the broker has started: five lines, and one more when something was wrong with the store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nanomq/access/access_settings.hpp"
#include "nanomq/broker/listener.hpp"

namespace nanomq::program {

struct banner_facts {
  std::vector<nanomq::broker::listening> listeners;
  std::uint32_t shards = 0;
  bool admits_anybody = false;  ///< from other machines, without authentication
  bool authenticates = false;   ///< users are checked
  bool has_rules = false;
  std::string keeps = {};                            ///< what survives, and where; empty: nothing does
  std::string trouble = {};                          ///< what somebody should know about the store; empty: nothing
  std::string users = "users with their passwords";  ///< with `authenticates`: who passes
  /// How many of the listeners admit nobody without a certificate or a pre-shared key.
  enum class proof : std::uint8_t { none, some, all } demands = proof::none;
  std::vector<std::string> endpoints = {};  ///< of SP, a line each
  std::string reachable_sp = {};            ///< the URL of one that other machines can reach; empty: there is none
};

/// What `users` says.
[[nodiscard]] std::string users_of(const nanomq::access::access_settings& from);
/// What `demands` says of those that are enabled.
[[nodiscard]] banner_facts::proof demands_of(const std::vector<nanomq::broker::listener_options>& listeners);

/// Version; where it listens; who may connect; what is kept across a restart; how to try it.
[[nodiscard]] std::string banner(const banner_facts& facts);

}  // namespace nanomq::program
