// An SP message: owns one nng_msg.
#pragma once

#include <nng/nng.h>

#include <utility>

#include "nanolib/base/bytes.hpp"

namespace nanonng::net {

/// What came out of an SP socket or is to go into one. What came is looked at where nng has put it, without a copy.
/// Owns: the nng_msg. Shape: one word. Thread: like any value.
class sp_message {
 public:
  /// No message.
  sp_message() noexcept = default;
  explicit sp_message(nng_msg* owned) noexcept : message_(owned) {}
  sp_message(sp_message&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
  sp_message& operator=(sp_message&& other) noexcept {
    std::swap(message_, other.message_);
    return *this;
  }
  ~sp_message() {
    if (message_ != nullptr) nng_msg_free(message_);
  }

  /// A message of two pieces, one behind the other, which are copied. None when memory is short.
  [[nodiscard]] static sp_message create(nanolib::bytes head, nanolib::bytes rest) noexcept;

  [[nodiscard]] explicit operator bool() const noexcept { return message_ != nullptr; }
  /// Lives as long as the message.
  [[nodiscard]] nanolib::bytes body() const noexcept {
    if (message_ == nullptr) return {};
    return {static_cast<const std::byte*>(nng_msg_body(message_)), nng_msg_len(message_)};
  }
  /// Gives the nng_msg away.
  [[nodiscard]] nng_msg* release() noexcept { return std::exchange(message_, nullptr); }

 private:
  nng_msg* message_ = nullptr;
};

}  // namespace nanonng::net
