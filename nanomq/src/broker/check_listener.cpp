#include "nanomq/broker/check_listener.hpp"

#include <memory>

#include "broker/listener_profile.hpp"

namespace nanomq::broker {

nanolib::result<void> check_listener(const listener_options& what, const limits& bounds, std::string& why) {
  const auto profile = make_profile(what, bounds, std::make_shared<listener_counts>(), why);
  if (!profile) return std::unexpected(profile.error());
  return {};
}

}  // namespace nanomq::broker
