// What the broker asks when something is configured: users from files, rights from rules.
//
// It fails closed: a file that cannot be read or understood makes no access control at all, and neither do rules about users
// whom nobody checks. The end of every chain denies.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanomq/access/access_settings.hpp"
#include "nanomq/access/authenticator.hpp"
#include "nanomq/access/exchange_method.hpp"
#include "nanomq/access/rule_set.hpp"
#include "nanomq/access/worker_pool.hpp"
#include "nanomq/broker/access.hpp"

namespace nanomq::access {

/// Thread: thread-safe; immutable.
class access_control final : public broker::access {
 public:
  /// What it is made of. Without authenticators everybody enters, and nobody has a user name; without rules everything is
  /// allowed but what begins with `$`.
  struct parts {
    std::vector<std::unique_ptr<const authenticator>> chain;
    /// Conversations, for clients that ask for one of them. Who comes in by one is of the chain's users, too.
    std::vector<std::unique_ptr<const exchange_method>> methods;
    std::unique_ptr<const rule_set> rules;  ///< null: none
    std::shared_ptr<http_link> http;        ///< null: no server is asked
    bool asks_about_topics = false;         ///< what rules say nothing about
    bool allows_unmatched = true;           ///< what nobody says anything about
    bool trusts_identities = false;         ///< users come from TLS, too; names from elsewhere need a password
    bool allow_anonymous = false;
    bool disconnects_denied = false;
    bool binds_sessions = false;
    client_id_rule client_ids = client_id_rule::any;
    bool rechecks_retained = false;  ///< by the rules; without any there is nothing to be looked at again
  };

  /// `workers` outlives no job: it is kept as long as this is.
  access_control(parts what, std::shared_ptr<worker_pool> workers);
  ~access_control() override;

  std::optional<broker::admission> authenticate(
      const broker::principal& who, const broker::credentials& given,
      const std::shared_ptr<broker::admission_reply>& reply) const noexcept override;
  std::optional<std::string> claimed_user(std::string_view user_name) const override;
  std::unique_ptr<broker::exchange> begin_exchange(const broker::principal& who,
                                                   std::string_view method) const override;
  bool answers_later() const noexcept override;
  bool still_admits(const broker::principal& who) const noexcept override;
  broker::permission authorize(const broker::principal& who, broker::operation what,
                               std::string_view topic) const noexcept override;
  bool inquires() const noexcept override;
  std::optional<broker::permission> inquire(
      const broker::principal& who, broker::operation what, std::string_view topic,
      const std::shared_ptr<broker::permission_reply>& reply) const noexcept override;
  bool may_receive_through(const broker::principal& who, std::string_view filter,
                           std::string_view topic) const noexcept override;
  bool checks_users() const noexcept override;
  bool restricts() const noexcept override;
  bool disconnects_denied() const noexcept override;
  bool binds_sessions() const noexcept override;
  bool rechecks_retained() const noexcept override;
  std::vector<std::pair<std::string_view, std::uint64_t>> figures() const override;
  /// Null: there are none.
  [[nodiscard]] const rule_set* rules() const noexcept;

 private:
  class state;
  std::shared_ptr<const state> state_;  // shared with logins that are being looked at
  std::shared_ptr<worker_pool> workers_;
};

/// The users of a configuration, and its rules; null: it has none. Errors: config or sys; `why` is one line that begins with
/// the place and has no password in it.
[[nodiscard]] nanolib::result<std::shared_ptr<const password_file>> open_users(const access_settings& from,
                                                                               std::string& why);
[[nodiscard]] nanolib::result<std::unique_ptr<const rule_set>> open_rules(const access_settings& from,
                                                                          std::string& why);

/// Reads the files and makes the access control that they come to; null when nothing is configured that would need one.
/// `allow_anonymous`: where users are checked, those without a name enter, too.
/// Errors: config or sys; `why` is one line that begins with the place and has no password in it.
[[nodiscard]] nanolib::result<std::shared_ptr<const access_control>> open_access_control(
    const access_settings& from, bool allow_anonymous, const std::shared_ptr<worker_pool>& workers, std::string& why);

}  // namespace nanomq::access
