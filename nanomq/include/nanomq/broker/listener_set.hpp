// The sockets and profiles of a broker's listeners: opened at the start, compared and exchanged at a reload.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanomq/broker/limits.hpp"
#include "nanomq/broker/listener.hpp"
#include "nanonng/net/listener.hpp"

namespace nanomq::broker {

struct listener_counts;
struct listener_profile;

/// A listener's socket, and what holds behind it.
struct open_listener {
  std::shared_ptr<nanonng::net::listening_socket> socket;
  std::shared_ptr<const listener_profile> by;
};
/// Where it is, with the port that was chosen.
[[nodiscard]] listening describe(const open_listener& one);
using open_listeners = std::vector<open_listener>;

/// Thread: externally synchronised.
class listener_set {
 public:
  /// Reads every file and opens every socket that `wanted` needs and that is not open already; nothing is given up yet.
  /// Errors: config, sys, with `why`: the set is as it was then.
  [[nodiscard]] nanolib::result<listener_set> changed_to(const std::vector<listener_options>& wanted,
                                                         const limits& bounds, std::string& why) const;
  /// A line for each place that this set has and `before` had not, or the other way round, and for each certificate that
  /// was read again.
  [[nodiscard]] std::vector<std::string> differences_from(const listener_set& before) const;

  /// Sets the options of sockets that were open before and are wanted with others. A line for each that keeps its own.
  [[nodiscard]] std::vector<std::string> take_over();

  [[nodiscard]] std::shared_ptr<const open_listeners> open() const;
  /// With the ports that were chosen.
  [[nodiscard]] std::vector<listening> places() const;

 private:
  struct place {
    nanonng::net::endpoint wanted;
    open_listener there;
  };
  [[nodiscard]] bool has(const open_listener& which) const noexcept;
  [[nodiscard]] const place* find(const nanonng::net::endpoint& wanted, const std::string& id,
                                  const listener_set& taken) const noexcept;
  [[nodiscard]] std::shared_ptr<listener_counts> counts_of(const std::string& id) const;
  [[nodiscard]] nanolib::result<void> add(const listener_set& before, const nanonng::net::endpoint& where,
                                          bool may_be_missing, const std::shared_ptr<const listener_profile>& by,
                                          std::string& why);

  std::vector<place> places_;
};

}  // namespace nanomq::broker
