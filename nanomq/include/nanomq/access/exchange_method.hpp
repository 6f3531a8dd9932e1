// A way to find out in a conversation who a client is: what a method of MQTT's enhanced authentication is here.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "nanomq/access/password_file.hpp"
#include "nanomq/broker/exchange.hpp"

namespace nanomq::access {

/// Thread: thread-safe; immutable.
class exchange_method {
 public:
  exchange_method() = default;
  exchange_method(const exchange_method&) = delete;
  exchange_method& operator=(const exchange_method&) = delete;
  virtual ~exchange_method() = default;

  /// As it stands in CONNECT, letter for letter.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  /// What it begins may outlive it. Errors: throws std::bad_alloc.
  [[nodiscard]] virtual std::unique_ptr<broker::exchange> begin() const = 0;
};

/// Appends what nobody can guess, in printable letters without a comma. False: there is none.
using nonce_source = bool (*)(std::string& into);
[[nodiscard]] bool append_system_nonce(std::string& into);

/// SCRAM-SHA-256 for those users whose entries have the keys for it. Null: none has, or the build cannot.
/// Errors: throws std::bad_alloc. Spec: RFC 5802, RFC 7677.
[[nodiscard]] std::unique_ptr<const exchange_method> make_scram_method(
    const std::shared_ptr<const password_file>& users, nonce_source nonces = append_system_nonce);

}  // namespace nanomq::access
