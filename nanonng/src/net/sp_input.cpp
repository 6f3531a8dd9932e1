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
  for (slot& each : slots_) each.aio.close();
}

bool sp_stream::input::open() noexcept {
  for (slot& each : slots_) {
    each.home = this;
    if (!each.aio.open(on_received, &each)) return false;
  }
  const nanolib::mutex_lock held(mutex_);
  ask();
  return true;
}

// On a thread of nng's.
void sp_stream::input::on_received(void* which) noexcept {
  auto& one = *static_cast<slot*>(which);
  one.home->finish(one);
}

void sp_stream::input::finish(slot& which) noexcept {
  const int code = nng_aio_result(which.aio.get());
  if (code == NNG_ECLOSED || code == NNG_ECANCELED) return;
  // Any other failure means that memory is short: nothing came, and it asks again.
  sp_message one;
  if (code == 0) one = sp_message(nng_aio_get_msg(which.aio.get()));
  bool tell = false;
  {
    const nanolib::mutex_lock held(mutex_);
    if (closed_) return;
    which.message = std::move(one);
    which.done = true;
    while (stored_ != asked_ && slot_of(stored_).done) {
      slot& next = slot_of(stored_++);
      next.done = false;
      if (next.message) store(std::move(next.message));
    }
    ask();
    tell = !messages_.empty() && !std::exchange(told_, true);
  }
  if (tell) (void)mailbox_->put({.what = sp_event::kind::received});
}

void sp_stream::input::store(sp_message&& one) noexcept {
  received_.fetch_add(1, std::memory_order_relaxed);
  if (!waits_ && (messages_.size() >= most_messages_ || bytes_ >= most_bytes_) && !messages_.empty()) {
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
}

// As far as there is room. What has been asked for may come, so it counts.
void sp_stream::input::ask() noexcept {
  while (asked_ - stored_ < depth) {
    if (waits_ && (messages_.size() + (asked_ - stored_) >= most_messages_ || bytes_ >= most_bytes_)) return;
    nng_recv_aio(socket_, slot_of(asked_++).aio.get());
  }
}

void sp_stream::input::on_event(sp_event&) noexcept { handler_.on_sp_arrival(); }

sp_message sp_stream::input::take() noexcept {
  if (batch_.empty()) {
    const nanolib::mutex_lock held(mutex_);
    batch_.swap(messages_);
    bytes_ = 0;
    // The next one that comes is told of.
    if (batch_.empty()) told_ = false;
    ask();
  }
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
