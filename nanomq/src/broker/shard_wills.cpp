// Wills that are due: whether they may still be sent, and their way to the subscribers.
//
// Rights are asked for again: they may have changed since CONNECT. Where somebody else has to be asked, the session may be
// gone before there is an answer, and the rights may change once more; then it is asked anew, as with packets of clients.
#include <new>
#include <string>
#include <utility>

#include "broker/shard.hpp"

namespace nanomq::broker {

/// A will that waits for an answer, and whose it is. Thread: loop-confined.
class shard::pending_will {
 public:
  pending_will(std::unique_ptr<will> due, const session& of, const principal& as)
      : what(std::move(due)),
        whose(of.number),
        client_id_(as.client_id),
        user_name_(as.user_name),
        address_(as.address),
        listener_(as.listener),
        brought_(of.rights ? of.rights->brought : nullptr),
        is_superuser_(as.is_superuser) {
    if (as.identity != nullptr) identity_ = std::make_unique<const nanonng::net::tls_identity>(*as.identity);
  }

  [[nodiscard]] principal who() const noexcept {
    principal made{client_id_, user_name_, address_, listener_};
    made.identity = identity_.get();
    made.brought = brought_.get();
    made.is_superuser = is_superuser_;
    return made;
  }

  const std::unique_ptr<will> what;
  const nanolib::subscriber_id whose;

 private:
  std::string client_id_;
  std::string user_name_;
  std::string address_;
  std::string listener_;
  std::unique_ptr<const nanonng::net::tls_identity> identity_;
  std::shared_ptr<const grant> brought_;
  bool is_superuser_;
};

void shard::send_will(session& which) noexcept {
  std::unique_ptr<will> last = std::move(which.last_will);  // [MQTT-3.1.2-10]
  if (!last) return;
  record_will(which);
  const principal as = who_is(which);
  // Whoever would not be let in any more has lost the word, also when no rule is about that.
  if (which.has_standing && !rights_->still_admits(as)) {
    return drop(drop_reason::no_permission, nanolib::publication(last->what), &which, true);
  }
  if (restricted_ && rights_->inquires()) {
    const nanolib::message_ptr about = last->what;
    try {
      return ask_about(std::make_shared<const pending_will>(std::move(last), which, as));
    } catch (const std::bad_alloc&) {
      return drop(drop_reason::no_permission, nanolib::publication(about), &which, true);
    }
  }
  const bool is_free = !restricted_ && !last->what->topic().starts_with('$');
  if (is_free || rights_->authorize(as, operation::publish, last->what->topic()).is_granted()) {
    return publish_will(*last, as, &which);
  }
  drop(drop_reason::no_permission, nanolib::publication(last->what), &which, true);
}

void shard::ask_about(const std::shared_ptr<const pending_will>& one) noexcept {
  std::optional<permission> may = permission{nanonng::mqtt::reason_code::quota_exceeded};
  try {
    std::uint64_t number = 0;
    may = inquire(
        one->who(), operation::publish, one->what->what->topic(),
        [this, one, epoch = rights_epoch_](const permission& said) noexcept {
          if (epoch != rights_epoch_) return ask_about(one);
          conclude(*one, said);
        },
        number);
  } catch (const std::bad_alloc&) {
    // It cannot be asked.
  }
  if (may) conclude(*one, *may);
}

void shard::conclude(const pending_will& one, const permission& said) noexcept {
  session* of = sessions_.at(nanolib::slot_of(one.whose));
  if (of != nullptr && of->number != one.whose) of = nullptr;
  if (said.is_granted()) return publish_will(*one.what, one.who(), of);
  drop(drop_reason::no_permission, nanolib::publication(one.what->what), of, true);
}

retained_source_ptr shard::source_of_will(const principal& as) const noexcept {
  if (!asks_for_source(as.user_name)) return nullptr;
  try {
    return std::make_shared<const retained_source>(as);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void shard::publish_will(const will& last, const principal& as, session* of) noexcept {
  nanolib::publication what(last.what);
  if (last.expires) {
    // The interval begins when the will is sent: the kept form has no deadline yet.
    what.expiry = now() + std::chrono::seconds(last.expiry_s);
    what.kept = {};
  }
  counts_.wills_sent.add();
  if (what.retain) static_cast<void>(retain(what, source_of_will(as)));  // [MQTT-3.1.2-14] [MQTT-3.1.2-15]
  if (of != nullptr && hears(hook_event::publish)) tell_publish(*of, what, true);
  publish(what);
}

}  // namespace nanomq::broker
