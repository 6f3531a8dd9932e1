// Knocks where an nng listener should be.
//
// What it says is not SP: a listener that lives counts a failed connection. An SP peer that nng's other rules would turn away
// would do as well, but a listener of nng 1.5.2 that is closed while a whole SP greeting waits in it is never freed, and its
// descriptors with it. What is no greeting is let go.
#pragma once

#include <nng/nng.h>

#include <atomic>
#include <memory>
#include <string>

#include "sp_aio.hpp"

namespace nanonng::net {

/// Owns: one connection. Thread: the loop's. The destructor waits for nng's callback, never for a peer.
class sp_probe {
 public:
  /// Null: memory is short, or nothing can be dialled there. `url` is what the listener was given, with its port.
  [[nodiscard]] static std::unique_ptr<sp_probe> begin(nng_listener at, const std::string& url) noexcept;
  sp_probe(const sp_probe&) = delete;
  sp_probe& operator=(const sp_probe&) = delete;
  ~sp_probe();

  /// It has been there, and said what there is to say.
  [[nodiscard]] bool has_knocked() const noexcept { return has_knocked_.load(std::memory_order_acquire); }

 private:
  sp_probe() noexcept = default;
  static void on_done(void* self) noexcept;

  nng_stream_dialer* dialer_ = nullptr;
  nng_stream* stream_ = nullptr;  // of nng's thread until the aio has stopped
  std::atomic<bool> has_knocked_{false};
  sp_aio aio_;
};

}  // namespace nanonng::net
