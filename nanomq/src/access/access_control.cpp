#include "nanomq/access/access_control.hpp"

#include <algorithm>
#include <cstring>

#include "http_facts.hpp"
#include "http_link.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanomq::access {

using broker::admission;
using broker::permission;
using broker::principal;
using nanonng::mqtt::reason_code;
using verdict = authenticator::verdict;

namespace {

/// A login that waits: for a worker, or for somebody who was asked. Shape: owns copies of all that the CONNECT said and TLS
/// has proved, and leaves no password behind.
struct login {
  login(const principal& of, nanolib::bytes given, bool has_user_name)
      : client_id(of.client_id),
        user_name(of.user_name),
        address(of.address),
        port(of.port),
        password(given.begin(), given.end()),
        is_named(has_user_name) {
    if (of.identity != nullptr) identity = *of.identity;
  }
  login(const login&) = delete;
  login& operator=(const login&) = delete;
  ~login() {
    if (!password.empty()) ::explicit_bzero(password.data(), password.size());
  }

  [[nodiscard]] principal who() const noexcept {
    principal made{client_id, user_name, address};
    made.port = port;
    made.identity = identity ? &*identity : nullptr;
    return made;
  }

  std::string client_id;
  std::string user_name;
  std::string address;
  std::uint16_t port;
  std::optional<nanonng::net::tls_identity> identity;
  std::vector<std::byte> password;
  bool is_named;
  bool on_worker = false;
  std::size_t next = 0;  ///< the link of the chain that is to be asked
  std::shared_ptr<broker::admission_reply> reply;
};

ip_address address_of(std::string_view text) noexcept {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return parse_address(text).value_or(ip_address{});
}

}  // namespace

bool may_have_client_id(client_id_rule how, std::string_view user_name, std::string_view client_id) noexcept {
  if (how == client_id_rule::any || user_name.empty() || client_id == user_name) return true;
  constexpr std::string_view separators = "-_.:/";
  return how == client_id_rule::from_prefix && client_id.size() > user_name.size() + 1 &&
         client_id.starts_with(user_name) && separators.find(client_id[user_name.size()]) != std::string_view::npos;
}

class access_control::state : public std::enable_shared_from_this<state> {
 public:
  state(parts what, std::weak_ptr<worker_pool> workers) : parts_(std::move(what)), workers_(std::move(workers)) {
    asks_others_ = std::ranges::any_of(parts_.chain, [](const auto& one) { return one->asks_others(); });
    takes_long_ = asks_others_ || std::ranges::any_of(parts_.chain, [](const auto& one) { return one->takes_long(); });
    brings_rights_ = std::ranges::any_of(parts_.chain, [](const auto& one) { return one->brings_rights(); });
    has_networks_ = parts_.rules && parts_.rules->mentions(condition::kind::network);
  }

  [[nodiscard]] const parts& what() const noexcept { return parts_; }
  [[nodiscard]] bool takes_long() const noexcept { return takes_long_; }
  [[nodiscard]] bool asks_others() const noexcept { return asks_others_; }
  [[nodiscard]] bool brings_rights() const noexcept { return brings_rights_; }

  [[nodiscard]] bool checks_users() const noexcept { return !parts_.chain.empty() || parts_.trusts_identities; }

  // Whom rules are about. A name that nobody has checked is none.
  [[nodiscard]] subject subject_of(const principal& who) const noexcept {
    return {checks_users() ? who.user_name : std::string_view(), who.client_id,
            has_networks_ ? address_of(who.address) : ip_address{}, who.common_name(), who.listener};
  }

  // As long as there is somebody who says so.
  [[nodiscard]] bool is_superuser(const principal& who) const noexcept { return who.is_superuser && asks_others_; }

  // Without a user name: the listener has the last word.
  [[nodiscard]] bool admits_nameless(const principal& who) const noexcept {
    return who.is_admitted || (parts_.allow_anonymous && !who.needs_user);
  }

  // A client id that is not this user's, or a name that a rule would put into a topic and that would not stay within it.
  [[nodiscard]] reason_code check_names(const principal& who) const noexcept {
    if (checks_users() && !may_have_client_id(parts_.client_ids, who.user_name, who.client_id))
      return reason_code::client_identifier_not_valid;
    if (!parts_.rules) return reason_code::success;
    subject asking = subject_of(who);
    if (parts_.rules->names_fit(asking)) return reason_code::success;
    asking.common_name = {};
    if (parts_.rules->names_fit(asking)) return reason_code::not_authorized;
    asking.client_id = {};
    return parts_.rules->names_fit(asking) ? reason_code::client_identifier_not_valid
                                           : reason_code::bad_user_name_or_password;
  }

  // What a link's finding comes to; none: the next one is asked.
  [[nodiscard]] std::optional<admission> conclude(const principal& who,
                                                  const authenticator::finding& found) const noexcept {
    switch (found.says) {
      case verdict::unknown:
        break;
      case verdict::admitted: {
        admission made{check_names(who), found.ends_s};
        made.is_superuser = found.is_superuser;
        made.brought = found.brought;
        return made;
      }
      case verdict::refused:
        return admission{reason_code::bad_user_name_or_password, 0, found.why};
      case verdict::unavailable:
        return admission{reason_code::server_unavailable, 0, found.why};
    }
    return std::nullopt;
  }

  // The first that knows decides; at the end nobody enters.
  [[nodiscard]] admission ask_chain(const principal& who, nanolib::bytes password) const noexcept {
    for (const auto& one : parts_.chain) {
      if (const auto said = conclude(who, one->verify(who, password))) return *said;
    }
    return {reason_code::bad_user_name_or_password};
  }

  // The same for a chain with links that take long or ask others. What is found out at once is the answer; the rest goes
  // through the reply.
  [[nodiscard]] std::optional<admission> walk(const std::shared_ptr<login>& with) const noexcept {
    for (; with->next < parts_.chain.size(); ++with->next) {
      const authenticator& one = *parts_.chain[with->next];
      if (!with->is_named && !one.asks_others()) continue;
      try {
        if (one.asks_others()) {
          ask(one, with);
          return std::nullopt;
        }
        if (one.takes_long() && !with->on_worker) {
          with->on_worker = true;  // from here on it is the worker's
          const auto go_on = [self = shared_from_this(), with] { self->answer(with); };
          const std::shared_ptr<worker_pool> pool = workers_.lock();
          if (!pool || !pool->submit(go_on)) return admission{reason_code::server_busy};
          return std::nullopt;
        }
      } catch (const std::bad_alloc&) {
        return admission{reason_code::server_busy};
      }
      if (const auto said = conclude(with->who(), one.verify(with->who(), with->password))) return said;
    }
    return admission{with->is_named ? reason_code::bad_user_name_or_password : reason_code::not_authorized};
  }

  // What rules say, and what holds where they say nothing.
  struct ruling {
    permission may;
    bool is_open = false;     ///< no rule is about it
    bool overlapped = false;  ///< see decision
  };
  [[nodiscard]] ruling rule_on_configured(const principal& who, broker::operation what,
                                          std::string_view topic) const noexcept {
    const bool publishes = what == broker::operation::publish;
    if (is_superuser(who)) {
      const bool reserved = publishes && (topic == "$SYS" || topic.starts_with("$SYS/"));
      return {{.reason = reserved ? reason_code::not_authorized : reason_code::success}};
    }
    if (!parts_.rules) {
      const bool reserved = publishes && topic.starts_with('$');
      const bool allowed = !reserved && (!parts_.asks_about_topics || parts_.allows_unmatched);
      return {{.reason = allowed ? reason_code::success : reason_code::not_authorized}, !reserved};
    }
    const subject asking = subject_of(who);
    // A message may be delivered to whoever may subscribe to its topic.
    const decision said =
        publishes ? parts_.rules->check_publish(asking, topic) : parts_.rules->check_subscribe(asking, topic);
    return {{said.allowed ? reason_code::success : reason_code::not_authorized, said.partly, said.by_letter},
            said.why == decision::reason::no_match,
            said.overlapped};
  }
  // What the client has brought along is asked first. What that denies holds for a part of what others allow, too, and what
  // it says nothing about is denied where nothing else is configured.
  [[nodiscard]] ruling rule_on(const principal& who, broker::operation what, std::string_view topic) const noexcept {
    if (who.brought == nullptr || !who.brought->has_rules() || is_superuser(who)) {
      return rule_on_configured(who, what, topic);
    }
    if (const auto said = who.brought->authorize(who, what, topic)) return {*said};
    ruling otherwise = rule_on_configured(who, what, topic);
    if (!parts_.rules && !parts_.asks_about_topics) otherwise.may.reason = reason_code::not_authorized;
    if (who.brought->denies()) otherwise.may.partly = otherwise.overlapped = true;
    return otherwise;
  }

  // What the server's word comes to. It is about the filter as it is written, so that rules which deny a part still do.
  [[nodiscard]] static permission permission_of(http_verdict::kind said, const ruling& otherwise,
                                                broker::operation what) noexcept {
    switch (said) {
      case http_verdict::kind::allow:
        return {reason_code::success, otherwise.overlapped, what == broker::operation::subscribe};
      case http_verdict::kind::deny:
        return {reason_code::not_authorized};
      case http_verdict::kind::ignore:
        return otherwise.may;
      case http_verdict::kind::unavailable:
        break;
    }
    return {reason_code::implementation_specific_error};
  }

 private:
  void ask(const authenticator& one, const std::shared_ptr<login>& with) const {
    one.ask(with->who(), with->password,
            [self = shared_from_this(), with](const authenticator::finding& found) noexcept {
              if (auto said = self->conclude(with->who(), found)) {
                said->by_others = true;
                return with->reply->answer(*said);
              }
              ++with->next;
              with->on_worker = false;
              self->answer(with);
            });
  }
  void answer(const std::shared_ptr<login>& with) const noexcept {
    if (with->reply->is_abandoned()) return;
    if (const auto said = walk(with)) with->reply->answer(*said);
  }

  parts parts_;
  std::weak_ptr<worker_pool> workers_;
  bool takes_long_ = false;  ///< or asks others
  bool asks_others_ = false;
  bool brings_rights_ = false;
  bool has_networks_ = false;
};

access_control::access_control(parts what, std::shared_ptr<worker_pool> workers)
    : state_(std::make_shared<const state>(std::move(what), workers)), workers_(std::move(workers)) {}

// Whoever still waits for an answer keeps the state, but nobody is asked for it any more.
access_control::~access_control() {
  if (state_->what().http) state_->what().http->end();
}

std::optional<admission> access_control::authenticate(
    const principal& who, const broker::credentials& given,
    const std::shared_ptr<broker::admission_reply>& reply) const noexcept {
  const auto& chain = state_->what().chain;
  if (!state_->checks_users() && who.needs_user) return admission{reason_code::not_authorized};
  if (!state_->checks_users() || (who.is_identified && !who.user_name.empty())) {
    return admission{state_->check_names(who)};
  }
  if (!given.has_user_name) {
    if (state_->admits_nameless(who)) return admission{state_->check_names(who)};
    if (!state_->asks_others()) return admission{reason_code::not_authorized};
  } else if (who.user_name.empty()) {
    // An empty name is what those have who give none: it must not be a way around that.
    return admission{reason_code::bad_user_name_or_password};
  }
  for (const auto& one : chain) {
    if (one->asks_others()) break;
    if (one->remembers(who, given.password)) return admission{state_->check_names(who)};
  }
  if (!state_->takes_long()) return state_->ask_chain(who, given.password);
  try {
    auto waits = std::make_shared<login>(who, given.password, given.has_user_name);
    waits->reply = reply;
    return state_->walk(waits);
  } catch (const std::bad_alloc&) {
    return admission{reason_code::server_busy};  // as with too many that wait
  }
}

std::optional<std::string> access_control::claimed_user(std::string_view user_name) const {
  for (const auto& one : state_->what().chain) {
    if (auto claimed = one->claimed_user(user_name)) return claimed;
  }
  return std::nullopt;
}

namespace {

/// A conversation, and after it the same look at the names that every login gets.
template <class State>
class checked_exchange final : public broker::exchange {
 public:
  checked_exchange(std::unique_ptr<broker::exchange> inner, std::shared_ptr<const State> by, std::string_view client_id)
      : inner_(std::move(inner)), by_(std::move(by)), client_id_(client_id) {}

  outcome hear(nanolib::bytes data, std::string& answer) noexcept override {
    const outcome came = inner_->hear(data, answer);
    if (came == outcome::goes_on) return came;
    said_ = inner_->admitted();
    if (!is_error(said_.reason)) said_.reason = by_->check_names({client_id_, inner_->user_name()});
    return came;
  }
  const admission& admitted() const noexcept override { return said_; }
  std::string_view user_name() const noexcept override { return inner_->user_name(); }

 private:
  std::unique_ptr<broker::exchange> inner_;
  std::shared_ptr<const State> by_;
  std::string client_id_;
  admission said_;
};

}  // namespace

std::unique_ptr<broker::exchange> access_control::begin_exchange(const principal& who, std::string_view method) const {
  const auto& methods = state_->what().methods;
  const auto found = std::ranges::find_if(methods, [&](const auto& one) { return one->name() == method; });
  if (found == methods.end()) return nullptr;
  return std::make_unique<checked_exchange<state>>((*found)->begin(), state_, who.client_id);
}

bool access_control::answers_later() const noexcept { return state_->takes_long(); }

bool access_control::still_admits(const principal& who) const noexcept {
  const auto& chain = state_->what().chain;
  if (is_error(state_->check_names(who))) return false;
  if (!state_->checks_users()) return !who.needs_user;
  if (who.is_identified) return true;
  if (who.user_name.empty()) return state_->admits_nameless(who);
  // It has entered while nobody asked for a password: now it has to show one.
  if (!who.was_checked) return false;
  return std::ranges::any_of(chain, [&](const auto& one) { return one->may_know(who); });
}

permission access_control::authorize(const principal& who, broker::operation what,
                                     std::string_view topic) const noexcept {
  return state_->rule_on(who, what, topic).may;
}

bool access_control::inquires() const noexcept { return state_->what().asks_about_topics; }

std::optional<permission> access_control::inquire(
    const principal& who, broker::operation what, std::string_view topic,
    const std::shared_ptr<broker::permission_reply>& reply) const noexcept {
  const auto ruled = state_->rule_on(who, what, topic);
  if (!ruled.is_open || !inquires() || what == broker::operation::receive) return ruled.may;
  const port_text port(who.port);
  http_facts about = facts_of(who, port);
  about.user_name = state_->subject_of(who).user_name;
  about.access = what == broker::operation::publish ? "2" : "1";
  about.topic = topic;
  try {
    const auto said = state_->what().http->ask_right(about, [reply, ruled, what](http_verdict late) noexcept {
      reply->answer(state::permission_of(late.is, ruled, what));
    });
    return said ? std::optional(state::permission_of(*said, ruled, what)) : std::nullopt;
  } catch (const std::bad_alloc&) {
    return permission{reason_code::implementation_specific_error};
  }
}

bool access_control::may_receive_through(const principal& who, std::string_view filter,
                                         std::string_view topic) const noexcept {
  const rule_set* const rules = state_->what().rules.get();
  if (who.brought != nullptr && who.brought->has_rules()) {
    if (who.brought->may_receive_through(who, filter, topic)) return true;
    if (rules == nullptr && !inquires()) return false;
  }
  if (rules == nullptr) return !inquires() || nanolib::matches(filter, topic);
  const subject asking = state_->subject_of(who);
  decision granted = rules->check_subscribe(asking, filter);
  if (inquires() && granted.why == decision::reason::no_match) {  // then a server has granted it
    granted.allowed = true;
    granted.partly = granted.overlapped;
  }
  return nanolib::matches(filter, topic) && rules->may_receive(asking, topic, granted);
}

bool access_control::checks_users() const noexcept { return state_->checks_users(); }
bool access_control::restricts() const noexcept {
  return state_->what().rules != nullptr || inquires() || state_->brings_rights();
}
bool access_control::disconnects_denied() const noexcept { return state_->what().disconnects_denied; }
bool access_control::rechecks_retained() const noexcept {
  return state_->what().rechecks_retained && state_->what().rules != nullptr;
}
bool access_control::binds_sessions() const noexcept { return state_->what().binds_sessions; }

const rule_set* access_control::rules() const noexcept { return state_->what().rules.get(); }

std::vector<std::pair<std::string_view, std::uint64_t>> access_control::figures() const {
  if (!state_->what().http) return {};
  return state_->what().http->figures();
}

void access_control::count_on(const std::vector<std::pair<std::string_view, std::uint64_t>>& from) const noexcept {
  if (state_->what().http) state_->what().http->count_on(from);
}

}  // namespace nanomq::access
