#include "nanomq/access/access_control.hpp"

#include <algorithm>
#include <cstring>

#include "nanolib/topic/topic.hpp"

namespace nanomq::access {

using broker::admission;
using broker::permission;
using broker::principal;
using nanonng::mqtt::reason_code;
using verdict = authenticator::verdict;

namespace {

/// A login that waits for a worker. Shape: owns copies of all that the CONNECT said, and leaves no password behind.
struct login {
  login(const principal& who, nanolib::bytes given)
      : client_id(who.client_id),
        user_name(who.user_name),
        address(who.address),
        password(given.begin(), given.end()) {}
  login(const login&) = delete;
  login& operator=(const login&) = delete;
  ~login() { ::explicit_bzero(password.data(), password.size()); }

  std::string client_id;
  std::string user_name;
  std::string address;
  std::vector<std::byte> password;
};

ip_address address_of(std::string_view text) noexcept {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return parse_address(text).value_or(ip_address{});
}

}  // namespace

class access_control::state {
 public:
  explicit state(parts what) : parts_(std::move(what)) {
    takes_long_ = std::ranges::any_of(parts_.chain, [](const auto& one) { return one->takes_long(); });
    has_networks_ = parts_.rules && parts_.rules->mentions(condition::kind::network);
  }

  [[nodiscard]] const parts& what() const noexcept { return parts_; }
  [[nodiscard]] bool takes_long() const noexcept { return takes_long_; }

  [[nodiscard]] bool checks_users() const noexcept { return !parts_.chain.empty() || parts_.trusts_identities; }

  // Whom rules are about. A name that nobody has checked is none.
  [[nodiscard]] subject subject_of(const principal& who) const noexcept {
    return {checks_users() ? who.user_name : std::string_view(), who.client_id,
            has_networks_ ? address_of(who.address) : ip_address{}};
  }

  // Without a user name: the listener has the last word.
  [[nodiscard]] bool admits_nameless(const principal& who) const noexcept {
    return who.is_admitted || (parts_.allow_anonymous && !who.needs_user);
  }

  // A name that a rule would put into a topic, and that would not stay within it.
  [[nodiscard]] reason_code check_names(const principal& who) const noexcept {
    if (!parts_.rules) return reason_code::success;
    subject asking = subject_of(who);
    if (parts_.rules->names_fit(asking)) return reason_code::success;
    asking.client_id = {};
    return parts_.rules->names_fit(asking) ? reason_code::client_identifier_not_valid
                                           : reason_code::bad_user_name_or_password;
  }

  // The first that knows decides; at the end nobody enters.
  [[nodiscard]] admission ask_chain(const principal& who, nanolib::bytes password) const noexcept {
    for (const auto& one : parts_.chain) {
      const authenticator::finding found = one->verify(who, password);
      switch (found.says) {
        case verdict::unknown:
          continue;
        case verdict::admitted:
          return {check_names(who), found.ends_s};
        case verdict::refused:
          return {reason_code::bad_user_name_or_password};
        case verdict::unavailable:
          return {reason_code::server_unavailable};
      }
    }
    return {reason_code::bad_user_name_or_password};
  }

 private:
  parts parts_;
  bool takes_long_ = false;
  bool has_networks_ = false;
};

access_control::access_control(parts what, std::shared_ptr<worker_pool> workers)
    : state_(std::make_shared<const state>(std::move(what))), workers_(std::move(workers)) {}

access_control::~access_control() = default;

std::optional<admission> access_control::authenticate(
    const principal& who, const broker::credentials& given,
    const std::shared_ptr<broker::admission_reply>& reply) const noexcept {
  const auto& chain = state_->what().chain;
  if (!state_->checks_users() || (who.is_identified && !who.user_name.empty())) {
    return admission{state_->check_names(who)};
  }
  if (!given.has_user_name) {
    return admission{state_->admits_nameless(who) ? state_->check_names(who) : reason_code::not_authorized};
  }
  // An empty name is what those have who give none: it must not be a way around that.
  if (who.user_name.empty()) return admission{reason_code::bad_user_name_or_password};
  const auto remembers = [&](const auto& one) { return one->remembers(who, given.password); };
  if (std::ranges::any_of(chain, remembers)) return admission{state_->check_names(who)};
  if (!state_->takes_long()) return state_->ask_chain(who, given.password);
  try {
    auto waits = std::make_unique<login>(who, given.password);
    const bool taken = workers_->submit([what = state_, waits = std::move(waits), reply] {
      if (reply->is_abandoned()) return;
      reply->answer(what->ask_chain({waits->client_id, waits->user_name, waits->address}, waits->password));
    });
    if (taken) return std::nullopt;
  } catch (const std::bad_alloc&) {
    // As busy as with too many that wait.
  }
  return admission{reason_code::server_busy};
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
  if (!state_->checks_users() || who.is_identified) return true;
  if (who.user_name.empty()) return state_->admits_nameless(who);
  // It has entered while nobody asked for a password: now it has to show one.
  if (!who.was_checked) return false;
  return std::ranges::any_of(chain, [&](const auto& one) { return one->may_know(who); });
}

permission access_control::authorize(const principal& who, broker::operation what,
                                     std::string_view topic) const noexcept {
  const rule_set* const rules = state_->what().rules.get();
  if (rules == nullptr) {
    const bool reserved = what == broker::operation::publish && topic.starts_with('$');
    return {.reason = reserved ? reason_code::not_authorized : reason_code::success};
  }
  const subject asking = state_->subject_of(who);
  // A message may be delivered to whoever may subscribe to its topic.
  const decision said =
      what == broker::operation::publish ? rules->check_publish(asking, topic) : rules->check_subscribe(asking, topic);
  return {said.allowed ? reason_code::success : reason_code::not_authorized, said.partly, said.by_letter};
}

bool access_control::may_receive_through(const principal& who, std::string_view filter,
                                         std::string_view topic) const noexcept {
  const rule_set* const rules = state_->what().rules.get();
  if (rules == nullptr) return true;
  const subject asking = state_->subject_of(who);
  return nanolib::matches(filter, topic) && rules->may_receive(asking, topic, rules->check_subscribe(asking, filter));
}

bool access_control::checks_users() const noexcept { return state_->checks_users(); }
bool access_control::restricts() const noexcept { return state_->what().rules != nullptr; }
bool access_control::disconnects_denied() const noexcept { return state_->what().disconnects_denied; }
bool access_control::binds_sessions() const noexcept { return state_->what().binds_sessions; }

}  // namespace nanomq::access
