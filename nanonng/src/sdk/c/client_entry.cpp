#include "client_entry.hpp"

#include <utility>

#include "message_pass.hpp"
#include "nanonng/sdk/nng_aio.hpp"

namespace nanonng::sdk::c {

client_entry::client_entry(std::uint32_t id, std::string url)
    : url_(std::move(url)), book_(std::make_shared<callback_book>()) {
  book_->client.id = id;
}

int client_entry::start() noexcept {
  const nanolib::mutex_lock hold(mutex_);
  if (stopped_) return NNG_ECLOSED;
  if (started_) return NNG_ESTATE;
  try {
    fault_.clear();
    const int rv = open(options_, fault_);
    started_ = rv == 0;
    return rv;
  } catch (...) {
    return NNG_ENOMEM;
  }
}

int client_entry::open(client_options wanted, std::string& why) {
  set_callbacks(wanted, book_);
  wanted.outgoing.policy = policy_;
  if (policy_ == overflow_policy::block) {
    gate_.set_bounds(wanted.outgoing.max_messages, wanted.outgoing.max_bytes);
    wanted.outgoing = {SIZE_MAX, SIZE_MAX, overflow_policy::fail};
  }
  const nanolib::mutex_lock starting(book_->starting);
  auto made = client::open(url_, std::move(wanted), &why);
  if (!made) return made.error().domain == nanolib::error_domain::config ? NNG_EINVAL : nng_error_of(made.error());
  client_.emplace(*std::move(made));
  ready_.store(true, std::memory_order_release);
  return 0;
}

int client_entry::why_not_running() noexcept {
  const nanolib::mutex_lock hold(mutex_);
  return stopped_ ? NNG_ECLOSED : NNG_ESTATE;
}

operation<void> client_entry::begin_end(const close_options& how) {
  {
    const nanolib::mutex_lock hold(mutex_);
    stopped_ = true;
  }
  for (const send_gate::sender& each : gate_.close()) {
    tell(each.outcome, mqtt::reason_code::success, {});
    if (each.to->claim()) each.to->finish(NNG_ECLOSED);
  }
  if (client* const running_one = running()) return running_one->close(how);
  return operation<void>::finished({});
}

void client_entry::stop() noexcept {
  (void)guarded([this] {
    (void)begin_end({}).wait();
    return 0;
  });
  book_->is_over.store(true, std::memory_order_relaxed);
  if (client* const ended = running()) wait_for_callbacks(*ended);
}

void client_entry::wait_for_callbacks(client& of) noexcept {
  const operation_host_ptr host = of.host();
  if (!host || host->is_callback_thread() || !host->may_wait()) return;
  (void)guarded([&host] {
    // A job behind everything that is due: an operation of its own, because it may outlive an exception here.
    auto passed = nanolib::intrusive_ptr<operation_state<void>>::adopt(new operation_state<void>);
    host->run([passed] { passed->finish({}); });
    passed->wait();
    return 0;
  });
}

// ---- publishing ------------------------------------------------------------------------------------------------------

void client_entry::publish(const aio_operation_ptr& to, nmqtt_outcome* outcome) noexcept {
  send_gate::sender who{to, outcome, 0};
  send_gate::verdict said = send_gate::verdict::closed;
  const int rv = guarded([&] {
    outgoing_message what;
    if (const int unfit = read_message(nng_aio_get_msg(to->aio()), what); unfit != 0) return unfit;
    who.size = what.size();
    // Before it can be found by those who make room.
    to->on_cancel([self = shared_from_this(), raw = to.get()]() noexcept {
      if (!self->gate_.withdraw(raw)) return;
      if (raw->claim()) raw->finish(NNG_ECANCELED);
      self->send_waiting();
    });
    said = gate_.enter(who);
    return said == send_gate::verdict::closed ? NNG_ECLOSED : 0;
  });
  if (rv != 0) {
    if (to->claim()) to->finish(rv);
    return;
  }
  if (said == send_gate::verdict::go) return send(who);
  // Cancelled before it waited?
  if (to->cancelled_with() != 0 && gate_.withdraw(to.get()) && to->claim()) to->finish(NNG_ECANCELED);
}

void client_entry::send(const send_gate::sender& who) noexcept {
  const int rv = guarded([&] {
    outgoing_message what;
    if (const int unfit = read_message(nng_aio_get_msg(who.to->aio()), what); unfit != 0) return unfit;
    publish_options how;
    how.qos = what.qos;
    how.retain = what.retain;
    how.properties = std::move(what.properties);
    const auto sent = running()->publish(what.topic, what.payload, how);
    const bool bound = bind(who.to, sent,
                            [self = shared_from_this(), outcome = who.outcome, size = who.size](
                                nng_aio* aio, const nanolib::result<publish_outcome>& ended, std::string_view detail) {
                              self->left(size);
                              if (!ended) {
                                tell(outcome, ended.error(), detail);
                                return nng_error_of(ended.error());
                              }
                              tell(outcome, ended->reason, detail);
                              nng_msg_free(nng_aio_get_msg(aio));
                              nng_aio_set_msg(aio, nullptr);
                              return 0;
                            });
    if (!bound) left(who.size);
    return 0;
  });
  if (rv == 0) return;
  left(who.size);
  if (who.to->claim()) who.to->finish(rv);
}

void client_entry::left(std::size_t size) noexcept {
  gate_.leave(size);
  send_waiting();
}

void client_entry::send_waiting() noexcept {
  // One at a time: what is sent may end at once and lead here again, however many wait. Whoever comes meanwhile leaves a
  // mark, and the one who is at it goes round once more.
  if (asked_to_send_.fetch_add(1, std::memory_order_acq_rel) != 0) return;
  std::uint32_t asked = 1;
  do {
    for (send_gate::sender each; gate_.next(each);) send(each);
    asked = asked_to_send_.fetch_sub(asked, std::memory_order_acq_rel) - asked;
  } while (asked != 0);
}

}  // namespace nanonng::sdk::c
