// The surveys of one program, one after the other, each in a context of its own.
//
// The socket itself has a context too, but a survey that is sent there at the moment in which the one before it is over stops
// nng 1.5.2 for good: it holds the socket's lock while it waits for the timer, whose function waits for the lock. Closing a
// context waits for its timer without the lock.
#pragma once

#include <nng/nng.h>

#include <optional>
#include <utility>

#include "nanonng/net/sp_message.hpp"

namespace nanomq::tools {

/// Owns: the context and what is under way in it. Thread: externally synchronised. Errors: nng's codes.
class survey_context {
 public:
  survey_context() noexcept = default;
  survey_context(const survey_context&) = delete;
  survey_context& operator=(const survey_context&) = delete;
  ~survey_context() {
    close();
    if (aio_ != nullptr) nng_aio_free(aio_);
  }

  /// Lets go of the survey before and begins one. The message is gone afterwards.
  [[nodiscard]] int send(nng_socket through, nanonng::net::sp_message&& question) noexcept {
    nanonng::net::sp_message owned(std::move(question));
    close();
    if (aio_ == nullptr) {
      if (const int code = nng_aio_alloc(&aio_, nullptr, nullptr); code != 0) return code;
    }
    if (const int code = nng_ctx_open(&context_, through); code != 0) return code;
    is_open_ = true;
    nng_aio_set_timeout(aio_, NNG_DURATION_DEFAULT);
    nng_aio_set_msg(aio_, owned.release());
    nng_ctx_send(context_, aio_);
    const int code = wait();
    if (code != 0) owned = nanonng::net::sp_message(nng_aio_get_msg(aio_));  // nng takes it only when that succeeds
    nng_aio_set_msg(aio_, nullptr);
    return code;
  }

  /// An answer; waits at most so long, or as long as the socket was told to.
  [[nodiscard]] int receive(nanonng::net::sp_message& into, std::optional<nng_duration> longest) noexcept {
    if (!is_open_) return NNG_ESTATE;
    nng_aio_set_timeout(aio_, longest.value_or(NNG_DURATION_DEFAULT));
    nng_ctx_recv(context_, aio_);
    const int code = wait();
    if (code != 0) return code;
    into = nanonng::net::sp_message(nng_aio_get_msg(aio_));
    nng_aio_set_msg(aio_, nullptr);
    return 0;
  }

 private:
  int wait() noexcept {
    nng_aio_wait(aio_);
    return nng_aio_result(aio_);
  }
  void close() noexcept {
    if (is_open_) nng_ctx_close(context_);
    is_open_ = false;
  }

  nng_ctx context_ = NNG_CTX_INITIALIZER;
  nng_aio* aio_ = nullptr;
  bool is_open_ = false;
};

}  // namespace nanomq::tools
