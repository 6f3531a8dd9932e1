// With manual acknowledgement: what messages that were handed out have still to tell the server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "nanolib/base/intrusive_ptr.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanonng/sdk/message.hpp"

namespace nanonng::sdk::c {

/// By number, which the message's mark holds; no number is used twice in a process. Holds what is needed to answer, not the
/// message. Thread: thread-safe. Shape: at most `most` entries, then the oldest goes. That is twice as many as a server may
/// leave open, so what goes belongs to a session that is gone.
class receipts {
 public:
  static constexpr std::size_t most = 2 * 65'536;

  /// 0 when the message needs no answer. Errors: throws bad_alloc.
  [[nodiscard]] std::uint64_t add(const message& of);
  /// False for a number that means nothing here.
  [[nodiscard]] bool acknowledge(std::uint64_t number, mqtt::reason_code reason) noexcept;

 private:
  struct owed {
    nanolib::intrusive_ptr<detail::acknowledgement_sink> sink;
    mqtt::receipt_number receipt = 0;
  };
  nanolib::mutex mutex_;
  std::map<std::uint64_t, owed> open_ NANOLIB_GUARDED_BY(mutex_);
};

}  // namespace nanonng::sdk::c
