// What clients may do, on one shard: its rights, their change while it runs, and the check of single messages.
#include <algorithm>

#include "broker/client.hpp"
#include "broker/local_client.hpp"
#include "broker/shard.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanomq::broker {

using nanonng::mqtt::reason_code;

namespace {

/// Other rights, or other hooks, and who waits for them to be in force.
template <class What, void (shard::*How)(std::shared_ptr<const What>) noexcept>
class change final : public nanonng::net::inbox_item {
 public:
  change(shard& to, std::shared_ptr<const What> what) noexcept : to_(to), what_(std::move(what)) {}
  [[nodiscard]] std::future<void> done() { return done_.get_future(); }
  void run() noexcept override {
    (to_.*How)(std::move(what_));
    done_.set_value();
  }

 private:
  shard& to_;
  std::shared_ptr<const What> what_;
  std::promise<void> done_;
};

template <class Change>
std::future<void> post(nanonng::net::event_loop& to, std::unique_ptr<Change> what) {
  auto done = what->done();
  to.post(std::move(what));
  return done;
}

}  // namespace

std::future<void> shard::post_access(std::shared_ptr<const access> rights) {
  return post(*loop_, std::make_unique<change<access, &shard::set_access>>(*this, std::move(rights)));
}

std::future<void> shard::post_hooks(std::shared_ptr<const hook_list> all) {
  return post(*loop_, std::make_unique<change<hook_list, &shard::set_hooks>>(*this, std::move(all)));
}

// What was found out with the rights before is looked at again: logins now, subscriptions when the next message is due.
void shard::set_access(std::shared_ptr<const access> rights) noexcept {
  rights_ = std::move(rights);
  restricted_ = rights_->restricts();
  ++rights_epoch_;
  lobby_.ask_anew();
  for (const std::unique_ptr<client>& one : clients_) one->on_other_rights();
  for (const auto& one : locals_) one->on_other_rights();
}

principal shard::who_is(const session& of) noexcept {
  if (of.connected != nullptr) return of.connected->who();
  principal away{of.client_id, of.user_name(), of.address(), of.listener()};
  away.is_superuser = of.is_superuser;
  away.is_admitted = of.is_admitted;
  away.needs_user = of.needs_user;
  away.is_identified = of.is_identified;
  away.was_checked = of.was_checked;
  away.has_end = of.has_end;
  away.by_others = of.by_others;
  if (of.rights) {
    away.brought = of.rights->brought.get();
    away.identity = of.rights->identity.get();
  }
  return away;
}

void shard::note_fresh(session& of) const noexcept {
  of.rights_epoch = rights_epoch_;
  of.asks_each = false;
  if (of.rights) of.rights->by_letter.clear();
}

std::optional<permission> shard::inquire(const principal& who, operation what, std::string_view topic,
                                         inquiry_desk::on_answer then, std::uint64_t& number) {
  if (!rights_->inquires()) return rights_->authorize(who, what, topic);
  const auto reply = inquiries_.open(std::move(then), number);
  const auto said = rights_->inquire(who, what, topic, reply);
  if (said) inquiries_.forget(std::exchange(number, 0));
  return said;
}

void shard::remember(session& of, const principal& as, const std::shared_ptr<const grant>& brought) noexcept {
  of.has_standing = true;
  of.is_admitted = as.is_admitted;
  of.needs_user = as.needs_user;
  of.is_identified = as.is_identified;
  of.was_checked = as.was_checked;
  of.has_end = as.has_end;
  of.by_others = as.by_others;
  if (!restricted_) return;
  try {
    if (!of.rights) of.rights = std::make_unique<session_rights>();
    of.rights->brought = brought;
    of.rights->identity =
        as.identity == nullptr ? nullptr : std::make_unique<const nanonng::net::tls_identity>(*as.identity);
    of.rights->address = as.address;
    of.rights->listener = as.listener;
  } catch (const std::bad_alloc&) {
    of.rights.reset();  // rules about addresses and listeners are not about it then
    of.rights_epoch = 0;
  }
}

void shard::note_permission(session& of, std::string_view filter, const permission& what) noexcept {
  if (!what.is_granted() || what.partly) of.asks_each = true;
  if (!what.by_letter) return;
  try {
    if (!of.rights) of.rights = std::make_unique<session_rights>();
    std::vector<std::string>& all = of.rights->by_letter;
    if (std::ranges::find(all, filter) == all.end()) all.emplace_back(filter);
  } catch (const std::bad_alloc&) {
    // Messages that only this would let through do not get through.
  }
}

void shard::review(session& of) noexcept {
  of.rights_epoch = rights_epoch_;
  of.asks_each = false;
  if (of.rights) of.rights->by_letter.clear();
  try {
    const principal who = who_is(of);
    of.subscriptions.for_each([&](nanolib::subscription_tree::handle place) {
      const std::string text = shared_.tree.filter_text(place);
      const auto filter = nanolib::parse_topic_filter(text);
      if (!filter) return;
      if (rights_->inquires()) return ask_about(of, who, filter->filter);
      note_permission(of, filter->filter, rights_->authorize(who, operation::subscribe, filter->filter));
    });
  } catch (...) {
    of.asks_each = true;
  }
}

// A subscription that is there stands until somebody says that it must not: nobody loses messages because there is no
// answer yet, or none to be had.
void shard::ask_about(session& of, const principal& who, std::string_view filter) {
  const auto apply = [this](session& to, std::string_view to_what, const permission& said) {
    if (said.reason == reason_code::implementation_specific_error) return;
    if (!said.is_granted() && to.rights) std::erase(to.rights->by_letter, to_what);
    note_permission(to, to_what, said);
  };
  note_permission(of, filter, {.by_letter = true});
  std::uint64_t number = 0;
  const auto said = inquire(
      who, operation::subscribe, filter,
      [this, apply, whose = of.number, epoch = rights_epoch_,
       text = std::string(filter)](const permission& late) noexcept {
        session* const found = sessions_.at(nanolib::slot_of(whose));
        if (found != nullptr && found->number == whose && rights_epoch_ == epoch) apply(*found, text, late);
      },
      number);
  if (said) apply(of, filter, *said);
}

bool shard::asks_for_source(std::string_view user) const noexcept {
  return rights_->rechecks_retained() || (shared_.options.limits.max_retained_per_user > 0 && !user.empty());
}

// What somebody else would have to be asked about is not asked about here.
bool shard::may_stay_retained(const nanolib::message& what) const noexcept {
  if (!rights_->rechecks_retained() || rights_->inquires()) return true;
  const retained_source_ptr by = shared_.sources.of(what.topic());
  return !by || by->has_own_rights() || rights_->authorize(by->who(), operation::publish, what.topic()).is_granted();
}

bool shard::has_session_for(std::string_view user) const noexcept {
  const std::uint32_t most = shared_.options.limits.max_sessions_per_user;
  return most == 0 || user.empty() || shared_.user_sessions.of(user) < most;
}

bool shard::count_for_user(session& of, std::string_view user) {
  const std::uint32_t most = shared_.options.limits.max_sessions_per_user;
  if (of.is_counted && of.user_name() == user) return true;
  if (most > 0 && !user.empty() && !shared_.user_sessions.try_add(user, most)) return false;
  uncount_for_user(of);
  of.is_counted = most > 0 && !user.empty();
  return true;
}

void shard::uncount_for_user(session& of) noexcept {
  if (of.is_counted) shared_.user_sessions.remove(of.user_name());
  of.is_counted = false;
}

bool shard::may_receive_each(session& of, const nanolib::publication& what) noexcept {
  if (of.rights_epoch != rights_epoch_) review(of);
  if (!of.asks_each) return true;
  const principal who = who_is(of);
  if (rights_->authorize(who, operation::receive, what.topic).is_granted()) return true;
  if (of.rights && std::ranges::any_of(of.rights->by_letter, [&](const std::string& filter) {
        return rights_->may_receive_through(who, filter, what.topic);
      }))
    return true;
  drop(drop_reason::no_permission, what, &of);
  return false;
}

}  // namespace nanomq::broker
