// Rules as they are written: who may, or may not, do what with which topics.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/access/address.hpp"

namespace nanomq::access {

enum class operation : std::uint8_t { publish, subscribe };

/// Whom a rule is about. Shape: a tree.
struct condition {
  enum class kind : std::uint8_t {
    anybody,
    user,         ///< the user name is `text`
    client,       ///< the client id is `text`
    common_name,  ///< the common name of the client's certificate is `text`
    listener,     ///< the listener through which the client has come is `text` ("tcp:default")
    network,      ///< the address is in `where`
    anonymous,    ///< there is no user name
    all_of,       ///< all of `parts`
    any_of,       ///< one of `parts` at least
  };

  kind is = kind::anybody;
  std::string text = {};
  ip_network where = {};
  std::vector<condition> parts = {};
};

/// One rule. Without topics it is about every topic that does not begin with `$`; when it denies, about those too.
struct rule {
  bool allow = false;
  bool publish = true;
  bool subscribe = true;
  condition who = {};
  /// Filters. `${clientid}`, `${username}` and `${cert_common_name}` stand for a level or a part of one. With `@` in front,
  /// wildcards are letters:
  /// `@a/#` is the filter a/# and nothing else.
  std::vector<std::string> topics = {};
  std::string place = {};  ///< "acl.conf:3:1"
};

/// In one line: `deny subscribe "$SYS/#", "@#" for user "guest"`.
[[nodiscard]] std::string describe(const rule& what);

/// A listener's id as the broker has it ("ssl:plant"), of one that may be written as its settings are ("ssl.plant").
[[nodiscard]] std::string listener_id(std::string_view written);
/// The listeners that the rule names, in its order.
[[nodiscard]] std::vector<std::string> listeners_named(const rule& what);

}  // namespace nanomq::access
