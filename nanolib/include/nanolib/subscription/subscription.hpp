// One subscription as the stores of this floor see it.
#pragma once

#include <cstdint>

#include "nanolib/message/message.hpp"

namespace nanolib {

/// What a subscriber asked for beside the filter. Retain handling acts at SUBSCRIBE only and is not kept.
/// Spec: MQTT 5.0 §3.8.3.1.
struct subscription_options {
  quality_of_service qos = quality_of_service::at_most_once;
  bool no_local = false;
  bool retain_as_published = false;
  std::uint32_t identifier = 0;  ///< 0: none; at most 268 435 455

  friend bool operator==(const subscription_options&, const subscription_options&) = default;
};

/// One subscription that matched.
struct subscription_match {
  subscriber_id who = nobody;
  subscription_options options;

  friend bool operator==(const subscription_match&, const subscription_match&) = default;
};

}  // namespace nanolib
