// What a configuration says about who may enter and do what.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "nanomq/access/chain.hpp"
#include "nanomq/access/http_settings.hpp"
#include "nanomq/access/password_file.hpp"
#include "nanomq/access/rule_reader.hpp"
#include "nanomq/access/token_settings.hpp"

namespace nanomq::access {

enum class deny_action : std::uint8_t { ignore, disconnect };
/// Which client ids a user may have.
enum class client_id_rule : std::uint8_t {
  any,
  user_name,    ///< the user name
  from_prefix,  ///< the user name, or what begins with it and one of - _ . : and /
};
/// Shape: a comparison or two.
[[nodiscard]] bool may_have_client_id(client_id_rule how, std::string_view user_name,
                                      std::string_view client_id) noexcept;

/// Shape: value; what was written in the configuration itself is shared.
struct access_settings {
  std::string password_file;                                       ///< empty: none
  std::string acl_file;                                            ///< empty: none
  std::shared_ptr<const access::password_file> written_passwords;  ///< null: none
  std::shared_ptr<const written_rules> written_acl;                ///< null: none
  bool allow_unmatched = false;                                    ///< `auth.no_match`
  deny_action denied = deny_action::ignore;
  bool binds_sessions = true;
  bool rechecks_retained = true;
  client_id_rule client_ids = client_id_rule::any;
  std::uint32_t most_waiting = 256;  ///< logins that wait for their password to be checked

  std::vector<chain_link> chain = usual_chain();  ///< who is asked, in order
  token_settings tokens;
  http_settings http;
  bool offers_scram = true;        ///< where users have keys for it
  bool trusts_identities = false;  ///< a listener takes user names from TLS

  /// Whether user names are checked.
  [[nodiscard]] bool authenticates() const noexcept {
    return std::ranges::any_of(chain_links(), [this](const chain_link_row& row) { return row.is_configured(*this); });
  }
  [[nodiscard]] bool has_rules() const noexcept { return !acl_file.empty() || written_acl; }
};

}  // namespace nanomq::access
