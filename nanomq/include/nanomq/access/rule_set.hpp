// The rights engine: rules, compiled, in order, the first that matches decides.
//
// A publication's topic is compared with the filters of the rules. A subscription is compared filter to filter: an allow
// must cover all that it can match, so that nobody gets more than was granted by asking for more; a deny refuses it when it
// covers all of it. When a deny ahead covers only a part, the subscription stands and each delivery is asked about.
//
// A placeholder stands for letters, never for wildcards or levels: a name with `+`, `#` or `/` in it, or with `$` in front,
// fits no allow and every deny that would need it. Topics that begin with `$` are allowed only by rules that say so in
// their first level, and nobody publishes under $SYS.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanomq/access/rule.hpp"

namespace nanomq::access {

/// Who asks. Views for the duration of the call.
struct subject {
  std::string_view user_name;  ///< empty: none was given
  std::string_view client_id;
  ip_address address = {};
  std::string_view common_name = {};  ///< of the certificate that the client has shown; empty: none
  std::string_view listener = {};     ///< "tcp:default"; empty: none, as of peers in the process
};

struct decision {
  enum class reason : std::uint8_t {
    rule,      ///< `rule` says so
    no_match,  ///< no rule is about it
    reserved,  ///< nobody may
  };

  bool allowed = false;
  bool partly = false;      ///< of a subscription: ask may_receive() for each message
  bool overlapped = false;  ///< of a subscription that no rule is about: a deny covers a part of it
  bool by_letter = false;   ///< of a subscription: allowed as it is written (`@`), not because of what it matches
  reason why = reason::no_match;
  std::uint32_t rule = 0;
};

/// Shape: a check costs a few look-ups, then one comparison for each rule that may be about the user, the client or the
/// topic's first level, and for each that is about everybody and everything. No allocation. Thread: immutable once made.
class rule_set {
 public:
  /// `allow_unmatched`: what becomes of what no rule is about (topics that begin with `$` aside).
  /// Errors: config; `why` is one line that begins with the rule's place.
  [[nodiscard]] static nanolib::result<rule_set> compile(std::vector<rule> rules, bool allow_unmatched,
                                                         std::string& why);

  rule_set(rule_set&&) noexcept;
  rule_set& operator=(rule_set&&) noexcept;
  ~rule_set();

  /// `topic` is a checked topic name.
  [[nodiscard]] decision check_publish(const subject& who, std::string_view topic) const noexcept;
  /// `filter` is a checked filter, without $share/GROUP/: a shared subscription has the rights of any other.
  [[nodiscard]] decision check_subscribe(const subject& who, std::string_view filter) const noexcept;
  /// Whether a message may be delivered to a subscription, given what check_subscribe() said about that.
  [[nodiscard]] bool may_receive(const subject& who, std::string_view topic, const decision& subscribed) const noexcept;

  /// False when a rule has a placeholder that this name cannot stand for: such a client is better refused at once.
  [[nodiscard]] bool names_fit(const subject& who) const noexcept;

  /// Whether the condition stands in any rule.
  [[nodiscard]] bool mentions(condition::kind what) const noexcept;
  /// The first rule for which it matters what a client's user name is; null when there is none.
  [[nodiscard]] const rule* first_about_users() const noexcept;
  [[nodiscard]] std::span<const rule> rules() const noexcept;
  /// The decision in words, with the rule that made it.
  [[nodiscard]] std::string explain(const decision& what) const;

 private:
  class engine;
  explicit rule_set(std::unique_ptr<engine> made) noexcept;

  std::unique_ptr<engine> engine_;
};

}  // namespace nanomq::access
