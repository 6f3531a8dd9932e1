// Owns one nng_aio.
#pragma once

#include <nng/nng.h>

namespace nanonng::net {

/// Thread: like nng's. Its end aborts the operation and waits for the callback, which therefore may take no lock that is
/// held around that end.
class sp_aio {
 public:
  sp_aio() noexcept = default;
  sp_aio(const sp_aio&) = delete;
  sp_aio& operator=(const sp_aio&) = delete;
  ~sp_aio() { close(); }

  /// Without a callback it is for operations that are waited for. Errors: false, memory is short.
  [[nodiscard]] bool open(void (*done)(void*), void* argument) noexcept {
    return nng_aio_alloc(&aio_, done, argument) == 0;
  }
  void stop() noexcept {
    if (aio_ != nullptr) nng_aio_stop(aio_);
  }
  void close() noexcept {
    if (aio_ == nullptr) return;
    nng_aio_stop(aio_);
    nng_aio_free(aio_);
    aio_ = nullptr;
  }
  [[nodiscard]] nng_aio* get() const noexcept { return aio_; }

 private:
  nng_aio* aio_ = nullptr;
};

}  // namespace nanonng::net
