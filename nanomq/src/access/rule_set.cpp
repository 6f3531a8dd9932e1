#include "nanomq/access/rule_set.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

#include "nanolib/base/hash.hpp"
#include "topic_pattern.hpp"

namespace nanomq::access {
namespace {

using nanolib::error;
using nanolib::error_domain;

constexpr std::size_t most_rules = 1'000'000;
constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return nanolib::hash_text(text); }
};
using numbers = std::vector<std::uint32_t>;
using numbers_by_text = std::unordered_map<std::string, numbers, text_hash, std::equal_to<>>;

bool holds(const condition& one, const subject& who) noexcept {
  const auto part_holds = [&](const condition& part) { return holds(part, who); };
  switch (one.is) {
    case condition::kind::anybody:
      return true;
    case condition::kind::user:
      return !who.user_name.empty() && one.text == who.user_name;
    case condition::kind::client:
      return one.text == who.client_id;
    case condition::kind::common_name:
      return !who.common_name.empty() && one.text == who.common_name;
    case condition::kind::listener:
      return !who.listener.empty() && one.text == who.listener;
    case condition::kind::network:
      return one.where.contains(who.address);
    case condition::kind::anonymous:
      return who.user_name.empty();
    case condition::kind::all_of:
      return std::ranges::all_of(one.parts, part_holds);
    case condition::kind::any_of:
      return std::ranges::any_of(one.parts, part_holds);
  }
  return false;
}

// The name without which the condition does not hold; null when there is none.
const std::string* required(const condition& one, condition::kind what) noexcept {
  if (one.is == what) return &one.text;
  if (one.is != condition::kind::all_of) return nullptr;
  for (const auto& part : one.parts) {
    if (const auto* found = required(part, what)) return found;
  }
  return nullptr;
}

bool mentioned(const condition& one, condition::kind what) noexcept {
  return one.is == what || std::ranges::any_of(one.parts, [what](const auto& part) { return mentioned(part, what); });
}

std::string_view first_level(std::string_view topic) { return topic.substr(0, topic.find('/')); }

}  // namespace

class rule_set::engine {
 public:
  nanolib::result<void> compile(std::vector<rule> rules, bool allow_unmatched, std::string& why) {
    allow_unmatched_ = allow_unmatched;
    if (rules.size() > most_rules) {
      why = "more than " + std::to_string(most_rules) + " rules";
      return std::unexpected(error{error_domain::config, 0});
    }
    rules_ = std::move(rules);
    patterns_.resize(rules_.size());
    for (std::uint32_t i = 0; i < rules_.size(); ++i) {
      for (const auto& topic : rules_[i].topics) {
        if (patterns_[i].emplace_back().parse(topic, why)) continue;
        why = rules_[i].place + ": a rule's topic " + why;
        return std::unexpected(error{error_domain::config, 0});
      }
      file(i);
    }
    return {};
  }

  [[nodiscard]] decision publish(const subject& who, std::string_view topic) const noexcept {
    if (first_level(topic) == "$SYS") return {.why = decision::reason::reserved};
    decision out{.allowed = allow_unmatched_ && !topic.starts_with('$')};
    visit(who, topic, none, [&](std::uint32_t i) {
      if (!rules_[i].publish || !holds(rules_[i].who, who) || !is_about(i, who, topic)) return false;
      out = {.allowed = rules_[i].allow, .why = decision::reason::rule, .rule = i};
      return true;
    });
    return out;
  }

  [[nodiscard]] decision subscribe(const subject& who, std::string_view filter) const noexcept {
    decision out{.allowed = allow_unmatched_ && !filter.starts_with('$')};
    bool partly = false;
    visit(who, filter, none, [&](std::uint32_t i) {
      if (!rules_[i].subscribe || !holds(rules_[i].who, who)) return false;
      if (is_about(i, who, filter)) {
        out = {.allowed = rules_[i].allow,
               .by_letter = rules_[i].allow && is_by_letter(i, who, filter),
               .why = decision::reason::rule,
               .rule = i};
        return true;
      }
      partly = partly || (!rules_[i].allow && std::ranges::any_of(patterns_[i], [&](const auto& one) {
                 return one.overlaps(who, filter);
               }));
      return false;
    });
    out.partly = out.allowed && partly;
    out.overlapped = out.why == decision::reason::no_match && partly;
    return out;
  }

  [[nodiscard]] bool receive(const subject& who, std::string_view topic, const decision& subscribed) const noexcept {
    if (!subscribed.allowed) return false;
    if (!subscribed.partly) return true;
    bool allowed = true;
    visit(who, topic, subscribed.why == decision::reason::rule ? subscribed.rule : none, [&](std::uint32_t i) {
      if (!rules_[i].subscribe || !holds(rules_[i].who, who) || !is_about(i, who, topic)) return false;
      allowed = rules_[i].allow;
      return true;
    });
    return allowed;
  }

  [[nodiscard]] bool names_fit(const subject& who) const noexcept {
    return std::ranges::none_of(names_, [&](placeholder one) { return !fits_placeholder(value_of(one, who)); });
  }

  [[nodiscard]] std::span<const rule> rules() const noexcept { return rules_; }

 private:
  // Whether a rule is about all of this filter, or about this topic.
  [[nodiscard]] bool is_about(std::uint32_t i, const subject& who, std::string_view filter) const noexcept {
    const bool allow = rules_[i].allow;
    if (patterns_[i].empty()) return !allow || !filter.starts_with('$');
    return std::ranges::any_of(
        patterns_[i], [&](const topic_pattern& one) { return one.fits(who) ? one.covers(who, filter) : !allow; });
  }

  [[nodiscard]] bool is_by_letter(std::uint32_t i, const subject& who, std::string_view filter) const noexcept {
    return !patterns_[i].empty() && std::ranges::none_of(patterns_[i], [&](const topic_pattern& one) {
      return !one.is_literal() && one.covers(who, filter);
    });
  }

  // Puts a rule where it will be looked for: under the one name that it requires, or the first levels of its topics.
  void file(std::uint32_t i) {
    bool fixed = !patterns_[i].empty();
    for (const auto& pattern : patterns_[i]) {
      for (const placeholder one : pattern.names()) {
        if (std::ranges::find(names_, one) == names_.end()) names_.push_back(one);
      }
      fixed = fixed && !pattern.fixed_first_level().empty() && pattern.names().empty();
    }
    if (const auto* user = required(rules_[i].who, condition::kind::user)) {
      by_user_[*user].push_back(i);
    } else if (const auto* client = required(rules_[i].who, condition::kind::client)) {
      by_client_[*client].push_back(i);
    } else if (fixed) {
      for (const auto& pattern : patterns_[i]) {
        auto& list = by_level_[std::string(pattern.fixed_first_level())];
        if (list.empty() || list.back() != i) list.push_back(i);
      }
      levels_.push_back(i);
    } else {
      others_.push_back(i);
    }
  }

  // Calls `each` for the rules that may be about this, in their order and before `end`, until it says true.
  void visit(const subject& who, std::string_view filter, std::uint32_t end, const auto& each) const noexcept {
    const auto first = first_level(filter);
    std::array<std::span<const std::uint32_t>, 4> lists{};
    lists[0] = others_;
    if (const auto found = by_user_.find(who.user_name); found != by_user_.end()) lists[1] = found->second;
    if (const auto found = by_client_.find(who.client_id); found != by_client_.end()) lists[2] = found->second;
    if (first == "+" || first == "#") {
      lists[3] = levels_;
    } else if (const auto found = by_level_.find(first); found != by_level_.end()) {
      lists[3] = found->second;
    }
    for (;;) {
      auto* next = &lists[0];
      for (auto& list : lists) {
        if (!list.empty() && (next->empty() || list.front() < next->front())) next = &list;
      }
      if (next->empty() || next->front() >= end || each(next->front())) return;
      *next = next->subspan(1);
    }
  }

  std::vector<rule> rules_;
  std::vector<std::vector<topic_pattern>> patterns_;  // of each rule
  numbers_by_text by_user_;
  numbers_by_text by_client_;
  numbers_by_text by_level_;
  numbers levels_;  // all that are in by_level_
  numbers others_;
  bool allow_unmatched_ = false;
  std::vector<placeholder> names_;  // that any rule has
};

rule_set::rule_set(std::unique_ptr<engine> made) noexcept : engine_(std::move(made)) {}
rule_set::rule_set(rule_set&&) noexcept = default;
rule_set& rule_set::operator=(rule_set&&) noexcept = default;
rule_set::~rule_set() = default;

nanolib::result<rule_set> rule_set::compile(std::vector<rule> rules, bool allow_unmatched, std::string& why) {
  auto made = std::make_unique<engine>();
  if (const auto done = made->compile(std::move(rules), allow_unmatched, why); !done)
    return std::unexpected(done.error());
  return rule_set(std::move(made));
}

decision rule_set::check_publish(const subject& who, std::string_view topic) const noexcept {
  return engine_->publish(who, topic);
}
decision rule_set::check_subscribe(const subject& who, std::string_view filter) const noexcept {
  return engine_->subscribe(who, filter);
}
bool rule_set::may_receive(const subject& who, std::string_view topic, const decision& subscribed) const noexcept {
  return engine_->receive(who, topic, subscribed);
}
bool rule_set::names_fit(const subject& who) const noexcept { return engine_->names_fit(who); }
std::span<const rule> rule_set::rules() const noexcept { return engine_->rules(); }

bool rule_set::mentions(condition::kind what) const noexcept {
  return std::ranges::any_of(rules(), [what](const rule& one) { return mentioned(one.who, what); });
}

const rule* rule_set::first_about_users() const noexcept {
  const auto found = std::ranges::find_if(rules(), [](const rule& one) {
    return mentioned(one.who, condition::kind::user) || std::ranges::any_of(one.topics, [](const std::string& topic) {
             return topic.find("${username}") != std::string::npos;
           });
  });
  return found == rules().end() ? nullptr : &*found;
}

std::string rule_set::explain(const decision& what) const {
  std::string out = what.allowed ? "allowed" : "denied";
  if (what.why == decision::reason::reserved) return out + ": nobody publishes under $SYS";
  if (what.why == decision::reason::no_match) {
    out += " by default: no rule is about it";
  } else {
    const auto& one = rules()[what.rule];
    out += " by " + one.place + ": " + describe(one);
  }
  if (what.partly) out += "; rules ahead of it deny a part, so that each message is checked";
  return out;
}

}  // namespace nanomq::access
