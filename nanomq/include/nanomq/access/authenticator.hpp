// One way to find out who a client is. Several are asked in their order until one of them knows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "nanolib/base/time.hpp"
#include "nanomq/access/password_file.hpp"
#include "nanomq/access/token_settings.hpp"
#include "nanomq/broker/access.hpp"

namespace nanomq::access {

/// Thread: thread-safe; immutable.
class authenticator {
 public:
  enum class verdict : std::uint8_t {
    unknown,      ///< not its business: the next one is asked, and the end of the chain refuses
    admitted,     ///< it is who it says it is
    refused,      ///< it is not
    unavailable,  ///< it cannot be told now, so nobody enters
  };

  struct finding {
    finding(verdict what, std::int64_t end_s = 0) noexcept
        : says(what), ends_s(end_s) {}  // NOLINT(google-explicit-constructor)
    verdict says;
    std::int64_t ends_s;  ///< until when, in seconds since 1970; 0: as long as it likes
    bool is_superuser = false;
    std::string_view why{};                          ///< of a refusal, for the log; static
    std::shared_ptr<const broker::grant> brought{};  ///< rights; null: none
  };

  authenticator() = default;
  authenticator(const authenticator&) = delete;
  authenticator& operator=(const authenticator&) = delete;
  virtual ~authenticator() = default;

  /// For a client that gives a user name. On a worker's thread where takes_long(), else on a shard's.
  [[nodiscard]] virtual finding verify(const broker::principal& who, nanolib::bytes password) const noexcept = 0;
  [[nodiscard]] virtual bool takes_long() const noexcept = 0;
  /// Whether somebody else is asked, who answers later: ask() then takes the place of verify(), and is asked about clients
  /// without a user name, too.
  [[nodiscard]] virtual bool asks_others() const noexcept { return false; }
  using on_finding = std::move_only_function<void(finding) noexcept>;
  /// Does not wait. `then` is called once, on whatever thread, perhaps within the call.
  virtual void ask(const broker::principal& who, nanolib::bytes password, on_finding then) const noexcept {
    then(verify(who, password));
  }
  /// Whether it has admitted this client with this password before, so that there is no need to ask again. At once.
  [[nodiscard]] virtual bool remembers(const broker::principal&, nanolib::bytes) const noexcept { return false; }
  /// Whether clients may bring rights along with what they show to it.
  [[nodiscard]] virtual bool brings_rights() const noexcept { return false; }
  /// The user who is claimed by what stands in the place of a user name, where that is no name but has its own proof in it:
  /// it then goes to verify() as the password. None: it is a name. Empty: it says no name. Errors: throws std::bad_alloc.
  [[nodiscard]] virtual std::optional<std::string> claimed_user(std::string_view /*user_name*/) const { return {}; }
  /// Whether it could have admitted this user, and still would. For clients that are there when rights change.
  [[nodiscard]] virtual bool may_know(const broker::principal& who) const noexcept = 0;
};

/// Users from a file, or from NanoMQ's `auth.password`.
[[nodiscard]] std::unique_ptr<const authenticator> make_password_authenticator(
    std::shared_ptr<const password_file> users);

class http_link;
/// An HTTP server's auth_req and super_req.
[[nodiscard]] std::unique_ptr<const authenticator> make_http_authenticator(std::shared_ptr<http_link> whom);

/// JSON Web Tokens in the place of passwords. Reads the keys. `clock` outlives it.
/// Errors: config or sys; `why` says which file or setting.
[[nodiscard]] nanolib::result<std::unique_ptr<const authenticator>> make_token_authenticator(
    const token_settings& from, const nanolib::clock& clock, std::string& why);

}  // namespace nanomq::access
