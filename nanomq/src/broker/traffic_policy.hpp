// The rates that hold now, and what the clients of each user have taken of theirs.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "broker/listener_profile.hpp"
#include "broker/traffic_meter.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanomq/broker/traffic_limits.hpp"

namespace nanomq::broker {

/// A reload makes another. Thread: thread-safe (one lock, once per CONNECT of a user with a rate).
class traffic_policy {
 public:
  explicit traffic_policy(const traffic_limits& from);

  /// For a client that enters. Null: nothing is limited for it, or memory is short for the meter.
  [[nodiscard]] std::unique_ptr<traffic_meter> meter_for(const listener_profile& by, std::string_view user,
                                                         nanolib::instant now);
  /// Users that something is remembered of.
  [[nodiscard]] std::size_t users() noexcept;

 private:
  struct text_hash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept;
  };
  [[nodiscard]] std::shared_ptr<const rate_shapes> shapes_of(std::string_view user) const noexcept;
  [[nodiscard]] std::shared_ptr<rate_buckets> buckets_of(std::string_view user, nanolib::instant now);
  void forget_idle(nanolib::instant now) NANOLIB_REQUIRES(mutex_);

  message_rates rates_;  ///< of each client
  std::shared_ptr<const rate_shapes> client_;
  std::shared_ptr<const rate_shapes> user_;
  std::map<std::string, std::shared_ptr<const rate_shapes>, std::less<>> users_;
  nanolib::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<rate_buckets>, text_hash, std::equal_to<>> taken_
      NANOLIB_GUARDED_BY(mutex_);
  std::size_t look_again_at_ NANOLIB_GUARDED_BY(mutex_) = 1'024;  ///< how many there are when idle ones are forgotten
};

}  // namespace nanomq::broker
