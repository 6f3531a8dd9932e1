// The three ways in which rules are written: NanoMQ's HOCON, EMQX's acl.conf, mosquitto's ACL file.
//
// What a reader does not understand it refuses: a rule that is left out may be the one that forbids.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nanomq/access/rule.hpp"
#include "nanomq/config/hocon.hpp"

namespace nanomq::access {

/// What a file of rules comes to.
struct written_rules {
  std::vector<rule> rules;
  /// What its author relies on for what no rule is about: mosquitto denies it, the others leave it to the configuration.
  bool denies_unmatched = false;
};

/// `auth.acl` of NanoMQ: `rules = [{permit = allow, username = "u", topics = ["a/#"]}]`.
/// Errors: config; `why` begins with the place.
[[nodiscard]] nanolib::result<written_rules> read_hocon_rules(const config::hocon_document& from,
                                                              const config::hocon_value& acl, std::string& why);

/// EMQX's: `{allow, {user, "u"}, publish, ["a/#", {eq, "b/+"}]}.` Of regular expressions, only `^text$` without
/// special characters, which is the text. Errors: config; `why` begins with the place.
[[nodiscard]] nanolib::result<written_rules> read_emqx_rules(std::string_view text, const std::string& path,
                                                             std::string& why);

/// Mosquitto's: `user`, `topic`, `pattern` lines. A subscription must be covered by what may be read; mosquitto lets any
/// pass and drops messages instead. Errors: config; `why` begins with the place.
[[nodiscard]] nanolib::result<written_rules> read_mosquitto_rules(std::string_view text, const std::string& path,
                                                                  std::string& why);

/// Whichever of the three it is, by its first words. HOCON may have the rules under `auth.acl`, `acl` or at its top.
/// Errors: config; `why` begins with the place.
[[nodiscard]] nanolib::result<written_rules> read_rules(std::string_view text, const std::string& path,
                                                        std::string& why);

}  // namespace nanomq::access
