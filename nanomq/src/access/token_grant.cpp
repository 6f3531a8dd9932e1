#include "token_grant.hpp"

#include <optional>
#include <string>
#include <utility>

#include "nanolib/topic/topic.hpp"
#include "nanomq/access/rule_set.hpp"

namespace nanomq::access {
namespace {

using broker::permission;
using broker::principal;
using nanolib::json_member;
using nanonng::mqtt::reason_code;

class token_grant final : public broker::grant {
 public:
  token_grant(std::optional<rule_set> rules, bool denies, std::vector<std::byte> voucher)
      : rules_(std::move(rules)), denies_(denies), voucher_(std::move(voucher)) {}

  std::optional<permission> authorize(const principal& who, broker::operation what,
                                      std::string_view topic) const noexcept override {
    if (!rules_) return std::nullopt;
    const subject asking = subject_of(who);
    const decision said = what == broker::operation::publish ? rules_->check_publish(asking, topic)
                                                             : rules_->check_subscribe(asking, topic);
    if (said.why == decision::reason::no_match) return std::nullopt;
    return permission{said.allowed ? reason_code::success : reason_code::not_authorized, said.partly, said.by_letter};
  }
  bool may_receive_through(const principal& who, std::string_view filter,
                           std::string_view topic) const noexcept override {
    if (!rules_ || !nanolib::matches(filter, topic)) return false;
    const subject asking = subject_of(who);
    return rules_->may_receive(asking, topic, rules_->check_subscribe(asking, filter));
  }
  bool has_rules() const noexcept override { return rules_.has_value(); }
  bool denies() const noexcept override { return denies_; }
  nanolib::bytes voucher() const noexcept override { return voucher_; }

 private:
  static subject subject_of(const principal& who) noexcept {
    return {who.user_name, who.client_id, {}, who.common_name()};
  }

  std::optional<rule_set> rules_;
  bool denies_;
  std::vector<std::byte> voucher_;
};

// As a rule has it: there a wildcard is a letter behind @.
bool add_topic(std::string topic, rule& into) {
  const bool literal = topic.starts_with("eq ");
  if (literal) topic.erase(0, 3);
  if (topic.empty()) return false;
  const bool at = topic.starts_with('@');
  if (!literal && at && topic.find_first_of("+#") != std::string::npos) return false;
  into.topics.push_back((literal || at ? "@" : "") + topic);
  return true;
}

bool read_lists(const json_member& acl, std::vector<rule>& into) {
  const auto members = nanolib::read_json_object(acl.written);
  if (!members) return false;
  for (const json_member& one : *members) {
    rule made;
    made.allow = true;
    made.publish = one.name != "sub";
    made.subscribe = one.name != "pub";
    made.place = "acl." + one.name;
    if (one.is != json_member::kind::texts || (made.publish && made.subscribe && one.name != "all")) return false;
    for (const std::string& topic : one.texts) {
      if (!add_topic(topic, made)) return false;
    }
    // A rule without topics would be about all of them.
    if (!made.topics.empty()) into.push_back(std::move(made));
  }
  return true;
}

bool read_rule(std::string_view text, rule& into) {
  const auto members = nanolib::read_json_object(text);
  if (!members) return false;
  bool permits = false;
  bool acts = false;
  for (const json_member& one : *members) {
    if (one.is != json_member::kind::text) return false;
    if (one.name == "permission" && (one.text == "allow" || one.text == "deny")) {
      permits = true;
      into.allow = one.text == "allow";
    } else if (one.name == "action" && (one.text == "publish" || one.text == "subscribe" || one.text == "all")) {
      acts = true;
      into.publish = one.text != "subscribe";
      into.subscribe = one.text != "publish";
    } else if (one.name != "topic" || !add_topic(one.text, into)) {
      return false;
    }
  }
  return permits && acts && !into.topics.empty();
}

bool read_rules_of(const json_member& acl, std::vector<rule>& into) {
  const auto all = nanolib::read_json_list(acl.written);
  if (!all) return read_lists(acl, into);
  for (const std::string_view one : *all) {
    rule made;
    made.place = "acl[" + std::to_string(into.size()) + "]";
    if (!read_rule(one, made)) return false;
    into.push_back(std::move(made));
  }
  return true;
}

}  // namespace

std::shared_ptr<const broker::grant> make_token_grant(const json_member* acl, std::vector<std::byte> voucher) {
  if (acl == nullptr) return std::make_shared<token_grant>(std::nullopt, false, std::move(voucher));
  std::vector<rule> rules;
  if (!read_rules_of(*acl, rules)) return nullptr;
  bool denies = false;
  for (const rule& one : rules) denies = denies || !one.allow;
  std::string why;
  auto compiled = rule_set::compile(std::move(rules), false, why);
  if (!compiled) return nullptr;
  return std::make_shared<token_grant>(std::move(*compiled), denies, std::move(voucher));
}

}  // namespace nanomq::access
