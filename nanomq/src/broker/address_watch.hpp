// Who comes too often: connections and wrong passwords by address, clients that come and go all the time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "broker/recent_table.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanolib/base/time.hpp"
#include "nanolib/base/token_bucket.hpp"
#include "nanomq/broker/traffic_limits.hpp"

namespace nanomq::broker {

/// An address as rates see it: an IPv6 one stands for its /64, which is what one customer of a provider has. None for a
/// Unix socket, whose clients are not told apart and not limited.
[[nodiscard]] std::optional<std::uint64_t> address_key(std::string_view address) noexcept;

/// What is off is not looked at, and has no table. Thread: thread-safe (one lock, once per connection or login; a leaf).
/// Shape: tables of 16384 entries, 0.5 MB each, made when they are needed.
class address_watch {
 public:
  explicit address_watch(const traffic_limits& from);
  /// Other limits. What is remembered stays where it has a meaning. Errors: throws std::bad_alloc.
  void set(const traffic_limits& to);

  /// A connection has come. False: too soon after others from there.
  [[nodiscard]] bool may_connect(std::string_view address, nanolib::instant now) noexcept;
  /// Whether passwords from there are not looked at for now.
  [[nodiscard]] bool must_back_off(std::string_view address, nanolib::instant now) noexcept;
  void note_failed_login(std::string_view address, nanolib::instant now) noexcept;
  /// A client has gone. For how long it is to stay away when it does that too often; none: it does not.
  [[nodiscard]] std::optional<nanolib::duration> note_end(std::string_view client_id, std::string_view address,
                                                          nanolib::instant now) noexcept;
  /// Whether a log line about this source is still within what may be said of one.
  [[nodiscard]] bool may_tell(std::string_view source, nanolib::instant now) noexcept;

 private:
  struct ends {
    nanolib::instant since{};
    std::uint32_t count = 0;
  };
  using buckets = recent_table<nanolib::token_bucket>;

  std::atomic<bool> paces_connections_{false};
  std::atomic<bool> paces_logins_{false};
  std::atomic<bool> watches_ends_{false};
  nanolib::mutex mutex_;
  nanolib::bucket_shape connections_ NANOLIB_GUARDED_BY(mutex_);
  nanolib::bucket_shape logins_ NANOLIB_GUARDED_BY(mutex_);
  flapping_options flapping_ NANOLIB_GUARDED_BY(mutex_);
  std::unique_ptr<buckets> arrived_ NANOLIB_GUARDED_BY(mutex_);
  std::unique_ptr<buckets> failed_ NANOLIB_GUARDED_BY(mutex_);
  std::unique_ptr<recent_table<ends>> ended_ NANOLIB_GUARDED_BY(mutex_);
  buckets told_ NANOLIB_GUARDED_BY(mutex_);
};

}  // namespace nanomq::broker
