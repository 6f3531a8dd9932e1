// Whom the messages of a subscription go to.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "nanolib/base/intrusive_ptr.hpp"
#include "nanonng/sdk/options.hpp"

namespace nanonng::sdk {

/// A handler, the pull queue, or the table of requests that wait for responses. Shared by the subscription and the messages
/// on their way to the callback thread. Owns: itself, by count. Thread: immutable but for `active`.
class recipient {
 public:
  enum class kind : std::uint8_t { handler, pull_queue, responses };

  explicit recipient(kind which) noexcept : what(which) {}
  explicit recipient(message_handler handler) : what(kind::handler), call(std::move(handler)) {}

  const kind what;
  const message_handler call;
  /// False once the subscription has ended: what is still on its way is not handed over any more.
  std::atomic<bool> active{true};

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  ~recipient() = default;
  mutable std::atomic<std::uint32_t> count_{1};
};
using recipient_ptr = nanolib::intrusive_ptr<recipient>;

template <class Argument>
[[nodiscard]] recipient_ptr make_recipient(Argument&& argument) {
  return recipient_ptr::adopt(new recipient(std::forward<Argument>(argument)));
}

}  // namespace nanonng::sdk
