#include "sp_mailbox.hpp"

#include <memory>
#include <new>
#include <utility>

namespace nanonng::net {

class sp_mailbox::item final : public inbox_item {
 public:
  explicit item(sp_mailbox& to) noexcept : to_(sp_mailbox_ptr::share(&to)) {}
  void run() noexcept override { to_->deliver(); }

 private:
  sp_mailbox_ptr to_;
};

bool sp_mailbox::put(sp_event&& one) noexcept {
  const nanolib::mutex_lock held(mutex_);
  if (closed_) return false;
  try {
    events_.push_back(std::move(one));
    if (events_.size() >= tell_at_) post();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// Under the lock: whoever closes the mailbox lets the loop go.
void sp_mailbox::post() {
  if (posted_) return;
  loop_.post(std::make_unique<item>(*this));
  posted_ = true;
}

void sp_mailbox::tell_at(std::size_t events) noexcept {
  const nanolib::mutex_lock held(mutex_);
  tell_at_ = events;
  if (closed_ || events_.size() < events) return;
  try {
    post();
  } catch (const std::bad_alloc&) {
    // The next event tries again.
  }
}

void sp_mailbox::close() noexcept {
  owner_ = nullptr;
  const nanolib::mutex_lock held(mutex_);
  closed_ = true;
  events_.clear();
}

void sp_mailbox::collect() noexcept {
  {
    const nanolib::mutex_lock held(mutex_);
    batch_.swap(events_);
  }
  hand_over();
}

void sp_mailbox::deliver() noexcept {
  {
    const nanolib::mutex_lock held(mutex_);
    posted_ = false;
    batch_.swap(events_);
  }
  hand_over();
  if (owner_ != nullptr) owner_->on_batch_end();
}

// The owner may go while it is called.
void sp_mailbox::hand_over() noexcept {
  for (sp_event& one : batch_) {
    if (owner_ != nullptr) owner_->on_event(one);
  }
  batch_.clear();
}

}  // namespace nanonng::net
