#include "sp_output.hpp"

#include <utility>

namespace nanonng::net {

sp_stream::output::output(sp_socket& to, sp_stream_handler& handler, const sp_stream_options& options)
    : socket_(to),
      handler_(handler),
      waits_(traits_of(to.protocol()).waits),
      most_bytes_(options.sent_bytes),
      mailbox_(sp_mailbox_ptr::adopt(new sp_mailbox(to.loop(), *this))),
      slots_(waits_ ? options.sent_messages : 1) {}

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
    if (!one.aio.open(waits_ ? on_finished : nullptr, &one)) return false;
    if (!waits_) nng_aio_set_timeout(one.aio.get(), NNG_DURATION_ZERO);
  }
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
  if (!waits_) {
    give_now(std::move(what));
    return sent_;
  }
  slot& in = slot_of(sent_);
  in.size = what.body().size();
  in.done = false;
  bytes_ += in.size;
  nng_aio_set_msg(in.aio.get(), what.release());
  nng_send_aio(socket_.handle(), in.aio.get());
  return sent_;
}

// pub0 and bus0 never wait: nng has it, or it is for nobody.
void sp_stream::output::give_now(sp_message&& what) noexcept {
  nng_aio* const aio = slots_.front().aio.get();
  nng_aio_set_msg(aio, what.release());
  nng_send_aio(socket_.handle(), aio);
  nng_aio_wait(aio);
  if (nng_aio_result(aio) != 0) {
    sp_message(nng_aio_get_msg(aio));
    nng_aio_set_msg(aio, nullptr);
    failed_.add();
  } else {
    taken_.add();
    if (socket_.peers() == 0) unheard_.add();
  }
  ++done_;
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
