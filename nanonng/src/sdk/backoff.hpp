// When to try again.
#pragma once

#include <cstdint>
#include <random>

#include "nanolib/base/time.hpp"
#include "nanonng/sdk/client_options.hpp"

namespace nanonng::sdk {

/// Exponential back-off with full jitter: a random time between 0 and a bound that doubles with each failure. What many
/// clients lost at the same moment they make again spread over that time.
/// Thread: externally synchronised.
class backoff {
 public:
  explicit backoff(const reconnect_options& options);

  /// How long to wait before the next round of attempts.
  [[nodiscard]] nanolib::duration next() noexcept;
  /// A connection stands since `now`.
  void connected(nanolib::instant now) noexcept { since_ = now; }
  /// It is gone. A connection that has held for reconnect_options::calm makes up for the failures before it.
  void lost(nanolib::instant now) noexcept;

 private:
  nanolib::duration minimum_;
  nanolib::duration maximum_;
  nanolib::duration calm_;
  nanolib::duration bound_;
  nanolib::instant since_{};
  std::minstd_rand random_;
};

}  // namespace nanonng::sdk
