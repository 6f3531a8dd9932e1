#include "sp_input.hpp"

#include <new>
#include <utility>

namespace nanonng::net {

sp_stream::input::input(sp_socket& from, sp_stream_handler& handler, const sp_stream_options& options)
    : socket_(from.handle()),
      waits_(traits_of(from.protocol()).waits),
      most_messages_((options.received_messages + 1) / 2),
      most_bytes_((options.received_bytes + 1) / 2),
      handler_(handler),
      mailbox_(sp_mailbox_ptr::adopt(new sp_mailbox(from.loop(), *this))) {}

sp_stream::input::~input() {
  mailbox_->close();
  {
    const nanolib::mutex_lock held(mutex_);
    closed_ = true;
  }
  next_.close();
}

bool sp_stream::input::open() noexcept {
  if (!next_.open(on_received, this) || !there_.open(nullptr, nullptr)) return false;
  nng_aio_set_timeout(there_.get(), NNG_DURATION_ZERO);
  nng_recv_aio(socket_, next_.get());
  return true;
}

// On a thread of nng's.
void sp_stream::input::on_received(void* self) noexcept {
  auto& to = *static_cast<input*>(self);
  nng_aio* const aio = to.next_.get();
  const int code = nng_aio_result(aio);
  if (code == NNG_ECLOSED || code == NNG_ECANCELED) return;
  // Otherwise memory is short, and it tries again.
  if (code != 0 || to.store(sp_message(nng_aio_get_msg(aio)))) to.fill();
}

// Takes what is there without waiting, and waits for more.
void sp_stream::input::fill() noexcept {
  for (;;) {
    nng_recv_aio(socket_, there_.get());
    nng_aio_wait(there_.get());
    const int code = nng_aio_result(there_.get());
    if (code == NNG_ECLOSED) return;
    if (code != 0) break;
    if (!store(sp_message(nng_aio_get_msg(there_.get())))) return;
  }
  nng_recv_aio(socket_, next_.get());
}

bool sp_stream::input::is_full() const noexcept { return messages_.size() >= most_messages_ || bytes_ >= most_bytes_; }

// Whether to go on.
bool sp_stream::input::store(sp_message&& one) noexcept {
  received_.fetch_add(1, std::memory_order_relaxed);
  bool tell = false;
  bool go_on = true;
  {
    const nanolib::mutex_lock held(mutex_);
    if (closed_) return false;
    if (!waits_ && is_full()) {
      bytes_ -= messages_.front().body().size();
      messages_.pop_front();
      overrun_.fetch_add(1, std::memory_order_relaxed);
    }
    const std::size_t size = one.body().size();
    try {
      messages_.push_back(std::move(one));
      bytes_ += size;
    } catch (const std::bad_alloc&) {
      overrun_.fetch_add(1, std::memory_order_relaxed);
    }
    tell = !std::exchange(told_, true);
    if (waits_ && is_full()) {
      resting_ = true;
      go_on = false;
    }
  }
  if (tell) (void)mailbox_->put({.what = sp_event::kind::received});
  return go_on;
}

void sp_stream::input::on_event(sp_event&) noexcept { handler_.on_sp_arrival(); }

sp_message sp_stream::input::take() noexcept {
  bool resume = false;
  if (batch_.empty()) {
    const nanolib::mutex_lock held(mutex_);
    batch_.swap(messages_);
    bytes_ = 0;
    // The next one that comes is told of.
    if (batch_.empty()) told_ = false;
    resume = std::exchange(resting_, false);
  }
  if (resume) nng_recv_aio(socket_, next_.get());
  if (batch_.empty()) return {};
  sp_message oldest = std::move(batch_.front());
  batch_.pop_front();
  return oldest;
}

void sp_stream::input::read(figures& into) const noexcept {
  into.received = received_.load(std::memory_order_relaxed);
  into.overrun = overrun_.load(std::memory_order_relaxed);
}

}  // namespace nanonng::net
