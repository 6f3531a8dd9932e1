#include "sp_output.hpp"

#include <utility>

namespace nanonng::net {

sp_stream::output::output(sp_socket& to, sp_stream_handler& handler, const sp_stream_options& options)
    : socket_(to),
      handler_(handler),
      waits_(traits_of(to.protocol()).waits),
      buffered_(waits_ && options.buffered),
      most_bytes_(options.sent_bytes),
      mailbox_(sp_mailbox_ptr::adopt(new sp_mailbox(to.loop(), *this))),
      slots_(!waits_     ? 0
             : buffered_ ? 1
                         : options.sent_messages) {
  if (buffered_) {
    (void)nng_socket_set_int(to.handle(), NNG_OPT_SENDBUF, static_cast<int>(options.sent_messages));
  }
}

sp_stream::output::~output() {
  mailbox_->close();
  for (slot& each : slots_) {
    each.aio.stop();
    // What was not taken is still the aio's.
    if (each.aio.get() != nullptr) sp_message(nng_aio_get_msg(each.aio.get()));
  }
}

bool sp_stream::output::open() noexcept {
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    slot& one = slots_[index];
    one.home = this;
    one.index = index;
    if (!one.aio.open(on_finished, &one)) return false;
  }
  if (!now_.open(nullptr, nullptr)) return false;
  nng_aio_set_timeout(now_.get(), NNG_DURATION_ZERO);
  return true;
}

// On a thread of nng's.
void sp_stream::output::on_finished(void* which) noexcept {
  auto& one = *static_cast<slot*>(which);
  const int code = nng_aio_result(one.aio.get());
  (void)one.home->mailbox_->put({.what = sp_event::kind::finished, .slot = one.index, .error = code});
}

std::uint64_t sp_stream::output::send(sp_message&& what) noexcept {
  ++sent_;
  if (!waits_ || (buffered_ && unsent() == 1)) {
    const bool taken = give_now(what);
    if (taken || !waits_) {
      ++done_;
      (taken ? taken_ : failed_).add();
      if (taken && !waits_ && socket_.peers() == 0) unheard_.add();
      return sent_;
    }
  }
  slot& in = slot_of(sent_);
  in.size = what.body().size();
  in.done = false;
  bytes_ += in.size;
  nng_aio_set_msg(in.aio.get(), what.release());
  nng_send_aio(socket_.handle(), in.aio.get());
  return sent_;
}

// Whether nng has it; pub0 and bus0 always take it, be it for nobody.
bool sp_stream::output::give_now(sp_message& what) noexcept {
  nng_aio_set_msg(now_.get(), what.release());
  nng_send_aio(socket_.handle(), now_.get());
  nng_aio_wait(now_.get());
  if (nng_aio_result(now_.get()) == 0) return true;
  what = sp_message(nng_aio_get_msg(now_.get()));
  nng_aio_set_msg(now_.get(), nullptr);
  return false;
}

void sp_stream::output::on_event(sp_event& one) noexcept {
  slot& of = slots_[one.slot];
  if (one.error != 0) {
    sp_message(nng_aio_get_msg(of.aio.get()));
    nng_aio_set_msg(of.aio.get(), nullptr);
  }
  of.done = true;
  of.failed = one.error != 0;
  bytes_ -= of.size;
  while (done_ != sent_ && slot_of(done_ + 1).done) {
    ++done_;
    (slot_of(done_).failed ? failed_ : taken_).add();
  }
}

void sp_stream::output::on_batch_end() noexcept { handler_.on_sp_taken(done_); }

void sp_stream::output::read(figures& into) const noexcept {
  into.taken = taken_.get();
  into.unheard = unheard_.get();
  into.failed = failed_.get();
}

}  // namespace nanonng::net
