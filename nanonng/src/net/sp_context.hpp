// Owns one nng_ctx and the aio for what is under way in it.
#pragma once

#include <nng/nng.h>

#include "sp_aio.hpp"
#include "sp_mailbox.hpp"

namespace nanonng::net {

/// One thing at a time: a message out, or one in. The end of either is an event of the mailbox with the context's number:
/// `received` with a message, `finished` otherwise. Thread: the loop's.
class sp_context {
 public:
  sp_context(nng_socket of, sp_mailbox& to, std::uint32_t number) noexcept : socket_(of), to_(to), number_(number) {}
  sp_context(const sp_context&) = delete;
  sp_context& operator=(const sp_context&) = delete;
  ~sp_context() {
    aio_.stop();
    // What was not taken, or came too late.
    if (aio_.get() != nullptr) sp_message(nng_aio_get_msg(aio_.get()));
    nng_ctx_close(context_);
  }

  /// Errors: nng's.
  [[nodiscard]] int open() noexcept {
    if (const int code = nng_ctx_open(&context_, socket_); code != 0) return code;
    return aio_.open(on_done, this) ? 0 : NNG_ENOMEM;
  }
  /// Lets go of what is asked, and begins anew. Nothing is under way. Errors: nng's.
  [[nodiscard]] int reopen() noexcept {
    nng_ctx_close(context_);
    return nng_ctx_open(&context_, socket_);
  }

  void send(sp_message&& what, nng_duration limit = NNG_DURATION_INFINITE) noexcept {
    sends_ = true;
    nng_aio_set_timeout(aio_.get(), limit);
    nng_aio_set_msg(aio_.get(), what.release());
    nng_ctx_send(context_, aio_.get());
  }
  void receive(nng_duration limit = NNG_DURATION_INFINITE) noexcept {
    sends_ = false;
    nng_aio_set_timeout(aio_.get(), limit);
    nng_ctx_recv(context_, aio_.get());
  }
  [[nodiscard]] nng_ctx handle() const noexcept { return context_; }

 private:
  // On a thread of nng's. Between this and the event nobody touches the aio.
  static void on_done(void* self) noexcept {
    auto& of = *static_cast<sp_context*>(self);
    const int code = nng_aio_result(of.aio_.get());
    sp_event said{.what = sp_event::kind::finished, .slot = of.number_, .error = code};
    // A message that could not be sent is gone, as one that came is handed on.
    if (code != 0 || !of.sends_) {
      said.message = sp_message(code == 0 || of.sends_ ? nng_aio_get_msg(of.aio_.get()) : nullptr);
      nng_aio_set_msg(of.aio_.get(), nullptr);
      if (code == 0) said.what = sp_event::kind::received;
    }
    (void)of.to_.put(std::move(said));
  }

  nng_socket socket_;
  sp_mailbox& to_;
  std::uint32_t number_;
  nng_ctx context_ = NNG_CTX_INITIALIZER;
  sp_aio aio_;
  bool sends_ = false;  // what is under way
};

}  // namespace nanonng::net
